#include <string>
#include <unordered_map>

#include <fmt/format.h>

#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/model_builder.hpp"
#include "import/xml_file.hpp"

namespace threatatlas::imports {
namespace {

using events::Severity;
using events::ThreatStatus;

using Tm7Texts = std::unordered_map<std::string, std::string>;

/// Reads what .NET's DataContractSerializer wrote: maps are lists of elements with a Key and a
/// Value.
class Tm7Reader {
  public:
    ImportedModel read(pugi::xml_node root);

  private:
    void note_diagram(pugi::xml_node diagram);
    static std::string name_of_shape(pugi::xml_node shape);
    void add_threat(pugi::xml_node instance, const std::string& path);
    ThreatStatus read_state(const std::string& word, const std::string& path);
    events::Scoring read_priority(const std::string& word, const std::string& path);

    ModelBuilder builder_{"tm7"};
    Tm7Texts diagram_names_;  ///< by GUID
    Tm7Texts shape_names_;    ///< of elements and flows, by GUID
};

Tm7Texts properties_of(pugi::xml_node value) {
    Tm7Texts properties;
    for (const pugi::xml_node property : child(value, "Properties").children()) {
        properties.emplace(xml_text(property, "Key"), xml_text(property, "Value"));
    }
    return properties;
}

std::string text_of(const Tm7Texts& texts, const std::string& name) {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string() : found->second;
}

ImportedModel Tm7Reader::read(pugi::xml_node root) {
    const pugi::xml_node instances = child(root, "ThreatInstances");
    if (local_name(root) != "ThreatModel" || (!instances && !child(root, "DrawingSurfaceList"))) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format(
                "The XML is not a model of Microsoft's Threat Modeling Tool, which is a "
                "<ThreatModel> with <DrawingSurfaceList> and <ThreatInstances>; its root is "
                "<{}>.",
                root.name()));
    }
    builder_.set_title(xml_text(child(root, "MetaInformation"), "ThreatModelName"));
    for (const pugi::xml_node diagram : child(root, "DrawingSurfaceList").children()) {
        note_diagram(diagram);
    }
    std::size_t position = 0;
    for (const pugi::xml_node instance : instances.children()) {
        if (instance.type() == pugi::node_element) {
            ++position;
            add_threat(instance, fmt::format("/ThreatModel/ThreatInstances/*[{}]", position));
        }
    }
    return builder_.build();
}

void Tm7Reader::note_diagram(pugi::xml_node diagram) {
    diagram_names_.emplace(xml_text(diagram, "Guid"), xml_text(diagram, "Header"));
    for (const char* const kind : {"Borders", "Lines"}) {
        for (const pugi::xml_node shape : child(diagram, kind).children()) {
            shape_names_.emplace(xml_text(shape, "Key"), name_of_shape(child(shape, "Value")));
        }
    }
}

std::string Tm7Reader::name_of_shape(pugi::xml_node shape) {
    for (const pugi::xml_node attribute : child(shape, "Properties").children()) {
        if (xml_text(attribute, "DisplayName") == "Name") {
            return xml_text(attribute, "Value");
        }
    }
    return {};
}

void Tm7Reader::add_threat(pugi::xml_node instance, const std::string& path) {
    const pugi::xml_node value = child(instance, "Value");
    const Tm7Texts properties = properties_of(value);
    // The element of the same name is older than the property, which the tool shows and changes.
    const auto text = [&](const std::string& name) {
        const std::string property = text_of(properties, name);
        return property.empty() ? xml_text(value, name) : property;
    };
    const std::string key = xml_text(instance, "Key");
    const std::string name = text("Title");
    const std::string summary = text("UserThreatShortDescription");
    const std::string category = text("UserThreatCategory");
    const std::string justification = text("StateInformation");
    std::string description = text("UserThreatDescription");
    if (const std::string advice = text("PossibleMitigations"); !advice.empty()) {
        description +=
            fmt::format("{}Possible mitigations: {}", description.empty() ? "" : "\n\n", advice);
    }
    const std::string diagram_guid = xml_text(value, "DrawingSurfaceGuid");
    const std::string diagram = text_of(diagram_names_, diagram_guid);
    // Threats are found for flows; the key has the elements at both ends.
    const std::string flow_guid = xml_text(value, "FlowGuid");
    const std::string flow = text_of(shape_names_, flow_guid);

    RawThreat threat;
    threat.key = key;
    threat.is_key_given = true;
    threat.path = path;
    threat.name = name.empty() ? summary : name;
    threat.description = description;
    threat.category = category;
    threat.diagram = diagram.empty() ? diagram_guid : diagram;
    threat.element_id = flow_guid;
    threat.element_name = flow;
    threat.status = read_state(xml_text(value, "State"), path);
    threat.scoring = read_priority(text("Priority"), path);
    const bool is_mitigated = threat.status == ThreatStatus::mitigated;
    if (!is_mitigated) {
        threat.comments = justification;
    }
    const std::size_t index = builder_.add(threat);

    // Beside a mitigated threat, the justification says how. It is a claim that nobody has
    // verified.
    if (is_mitigated && !justification.empty() && !ModelBuilder::is_filler(justification)) {
        RawMitigation mitigation;
        mitigation.key = key;
        mitigation.path = path;
        mitigation.description = justification;
        mitigation.threats = {index};
        builder_.add(mitigation);
    }
}

ThreatStatus Tm7Reader::read_state(const std::string& word, const std::string& path) {
    const auto status = find_word<ThreatStatus>({{"AutoGenerated", ThreatStatus::identified},
                                                 {"NeedsInvestigation", ThreatStatus::in_progress},
                                                 {"Mitigated", ThreatStatus::mitigated},
                                                 {"NotApplicable", ThreatStatus::not_applicable}},
                                                word);
    if (!status && !word.empty()) {
        builder_.warn_unknown(path + "/Value/State", "State", word, "identified");
    }
    return status.value_or(ThreatStatus::identified);
}

events::Scoring Tm7Reader::read_priority(const std::string& word, const std::string& path) {
    events::Scoring scoring;
    scoring.severity = find_word<Severity>(
        {{"High", Severity::high}, {"Medium", Severity::medium}, {"Low", Severity::low}}, word);
    if (!scoring.severity && !word.empty()) {
        builder_.warn_unknown(path + "/Value/Properties", "Priority", word, "unscored");
    }
    return scoring;
}

}  // namespace

ImportedModel read_tm7(std::string_view bytes) {
    const XmlFile file(bytes);
    return Tm7Reader().read(file.root());
}

}  // namespace threatatlas::imports
