// What a threat model of another tool contains, and what an import of it would record in a product.

#include <array>
#include <chrono>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "import/current_model.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/plan_json.hpp"
#include "replay/commands.hpp"
#include "replay/kept_notes.hpp"
#include "replay/past.hpp"

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

std::string contents_of(const imports::ImportedModel& model) {
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

std::string plan_of(const Options& options, imports::ImportedModel model) {
    const auto source = open_log_of(options);
    ProductPast past(
        *source, options.product,
        std::chrono::time_point_cast<base::Instant::duration>(std::chrono::system_clock::now()),
        options.cut.at_position);
    past.advance(options.cut);
    const base::Instant instant = past.resolve(options.cut);
    past.require_state(instant);
    const query::ImportState state = past.import_state(instant).value();

    const std::string name = options.source.empty() ? model.format : options.source;
    const std::string format = model.format;
    const std::vector<imports::ImportWarning> warnings = model.warnings;
    const std::size_t warning_count = model.warning_count;
    const imports::ImportPlan plan = imports::plan_import(
        std::move(model), imports::current_model(state, name), {name, options.missing});
    std::string text;
    base::JsonWriter json(text);
    json.begin_object();
    imports::write_plan(json,
                        {.format = format,
                         .source = name,
                         .dry_run = true,
                         .warnings = warnings,
                         .warning_count = warning_count},
                        plan);
    json.key("first_position").null();
    json.key("last_position").null();
    json.key("version").number(state.model.product.version);
    json.end_object();
    text += '\n';
    return text;
}

}  // namespace

ExitCode plan_import(const Options& options, Output& output, Format /*format*/) {
    const std::string file = read_whole_file(options.import_file, imports::limits::file_bytes_max);
    try {
        imports::ImportedModel model = imports::read_model(file, options.model_format);
        output.write(options.product == 0 ? contents_of(model)
                                          : plan_of(options, std::move(model)));
    } catch (const imports::ImportError& error) {
        throw CannotRead(fmt::format("{}: {}", options.import_file, error.detail()));
    }
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
