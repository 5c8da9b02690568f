#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/model_builder.hpp"
#include "import/text_tree.hpp"

namespace threatatlas::imports {
namespace {

using events::MitigationStatus;
using events::ThreatStatus;

/// Threats and mitigations are defined once for the file, and elements of the drawing name those
/// that concern them. Each such instance is a threat or a mitigation here, because it has a state
/// of its own.
class OtmReader {
  public:
    ImportedModel read(TreeNode root);

  private:
    using ById = std::unordered_map<std::string_view, TreeNode>;
    struct Element {
        std::string_view id;
        std::string_view name;
        std::string_view diagram;
    };

    static ById by_id(TreeNode list);

    void read_elements(TreeNode elements, const std::string& path);
    std::string_view diagram_of(TreeNode element) const;
    void add_threat(const Element& element, TreeNode instance, const std::string& path);
    void add_mitigation(std::size_t threat, std::string_view threat_key, TreeNode instance,
                        const std::string& path);

    /// The definition that an instance names. An instance that has a name itself is its own
    /// definition; one that has neither is warned about.
    TreeNode definition_of(const ById& definitions, TreeNode instance, std::string_view kind,
                           const std::string& path);
    ThreatStatus read_threat_state(TreeNode instance, const std::string& path);
    MitigationStatus read_mitigation_state(TreeNode instance, const std::string& path);
    events::Scoring read_risk(TreeNode risk, std::string_view state, const std::string& path);
    std::optional<double> read_percentage(TreeNode risk, std::string_view member,
                                          const std::string& path);

