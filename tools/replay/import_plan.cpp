// What an import of a threat model of another tool records in a product that has no threats yet.

#include <array>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "replay/commands.hpp"
#include "replay/kept_notes.hpp"

namespace threatatlas::replay {
namespace {

// One array per object kind: the objects by severity or status, zeros included.
template <class Enum, std::size_t size>
void write_counts(base::JsonWriter& json, const std::array<std::size_t, size>& counts) {
    json.begin_object();
    for (std::size_t i = 0; i < events::names_of<Enum>().size(); ++i) {
        json.key(events::names_of<Enum>()[i]).number(counts.at(i));
    }
}

void write_counts(base::JsonWriter& json, const imports::ImportedModel& model) {
    std::array<std::size_t, events::severity_count> severities{};
    std::array<std::size_t, 5> statuses{};
    std::array<std::size_t, 4> mitigation_statuses{};
    std::size_t unscored = 0;
    for (const imports::ImportedThreat& threat : model.threats) {
        ++(threat.scoring.severity
               ? severities.at(static_cast<std::size_t>(*threat.scoring.severity))
               : unscored);
        ++statuses.at(static_cast<std::size_t>(threat.status));
    }
    std::size_t links = 0;
    for (const imports::ImportedMitigation& mitigation : model.mitigations) {
        ++mitigation_statuses.at(static_cast<std::size_t>(mitigation.status));
        links += mitigation.threats.size();
    }
    json.key("threat_count").number(model.threats.size());
    json.key("threats_by_severity");
    write_counts<events::Severity>(json, severities);
    json.key("unscored").number(unscored).end_object();
    json.key("threats_by_status");
    write_counts<events::ThreatStatus>(json, statuses);
    json.end_object();
    json.key("mitigation_count").number(model.mitigations.size());
    json.key("mitigations_by_status");
    write_counts<events::MitigationStatus>(json, mitigation_statuses);
    json.end_object();
    json.key("links").number(links);
}

template <class Field, std::size_t count>
void write_texts(base::JsonWriter& json, const events::Texts<Field, count>& texts) {
    for (std::size_t i = 0; i < count; ++i) {
        if (!texts.at(i).empty()) {
            json.member(events::names_of<Field>()[i], texts.at(i));
        }
    }
}

void write_score(base::JsonWriter& json, std::string_view name, std::optional<std::uint8_t> score) {
    if (score) {
        json.key(name).number(*score);
    }
}

void write_threat(base::JsonWriter& json, const imports::ImportedThreat& threat) {
    json.begin_object();
    json.member("key", threat.key);
    write_texts(json, threat.texts);
    json.key("severity")
        .string_or_null(threat.scoring.severity ? events::name_of(*threat.scoring.severity)
                                                : std::string_view());
    write_score(json, "likelihood", threat.scoring.likelihood);
    write_score(json, "impact", threat.scoring.impact);
    json.member("status", events::name_of(threat.status));
    json.member("path", threat.path);
    json.end_object();
}

void write_mitigation(base::JsonWriter& json, const imports::ImportedModel& model,
                      const imports::ImportedMitigation& mitigation) {
    json.begin_object();
    json.member("key", mitigation.key);
    write_texts(json, mitigation.texts);
    json.member("status", events::name_of(mitigation.status));
    json.key("threats").begin_array();
    for (const std::size_t index : mitigation.threats) {
        json.string(model.threats[index].key);
    }
    json.end_array();
    json.key("diagram").string_or_null(mitigation.diagram);
    json.key("element_id").string_or_null(mitigation.element_id);
    json.member("path", mitigation.path);
    json.end_object();
}

std::string plan_of(const imports::ImportedModel& model) {
    std::string text;
    base::JsonWriter json(text);
    json.begin_object();
    json.member("format", model.format);
    json.key("title").string_or_null(model.title);
    write_counts(json, model);
    json.key("threats").begin_array();
    for (const imports::ImportedThreat& threat : model.threats) {
        write_threat(json, threat);
    }
    json.end_array();
    json.key("mitigations").begin_array();
    for (const imports::ImportedMitigation& mitigation : model.mitigations) {
        write_mitigation(json, model, mitigation);
    }
    json.end_array();
    json.key("warning_count").number(model.warning_count);
    json.key("warnings").begin_array();
    for (const imports::ImportWarning& warning : model.warnings) {
        json.begin_object();
        json.member("path", warning.path);
        json.member("detail", warning.detail);
        json.end_object();
    }
    json.end_array();
    json.end_object();
    text += '\n';
    return text;
}

}  // namespace

ExitCode plan_import(const Options& options, Output& output, Format /*format*/) {
    const std::string file = read_whole_file(options.import_file, imports::limits::file_bytes_max);
    try {
        output.write(plan_of(imports::read_model(file, options.model_format)));
    } catch (const imports::ImportError& error) {
        throw CannotRead(fmt::format("{}: {}", options.import_file, error.detail()));
    }
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
