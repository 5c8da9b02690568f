#include "import/model_builder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"
#include "import/clean_text.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {

// The texts of a threat or a mitigation while they are made to fit. A field that the kind of object
// does not have stays empty.
struct ModelBuilder::Object {
    std::string_view kind{};
    std::string_view path{};
    std::string name{};
    std::string description{};
    std::string category{};
    std::string diagram{};
    std::string element_id{};
    std::string element_name{};
    std::string comments{};
    std::string external_id{};
    std::size_t other_bytes = 0;  ///< what else the object takes in its line
};

namespace {

// What an event needs beside texts: its attributes, with the reason and the names of senders, and
// an external_id.
constexpr std::size_t line_rest_bytes = 6'000;
// A threat in the list of a mitigation: an id and a comma.
constexpr std::size_t threat_id_bytes = 17;
// Room in a key for "#20000".
constexpr std::size_t ordinal_bytes = 6;
constexpr std::size_t path_points_max = 300;

}  // namespace

ModelBuilder::ModelBuilder(std::string format, CleanTexts clean) : clean_(clean) {
    model_.format = std::move(format);
}

void ModelBuilder::set_title(std::string_view title) {
    model_.title = clean_name(title);
    if (is_longer(model_.title, events::limits::name_points_max)) {
        model_.title = cut_at_word(model_.title, events::limits::name_points_max);
    }
}

std::string ModelBuilder::clean_text(std::string_view text) const {
    if (clean_ == CleanTexts::if_needed && !events::has_control_character(text)) {
        return events::is_blank(text) ? std::string() : std::string(text);
    }
    const std::string lines = without_controls(events::without_byte_order_mark(text));
    return events::is_blank(lines) ? std::string() : std::string(trimmed(lines));
}

std::string ModelBuilder::clean_name(std::string_view text) const {
    if (clean_ == CleanTexts::if_needed && !events::has_control_character(text)) {
        return events::is_blank(text) ? std::string() : std::string(text);
    }
    const std::string name =
        on_one_line(without_html(without_controls(events::without_byte_order_mark(text))));
    return events::is_blank(name) ? std::string() : name;
}

void ModelBuilder::cut_long_text(Object& object, std::string& text, std::string_view field,
                                 std::size_t points_max) {
    warn(object.path,
         fmt::format("The {} of the {} is cut: it has {} characters, and at most {} fit.", field,
                     object.kind, events::count_points(text), points_max));
    text = points_max > 1 ? cut_at_word(text, points_max) : std::string();
}

void ModelBuilder::cut_short_text(Object& object, std::string& text, std::string_view field) {
    constexpr std::size_t long_max = events::limits::description_points_max;
    const std::size_t points_max = events::points_max_of(field);
    if (!is_longer(text, points_max)) {
        return;
    }
    std::string_view place = "description begins";
    if (field != "name" || !object.description.starts_with(text)) {
        std::string whole = field == "name" ? text : fmt::format("{}: {}", field, text);
        const std::size_t points = events::count_points(whole) + 2;
        const auto has_room = [&](std::string_view other) {
            return points + events::count_points(other) <= long_max;
        };
        const bool into_comments = !has_room(object.description) && has_room(object.comments);
        std::string& target = into_comments ? object.comments : object.description;
        target = target.empty() ? std::move(whole) : whole + "\n\n" + target;
        place = into_comments ? "comments begin" : place;
    }
    warn(object.path,
         fmt::format(
             "The {} of the {} is cut: it has {} characters, and at most {} fit. The {} with "
             "the whole of it.",
             field, object.kind, events::count_points(text), points_max, place));
    text = cut_at_word(text, points_max);
}