    ModelBuilder builder_{"otm"};
    ById threats_;
    ById mitigations_;
    ById representations_;
};

ImportedModel OtmReader::read(TreeNode root) {
    if (root.find("otmVersion").text().empty()) {
        throw ImportError(ImportFault::unacceptable,
                          "The file is not an Open Threat Model: it has no otmVersion.");
    }
    builder_.set_title(root.find("project").find("name").text());
    threats_ = by_id(root.find("threats"));
    mitigations_ = by_id(root.find("mitigations"));
    representations_ = by_id(root.find("representations"));
    for (const std::string_view name : {"trustZones", "components", "dataflows"}) {
        read_elements(root.find(name), step("", name));
    }
    return builder_.build();
}

OtmReader::ById OtmReader::by_id(TreeNode list) {
    ById nodes;
    for (const TreeNode& node : list.items()) {
        nodes.emplace(node.find("id").text(), node);
    }
    return nodes;
}

void OtmReader::read_elements(TreeNode elements, const std::string& path) {
    const auto items = elements.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const TreeNode& item = items[i];
        const Element element{item.find("id").text(), item.find("name").text(), diagram_of(item)};
        const std::string threats_path = step(step(path, i), "threats");
        const auto threats = item.find("threats").items();
        for (std::size_t j = 0; j < threats.size(); ++j) {
            add_threat(element, threats[j], step(threats_path, j));
        }
    }
}

/// The name of the first diagram that shows the element.
std::string_view OtmReader::diagram_of(TreeNode element) const {
    for (const TreeNode& shown : element.find("representations").items()) {
        const auto found = representations_.find(shown.find("representation").text());
        if (found != representations_.end() && found->second.find("type").text() == "diagram") {
            const std::string_view name = found->second.find("name").text();
            return name.empty() ? found->first : name;
        }
    }
    return {};
}

void OtmReader::add_threat(const Element& element, TreeNode instance, const std::string& path) {
    const TreeNode definition = definition_of(threats_, instance, "threat", path);
    const TreeNode risk = definition.find("risk");
    std::string_view id = instance.find("threat").text();
    if (id.empty()) {
        id = instance.find("id").text();
    }
    RawThreat threat;
    threat.key = fmt::format("{}/{}", element.id, id);
    threat.path = path;
    threat.name = definition.find("name").text();
    if (threat.name.empty()) {
        threat.name = id;
    }
    std::vector<std::string_view> words;
    for (const TreeNode& word : definition.find("categories").items()) {
        words.push_back(word.text());
    }
    const std::string category = fmt::format("{}", fmt::join(words, ", "));
    threat.category = category;
    std::string description(definition.find("description").text());
    words.clear();
    for (const TreeNode& word : definition.find("cwes").items()) {
        words.push_back(word.text());
    }
    if (!words.empty()) {
        description +=
            fmt::format("{}{}", description.empty() ? "" : "\n\n", fmt::join(words, ", "));
    }
    threat.description = description;
    threat.diagram = element.diagram;
    threat.element_id = element.id;
    threat.element_name = element.name;
    std::string comments;
    for (const std::string_view member : {"likelihoodComment", "impactComment"}) {
        const std::string_view comment = risk.find(member).text();
        if (!comment.empty()) {
            comments += fmt::format("{}{}", comments.empty() ? "" : "\n", comment);
        }
    }
    threat.comments = comments;
    threat.status = read_threat_state(instance, path);
    threat.scoring = read_risk(risk, instance.find("state").text(), path);
    const std::string key = threat.key;
    const std::size_t index = builder_.add(threat);

    const std::string mitigations_path = step(path, "mitigations");
    const auto mitigations = instance.find("mitigations").items();
    for (std::size_t i = 0; i < mitigations.size(); ++i) {
        add_mitigation(index, key, mitigations[i], step(mitigations_path, i));
    }
}

void OtmReader::add_mitigation(std::size_t threat, std::string_view threat_key, TreeNode instance,
                               const std::string& path) {
    const TreeNode definition = definition_of(mitigations_, instance, "mitigation", path);
    std::string_view id = instance.find("mitigation").text();
    if (id.empty()) {
        id = instance.find("id").text();
    }
    RawMitigation mitigation;
    mitigation.key = fmt::format("{}/{}", threat_key, id);
    mitigation.path = path;
    mitigation.name = definition.find("name").text();
    mitigation.description = definition.find("description").text();
    if (mitigation.name.empty()) {
        mitigation.name = id;
    }
    mitigation.status = read_mitigation_state(instance, path);
    mitigation.threats = {threat};
    builder_.add(mitigation);
}

TreeNode OtmReader::definition_of(const ById& definitions, TreeNode instance, std::string_view kind,
                                  const std::string& path) {
    const std::string_view id = instance.find(kind).text();
    const auto found = definitions.find(id);
    if (!id.empty() && found != definitions.end()) {
        return found->second;
    }
    if (instance.find("name").text().empty()) {
        builder_.warn(
            step(path, kind),
            fmt::format("The file does not define this {}; its id is taken as its name.", kind));
    }
    return instance;
}

ThreatStatus OtmReader::read_threat_state(TreeNode instance, const std::string& path) {
    const std::string_view word = instance.find("state").text();
    // Apart from `exposed`, the words are those of Microsoft's tool, from whose files models are
    // converted.
    const auto status = find_word<ThreatStatus>({{"exposed", ThreatStatus::identified},
                                                 {"AutoGenerated", ThreatStatus::identified},
                                                 {"NeedsInvestigation", ThreatStatus::in_progress},
                                                 {"Mitigated", ThreatStatus::mitigated},
                                                 {"NotApplicable", ThreatStatus::not_applicable}},
                                                word);
    if (!status && !word.empty()) {
        builder_.warn_unknown(step(path, "state"), "state", word, "identified");
    }
    return status.value_or(ThreatStatus::identified);
}

MitigationStatus OtmReader::read_mitigation_state(TreeNode instance, const std::string& path) {
    const std::string_view word = instance.find("state").text();
    const auto status =
        find_word<MitigationStatus>({{"recommended", MitigationStatus::proposed},
                                     {"required", MitigationStatus::proposed},
                                     {"open", MitigationStatus::proposed},
                                     {"implemented", MitigationStatus::implemented}},
                                    word);
    if (!status && !word.empty()) {
        builder_.warn_unknown(step(path, "state"), "state", word, "proposed");
    }
    return status.value_or(MitigationStatus::proposed);
}

events::Scoring OtmReader::read_risk(TreeNode risk, std::string_view state,
                                     const std::string& path) {
    constexpr double highest = 100;
    const auto likelihood = read_percentage(risk, "likelihood", path);
    const auto impact = read_percentage(risk, "impact", path);
    // Converters write 100 for every threat that they find, which says nothing about any of them.
    const bool is_generated =
        is_same_word(state, "AutoGenerated") && likelihood == highest && impact == highest;
    if (!likelihood || !impact || is_generated) {
        return {};
    }
    // The completed fifths of 100, and at least one.
    const auto score = [](double percentage) {
        return static_cast<std::uint8_t>(std::max(percentage / 20, 1.0));
    };
    events::Scoring scoring;
    scoring.likelihood = score(*likelihood);
    scoring.impact = score(*impact);
    scoring.severity = events::severity_from(*scoring.likelihood, *scoring.impact);
    return scoring;
}

std::optional<double> OtmReader::read_percentage(TreeNode risk, std::string_view member,
                                                 const std::string& path) {
    const std::string_view text = risk.find(member).text();
    if (text.empty()) {
        return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 100) {
        return value;
    }
    builder_.warn_unknown(path, member, text, "unscored");
    return std::nullopt;
}

}  // namespace

ImportedModel read_otm(std::string_view bytes) {
    const TextTree file = read_json_or_yaml(bytes);
    return OtmReader().read(file.root());
}

}  // namespace threatatlas::imports
