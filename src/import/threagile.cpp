#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/model_builder.hpp"
#include "import/text_tree.hpp"

namespace threatatlas::imports {
namespace {

using events::Severity;
using events::ThreatStatus;

class ThreagileReader {
  public:
    ImportedModel read(TreeNode root);

  private:
    /// A member of a map or an element of a list: both spellings of the same thing are met.
    struct Entry {
        std::string path;
        std::string_view title;  ///< the member's name, or the element's `title`
        TreeNode value;
    };

    void read_risks(TreeNode risks);
    void read_model(TreeNode model);
    void add_risk(TreeNode risk, std::string path, bool is_repeated);
    void add_custom_risk(const Entry& category, const Entry& risk);
    void add_tracked_risk(const Entry& tracking);
    void note_elements(TreeNode elements);

    static std::vector<Entry> entries_of(TreeNode node, const std::string& path);
    static std::string_view element_of(TreeNode risk);
    static std::string rating_of(TreeNode risk);

    /// Sets severity and comments: `elevated`, which is high here, stays legible.
    void read_severity(TreeNode risk, RawThreat& threat, std::string& comments);
    ThreatStatus read_status(TreeNode value, std::string_view member, const std::string& path);
    std::string_view name_of_element(std::string_view id) const;

    ModelBuilder builder_{"threagile"};
    std::unordered_map<std::string_view, std::string_view> element_names_;
};

/// Appends a paragraph or a line "label: text", unless the text is empty.
void append_labelled(std::string& out, std::string_view separator, std::string_view label,
                     std::string_view text) {
    if (text.empty()) {
        return;
    }
    if (!out.empty()) {
        out += separator;
    }
    out += label;
    out += text;
}

ImportedModel ThreagileReader::read(TreeNode root) {
    if (root.kind() == TreeNode::Kind::list) {
        read_risks(root);
    } else {
        read_model(root);
    }
    return builder_.build();
}

void ThreagileReader::read_risks(TreeNode risks) {
    const auto items = risks.items();
    std::unordered_map<std::string_view, std::size_t> times;
    bool is_risks = items.empty();
    for (const TreeNode& risk : items) {
        const TreeNode id = risk.find("synthetic_id");
        ++times[id.text()];
        is_risks = is_risks || id.kind() == TreeNode::Kind::text;
    }
    if (!is_risks) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is a list, but not one of Threagile's risks: no element has a "
                          "synthetic_id.");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        add_risk(items[i], step("", i), times[items[i].find("synthetic_id").text()] > 1);
    }
}

void ThreagileReader::add_risk(TreeNode risk, std::string path, bool is_repeated) {
    const std::string_view title = risk.find("title").text();
    const std::string_view asset = risk.find("most_relevant_technical_asset").text();
    std::string key(risk.find("synthetic_id").text());
    if (is_repeated || key.empty()) {
        // Rules may give several risks the same id. The position in the file changes with each run.
        constexpr std::size_t digits = 16;
        key += fmt::format("/{}/{}", asset, base::hex_of(base::sha256(title)).substr(0, digits));
    }
    RawThreat threat;
    threat.status = read_status(risk, "risk_status", path);
    threat.path = std::move(path);
    threat.key = std::move(key);
    threat.name = title;
    threat.category = risk.find("category").text();
    threat.element_id = element_of(risk);
    std::string comments;
    read_severity(risk, threat, comments);
    threat.comments = comments;
    const std::string description = rating_of(risk);
    threat.description = description;
    builder_.add(threat);
}

void ThreagileReader::read_model(TreeNode model) {
    constexpr std::string_view tracking_name = "risk_tracking";
    constexpr auto category_names =
        std::to_array<std::string_view>({"individual_risk_categories", "custom_risk_categories"});
    constexpr auto typical_names =
        std::to_array<std::string_view>({"threagile_version", "technical_assets", tracking_name,
                                         category_names[0], category_names[1]});
    if (std::none_of(typical_names.begin(), typical_names.end(), [&](std::string_view name) {
            return model.find(name).kind() != TreeNode::Kind::null;
        })) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is neither a list of Threagile's risks (risks.json) nor a "
                          "Threagile model: it has no threagile_version and no technical_assets.");
    }
    builder_.set_title(model.find("title").text());
    for (const std::string_view name :
         {"technical_assets", "trust_boundaries", "shared_runtimes", "data_assets"}) {
        note_elements(model.find(name));
    }
    for (const std::string_view name : category_names) {
        for (const Entry& category : entries_of(model.find(name), step("", name))) {
            for (const Entry& risk : entries_of(category.value.find("risks_identified"),
                                                step(category.path, "risks_identified"))) {
                add_custom_risk(category, risk);
            }
        }
    }
    const auto tracked = entries_of(model.find(tracking_name), step("", tracking_name));
    for (const Entry& tracking : tracked) {
        add_tracked_risk(tracking);
    }
    if (!tracked.empty()) {
        builder_.warn(
            step("", tracking_name),
            "A model has no severities of the risks that are tracked, and an entry with a "
            "wildcard stands for several: import risks.json, which Threagile writes, for "
            "all risks with severity and status.");
    }
}

