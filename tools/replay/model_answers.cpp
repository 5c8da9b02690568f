// Answers about threats and mitigations.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "projections/query/diff.hpp"
#include "projections/query/views.hpp"
#include "replay/commands.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<GridColumn, 19> threat_columns{{
    {.title = "id", .pointer = "/id", .right_aligned = true},
    {.title = "product_id", .pointer = "/product_id", .for_people = false},
    {.title = "severity", .pointer = "/severity"},
    {.title = "status", .pointer = "/status"},
    {.title = "covered", .pointer = "/covered"},
    {.title = "covered_by", .pointer = "/covered_by"},
    {.title = "name", .pointer = "/name"},
    {.title = "category", .pointer = "/category"},
    {.title = "diagram", .pointer = "/diagram"},
    {.title = "element_id", .pointer = "/element_id"},
    {.title = "element_name", .pointer = "/element_name", .for_people = false},
    {.title = "likelihood", .pointer = "/likelihood", .for_people = false},
    {.title = "impact", .pointer = "/impact", .for_people = false},
    {.title = "risk_score", .pointer = "/risk_score", .for_people = false},
    {.title = "description", .pointer = "/description", .for_people = false},
    {.title = "comments", .pointer = "/comments", .for_people = false},
    {.title = "external_id", .pointer = "/external_id", .for_people = false},
    {.title = "created_at", .pointer = "/created_at", .for_people = false},
    {.title = "updated_at", .pointer = "/updated_at", .for_people = false},
}};

constexpr std::array<GridColumn, 14> mitigation_columns{{
    {.title = "id", .pointer = "/id", .right_aligned = true},
    {.title = "product_id", .pointer = "/product_id", .for_people = false},
    {.title = "status", .pointer = "/status"},
    {.title = "active", .pointer = "/active"},
    {.title = "name", .pointer = "/name"},
    {.title = "threat_ids", .pointer = "/threat_ids"},
    {.title = "diagram", .pointer = "/diagram"},
    {.title = "element_id", .pointer = "/element_id"},
    {.title = "category", .pointer = "/category"},
    {.title = "description", .pointer = "/description", .for_people = false},
    {.title = "comments", .pointer = "/comments", .for_people = false},
    {.title = "external_id", .pointer = "/external_id", .for_people = false},
    {.title = "created_at", .pointer = "/created_at", .for_people = false},
    {.title = "updated_at", .pointer = "/updated_at", .for_people = false},
}};

constexpr std::array<GridColumn, 21> acceptance_columns{{
    {.title = "id", .pointer = "/id", .right_aligned = true},
    {.title = "product_id", .pointer = "/product_id", .for_people = false},
    {.title = "state", .pointer = "/state"},
    {.title = "in_force", .pointer = "/in_force", .for_people = false},
    {.title = "valid_until", .pointer = "/valid_until"},
    {.title = "threat_ids", .pointer = "/threat_ids"},
    {.title = "requested by", .pointer = "/requested/actor"},
    {.title = "requested at", .pointer = "/requested/at", .for_people = false},
    {.title = "decided by", .pointer = "/decided/actor"},
    {.title = "decided at", .pointer = "/decided/at", .for_people = false},
    {.title = "ended by", .pointer = "/ended/actor", .for_people = false},
    {.title = "ended at", .pointer = "/ended/at", .for_people = false},
    {.title = "justification", .pointer = "/justification"},
    {.title = "conditions", .pointer = "/conditions", .for_people = false},
    {.title = "reference", .pointer = "/reference", .for_people = false},
    {.title = "while_mitigations", .pointer = "/while_mitigations", .for_people = false},
    {.title = "requested_severities", .pointer = "/requested_severities", .for_people = false},
    {.title = "approved_severities", .pointer = "/approved_severities", .for_people = false},
    {.title = "replaces", .pointer = "/replaces", .for_people = false},
    {.title = "replaced_by", .pointer = "/replaced_by", .for_people = false},
    {.title = "assurance", .pointer = "/assurance", .for_people = false},
}};

constexpr std::array<GridColumn, 7> diff_columns{{
    {.title = "what", .pointer = "/what"},
    {.title = "id", .pointer = "/id", .right_aligned = true},
    {.title = "name", .pointer = "/name"},
    {.title = "change", .pointer = "/change"},
    {.title = "field", .pointer = "/field"},
    {.title = "from", .pointer = "/from"},
    {.title = "to", .pointer = "/to"},
}};

struct ModelThen {
    query::ProductModel model;
    base::Instant instant;
};