// Makes every text as short as events allow.
void ModelBuilder::fit(Object& object) {
    constexpr std::size_t long_max = events::limits::description_points_max;
    for (const auto& [text, field] :
         {std::pair(&object.external_id, "external_id"),
          std::pair(&object.element_name, "element_name"),
          std::pair(&object.element_id, "element_id"), std::pair(&object.diagram, "diagram"),
          std::pair(&object.category, "category"), std::pair(&object.name, "name")}) {
        cut_short_text(object, *text, field);
    }
    for (const auto& [text, field] :
         {std::pair(&object.description, "description"), std::pair(&object.comments, "comments")}) {
        if (is_longer(*text, long_max)) {
            cut_long_text(object, *text, field, long_max);
        }
    }
    std::size_t bytes = object.other_bytes + line_rest_bytes;
    for (const std::string* text :
         {&object.name, &object.description, &object.category, &object.diagram, &object.element_id,
          &object.element_name, &object.comments}) {
        bytes += line_bytes(*text);
    }
    for (const auto& [text, field] :
         {std::pair(&object.comments, "comments"), std::pair(&object.description, "description")}) {
        if (bytes > events::limits::line_bytes_max && !text->empty()) {
            const std::size_t excess = bytes - events::limits::line_bytes_max;
            const std::size_t own = line_bytes(*text);
            bytes -= own;
            cut_long_text(object, *text, field, points_within(*text, own - std::min(own, excess)));
            bytes += line_bytes(*text);
        }
    }
}

std::string ModelBuilder::unique_key(Keys& used, std::string_view key, bool is_given,
                                     const Object& object) {
    std::string own(key);
    if (events::is_blank(own)) {
        own = "sha256:" +
              base::hex_of(base::sha256({object.name, "\n", object.category, "\n", object.diagram,
                                         "\n", object.element_id, "\n", object.element_name}));
    } else if (own.size() > limits::key_bytes_max - ordinal_bytes ||
               own.find('\n') != std::string::npos || events::has_control_character(own)) {
        own = "sha256:" + base::hex_of(base::sha256(own));
    }
    const auto [first, is_new] = used.try_emplace(own, 1);
    if (is_new) {
        return own;
    }
    if (is_given && !events::is_blank(key)) {
        warn(object.path,
             fmt::format("Another {} of the file has the same id, {}. They are told apart by their "
                         "order: give each an id of its own, or keep that order.",
                         object.kind, shown(key)));
    }
    std::size_t& ordinal = first->second;  // stays valid while keys are added
    while (true) {
        ++ordinal;
        std::string numbered = fmt::format("{}#{}", own, ordinal);
        if (used.try_emplace(numbered, 1).second) {
            return numbered;
        }
    }
}

void ModelBuilder::count_object() const {
    if (model_.threats.size() + model_.mitigations.size() >= limits::objects_max) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format("The file has more than {} threats and mitigations. Divide it.",
                        limits::objects_max));
    }
}

std::size_t ModelBuilder::add(const RawThreat& threat) {
    count_object();
    Object object{.kind = "threat",
                  .path = threat.path,
                  .name = clean_name(threat.name),
                  .description = clean_text(threat.description),
                  .category = clean_text(threat.category),
                  .diagram = clean_text(threat.diagram),
                  .element_id = clean_text(threat.element_id),
                  .element_name = clean_text(threat.element_name),
                  .comments = clean_text(threat.comments),
                  .external_id = clean_text(threat.external_id)};
    if (object.name.empty()) {
        object.name = "Unnamed threat";
        warn(threat.path, "The threat has no name.");
    }
    std::string key = unique_key(threat_keys_, threat.key, threat.is_key_given, object);
    fit(object);
    model_.threats.push_back(
        {.key = std::move(key),
         .texts = {{object.name, object.description, object.category, object.diagram,
                    object.element_id, object.element_name, object.comments, object.external_id}},
         .scoring = threat.scoring,
         .status = threat.status,
         .path = threat.path});
    return model_.threats.size() - 1;
}