void ThreagileReader::add_custom_risk(const Entry& category, const Entry& risk) {
    std::string_view category_id = category.value.find("id").text();
    if (category_id.empty()) {
        category_id = category.title;
    }
    RawThreat threat;
    // Not the id that risks.json would have: that file knows the status, and this one does not.
    threat.key = fmt::format("custom/{}/{}", category_id, risk.title);
    threat.path = risk.path;
    threat.name = risk.title;
    threat.category = category_id;
    threat.element_id = element_of(risk.value);
    threat.element_name = name_of_element(threat.element_id);
    std::string comments;
    read_severity(risk.value, threat, comments);
    threat.comments = comments;
    constexpr std::string_view paragraph = "\n\n";
    std::string description(category.value.find("description").text());
    append_labelled(description, paragraph, "Impact: ", category.value.find("impact").text());
    append_labelled(description, paragraph,
                    "Mitigation: ", category.value.find("mitigation").text());
    append_labelled(description, paragraph, "", rating_of(risk.value));
    threat.description = description;
    builder_.add(threat);
}

void ThreagileReader::add_tracked_risk(const Entry& tracking) {
    // The entry's name is an id of a risk, perhaps with wildcards: category@element@…
    const std::string_view id = tracking.title;
    const std::size_t at = id.find('@');
    RawThreat threat;
    threat.key = fmt::format("tracking/{}", id);
    threat.path = tracking.path;
    threat.name = id;
    threat.category = id.substr(0, at);
    if (at != std::string_view::npos) {
        const std::string_view element = id.substr(at + 1, id.find('@', at + 1) - at - 1);
        threat.element_name = name_of_element(element);
        threat.element_id = threat.element_name.empty() ? std::string_view() : element;
    }
    threat.description = tracking.value.find("justification").text();
    std::string comments;
    append_labelled(comments, "\n", "Ticket: ", tracking.value.find("ticket").text());
    append_labelled(comments, "\n", "Date: ", tracking.value.find("date").text());
    append_labelled(comments, "\n", "Checked by: ", tracking.value.find("checked_by").text());
    threat.comments = comments;
    threat.status = read_status(tracking.value, "status", tracking.path);
    builder_.add(threat);
}

void ThreagileReader::note_elements(TreeNode elements) {
    for (const auto& [title, element] : elements.members()) {
        element_names_.emplace(element.find("id").text(), title);
    }
}

std::vector<ThreagileReader::Entry> ThreagileReader::entries_of(TreeNode node,
                                                                const std::string& path) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : node.members()) {
        entries.push_back({step(path, name), name, value});
    }
    const auto items = node.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        entries.push_back({step(path, i), items[i].find("title").text(), items[i]});
    }
    return entries;
}

std::string_view ThreagileReader::element_of(TreeNode risk) {
    for (const std::string_view name :
         {"most_relevant_technical_asset", "most_relevant_communication_link",
          "most_relevant_trust_boundary", "most_relevant_shared_runtime",
          "most_relevant_data_asset"}) {
        if (const std::string_view id = risk.find(name).text(); !id.empty()) {
            return id;
        }
    }
    return {};
}

/// What Threagile says about a risk beside its title, in lines.
std::string ThreagileReader::rating_of(TreeNode risk) {
    constexpr std::string_view line = "\n";
    std::string rating;
    append_labelled(rating, line,
                    "Exploitation likelihood: ", risk.find("exploitation_likelihood").text());
    append_labelled(rating, line, "Exploitation impact: ", risk.find("exploitation_impact").text());
    append_labelled(rating, line,
                    "Data breach probability: ", risk.find("data_breach_probability").text());
    std::vector<std::string_view> assets;
    for (const TreeNode& asset : risk.find("data_breach_technical_assets").items()) {
        assets.push_back(asset.text());
    }
    // Their order may differ from one run to the next.
    std::sort(assets.begin(), assets.end());
    append_labelled(rating, line, "Data breach at: ", fmt::format("{}", fmt::join(assets, ", ")));
    for (const std::string_view name : {"risk_explanation", "rating_explanation"}) {
        append_labelled(rating, line, "", risk.find(name).text());
        for (const TreeNode& sentence : risk.find(name).items()) {
            append_labelled(rating, line, "", sentence.text());
        }
    }
    return rating;
}

void ThreagileReader::read_severity(TreeNode risk, RawThreat& threat, std::string& comments) {
    const std::string_view word = risk.find("severity").text();
    threat.scoring.severity = find_word<Severity>({{"critical", Severity::critical},
                                                   {"high", Severity::high},
                                                   {"elevated", Severity::high},
                                                   {"medium", Severity::medium},
                                                   {"low", Severity::low}},
                                                  word);
    if (!threat.scoring.severity && !word.empty()) {
        builder_.warn_unknown(step(threat.path, "severity"), "severity", word, "unscored");
    }
    if (is_same_word(word, "elevated")) {
        append_labelled(comments, "\n", "Severity in Threagile: ", word);
    }
}

ThreatStatus ThreagileReader::read_status(TreeNode value, std::string_view member,
                                          const std::string& path) {
    const std::string_view word = value.find(member).text();
    const auto status = find_word<ThreatStatus>({{"unchecked", ThreatStatus::identified},
                                                 {"in-discussion", ThreatStatus::identified},
                                                 {"in-progress", ThreatStatus::in_progress},
                                                 {"accepted", ThreatStatus::accepted},
                                                 {"mitigated", ThreatStatus::mitigated},
                                                 {"false-positive", ThreatStatus::not_applicable}},
                                                word);
    if (!status && !word.empty()) {
        builder_.warn_unknown(step(path, member), member, word, "identified");
    }
    return status.value_or(ThreatStatus::identified);
}

std::string_view ThreagileReader::name_of_element(std::string_view id) const {
    const auto found = element_names_.find(id);
    return found == element_names_.end() ? std::string_view() : found->second;
}

}  // namespace

ImportedModel read_threagile(std::string_view bytes) {
    const TextTree file = read_json_or_yaml(bytes);
    return ThreagileReader().read(file.root());
}

}  // namespace threatatlas::imports