ModelThen model_and_instant(const Question& question) {
    ProductPast past(question.source, question.options.product, question.wall_clock,
                     question.options.cut.at_position);
    past.advance(question.options.cut);
    const base::Instant instant = past.resolve(question.options.cut);
    past.require_state(instant);
    return {*past.model(instant), instant};
}

query::ProductModel model_then(const Question& question) {
    return model_and_instant(question).model;
}

// Flattens a diff into one row per change.
class DiffRows {
  public:
    explicit DiffRows(GridWriter& writer) : writer_(writer) {}

    // Counts that differ, at any depth of the summary.
    void counts(const Json& from, const Json& to, const std::string& prefix) {
        for (const auto& [name, value] : to.items()) {
            const Json& before = from.is_null() ? from : from.at(name);
            if (value.is_object()) {
                counts(before, value, name + ".");
            } else if (before != value) {
                add({{"what", "summary"},
                     {"field", prefix + name},
                     {"from", before},
                     {"to", value}});
            }
        }
    }
    void fields(const std::string& what, const Json& id, const Json& name, const Json& changed) {
        for (const auto& [field, change] : changed.items()) {
            add({{"what", what},
                 {"id", id},
                 {"name", name},
                 {"change", "changed"},
                 {"field", field},
                 {"from", change.at("from")},
                 {"to", change.at("to")}});
        }
    }
    void objects(const std::string& what, const Json& changes) {
        for (const std::string change : {"added", "removed"}) {
            for (const Json& object : changes.at(change)) {
                add({{"what", what},
                     {"id", object.at("id")},
                     {"name", object.at("name")},
                     {"change", change}});
            }
        }
        for (const Json& object : changes.at("changed")) {
            fields(what, object.at("id"), object.at("name"), object.at("fields"));
        }
    }

  private:
    void add(const Json& row) { writer_.add(row.dump()); }

    GridWriter& writer_;
};

void write_diff_rows(const Question& question, const std::string& json) {
    const Json diff = Json::parse(json);
    GridWriter writer(question.output, question.format, diff_columns);
    DiffRows rows(writer);
    rows.counts(diff.at("from").at("summary"), diff.at("to").at("summary"), "");
    rows.fields("product", diff.at("product_id"), nullptr, diff.at("product").at("changed"));
    rows.objects("threat", diff.at("threats"));
    rows.objects("mitigation", diff.at("mitigations"));
    writer.finish();
}

}  // namespace

ExitCode answer_threats(const Question& question) {
    const query::ProductModel model = model_then(question);
    GridWriter writer(question.output, question.format, threat_columns);
    std::string json;
    for (const auto& [id, threat] : model.threats) {
        json.clear();
        base::JsonWriter object(json);
        query::write_threat(object, question.options.product, model.view(id));
        writer.add(json);
    }
    writer.finish();
    return ExitCode::fine;
}

ExitCode answer_mitigations(const Question& question) {
    const query::ProductModel model = model_then(question);
    GridWriter writer(question.output, question.format, mitigation_columns);
    std::string json;
    for (const auto& [id, mitigation] : model.mitigations) {
        json.clear();
        base::JsonWriter object(json);
        query::write_mitigation(object, question.options.product, {id, mitigation});
        writer.add(json);
    }
    writer.finish();
    return ExitCode::fine;
}

ExitCode answer_acceptances(const Question& question) {
    const ModelThen then = model_and_instant(question);
    GridWriter writer(question.output, question.format, acceptance_columns);
    std::string json;
    for (const auto& [id, acceptance] : then.model.acceptances) {
        const bool has_threats =
            std::any_of(acceptance.threat_ids.begin(), acceptance.threat_ids.end(),
                        [&](ThreatId threat) { return then.model.threats.contains(threat); });
        json.clear();
        base::JsonWriter object(json);
        query::write_acceptance(object, question.options.product,
                                query::view_of(id, acceptance, then.instant, has_threats));
        writer.add(json);
    }
    writer.finish();
    return ExitCode::fine;
}

ExitCode answer_diff(const Question& question) {
    const Cut& from = *question.options.from;
    const Cut to = question.options.to.value_or(Cut{});
    ProductPast past(question.source, question.options.product, question.wall_clock);
    past.advance(from);
    const base::Instant from_instant = past.resolve(from);
    const auto before = past.model(from_instant);
    past.advance(to);
    const base::Instant to_instant = past.resolve(to);
    const auto after = past.model(to_instant);
    if (!after) {
        past.refuse_absent();
    }
    std::string json;
    base::JsonWriter writer(json);
    query::write_diff(writer, from_instant, before, to_instant, *after);
    if (question.format == Format::json || question.format == Format::ndjson) {
        question.output.write(json + "\n");
    } else {
        write_diff_rows(question, json);
    }
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