bool ModelBuilder::add(const RawMitigation& mitigation) {
    Object object{.kind = "mitigation",
                  .path = mitigation.path,
                  .name = clean_name(mitigation.name),
                  .description = clean_text(mitigation.description),
                  .category = clean_text(mitigation.category),
                  .diagram = clean_text(mitigation.diagram),
                  .element_id = clean_text(mitigation.element_id),
                  .comments = clean_text(mitigation.comments),
                  .external_id = clean_text(mitigation.external_id)};
    if (object.name.empty()) {
        if (object.description.empty()) {
            return false;
        }
        const std::string_view description = trimmed(object.description);
        const std::string_view line = description.substr(0, description.find('\n'));
        object.name = clean_name(line);
        if (object.name.empty()) {
            object.name = "Unnamed mitigation";
        } else if (line == description) {
            object.description.clear();
        }
    }
    count_object();
    std::vector<std::size_t> threats = mitigation.threats;
    std::sort(threats.begin(), threats.end());
    threats.erase(std::unique(threats.begin(), threats.end()), threats.end());
    if (threats.size() > events::limits::threat_ids_max) {
        warn(mitigation.path,
             fmt::format("The mitigation covers {} threats; only the first {} are linked.",
                         threats.size(), events::limits::threat_ids_max));
        threats.resize(events::limits::threat_ids_max);
    }
    object.other_bytes = threats.size() * threat_id_bytes;
    std::string key = unique_key(mitigation_keys_, mitigation.key, mitigation.is_key_given, object);
    fit(object);
    model_.mitigations.push_back({.key = std::move(key),
                                  .texts = {{object.name, object.description, object.category,
                                             object.comments, object.external_id}},
                                  .status = mitigation.status,
                                  .threats = std::move(threats),
                                  .diagram = std::move(object.diagram),
                                  .element_id = std::move(object.element_id),
                                  .path = mitigation.path});
    return true;
}

bool ModelBuilder::is_filler(std::string_view text) {
    // Threat Dragon puts it in when a threat is added, in the language of the user.
    constexpr auto fillers = std::to_array<std::string_view>({
        "Provide remediation for this threat or a reason if status is N/A",
        "Provide mitigation or prevention for this threat",  // 2.0
        "Mitigation or prevention for the threat",           // 1
        "Geben Sie eine Korrekturmaßnahme für diese Bedrohung oder eine Begründung N/A an",
        "Introduzca la mitigación o prevención para esta amenaza",
        "Fournir des mesures de mitigation ou de prévention pour cette menace",
        "Παρέχετε μετριασμό ή πρόληψη για αυτή την απειλή",
        "Forneça uma mitigação para a ameaça ou uma razão se o estado for N/A",
        "Forneça uma mitigação para esta ameaça ou a ração para o status N/A",
        "Fornecer mitigação ou prevenção para esta ameaça",
        "Anna uhkalle hallintakeino tai perustele miksi ei ole sovellettavissa (N/A)",
        "Berikan remediasi untuk ancaman ini atau alasan jika status adalah N/A",
        "Berikan pemulihan untuk ancaman ini atau sebab jika status adalah T/A",
        "脅威の解決策を指定するか、ステータスがN/Aの場合に理由を指定してください",
        "为这种威胁提供缓解或预防措施",
        "इस खतरे के लिए शमन या रोकथाम प्रदान करें",
        "اكتب طرق مواجهة وتخفيف هذا التهديد أو السبب إذا كانت الحالة N/A",
        "ספק פתרון לאיום זה או סיבה אם הסטטוס הוא N/A",
        "ให้การบรรเทาสำหรับภัยคุกคามนี้หรือเหตุผลหากสถานะเป็น N/A",
    });
    return std::any_of(fillers.begin(), fillers.end(),
                       [&](std::string_view filler) { return is_same_word(filler, text); });
}

void ModelBuilder::warn(std::string_view path, std::string detail) {
    ++model_.warning_count;
    if (model_.warnings.size() >= limits::warnings_max) {
        return;
    }
    model_.warnings.push_back({shown(path, path_points_max), std::move(detail)});
}

void ModelBuilder::warn_unknown(std::string_view path, std::string_view member,
                                std::string_view value, std::string_view taken_as) {
    warn(path, fmt::format("{} is \"{}\", which this format does not have; taken as {}.", member,
                           shown(value), taken_as));
}

ImportedModel ModelBuilder::build() {
    if (model_.threats.empty() && model_.mitigations.empty()) {
        warn("", "The file has no threats and no mitigations.");
    }
    return std::move(model_);
}

bool is_same_word(std::string_view left, std::string_view right) {
    const auto is_passed_over = [](char c) { return is_white(c) || c == '-' || c == '_'; };
    std::size_t i = 0;
    std::size_t j = 0;
    while (true) {
        while (i < left.size() && is_passed_over(left[i])) {
            ++i;
        }
        while (j < right.size() && is_passed_over(right[j])) {
            ++j;
        }
        if (i == left.size() || j == right.size()) {
            return i == left.size() && j == right.size();
        }
        if (to_lower(left[i]) != to_lower(right[j])) {
            return false;
        }
        ++i;
        ++j;
    }
}

}  // namespace threatatlas::imports
