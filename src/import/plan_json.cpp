#include "import/plan_json.hpp"

#include <algorithm>
#include <span>

#include "import/clean_text.hpp"

namespace threatatlas::imports {
namespace {

std::string_view name_of(ObjectKind kind) {
    return kind == ObjectKind::threat ? "threat" : "mitigation";
}

void write_identity(base::JsonWriter& json, ObjectKind kind, std::uint64_t id,
                    std::string_view name) {
    json.member("kind", name_of(kind));
    json.key("id").number(id);
    json.member("name", is_longer(name, listed_name_points_max)
                            ? cut_at_word(name, listed_name_points_max)
                            : std::string(name));
}

void write(base::JsonWriter& json, const PlannedObject& object) {
    write_identity(json, object.kind, object.id, object.name);
    json.key("external_id").string_or_null(object.external_id);
    if (!object.fields.empty()) {
        json.key("fields").begin_array();
        for (const std::string_view field : object.fields) {
            json.string(field);
        }
        json.end_array();
    }
}

void write(base::JsonWriter& json, const PlannedConflict& conflict) {
    write_identity(json, conflict.kind, conflict.id, conflict.name);
    json.member("field", conflict.field);
    json.member("kept", conflict.file_wins ? "file" : "product");
}

void write(base::JsonWriter& json, const ImportWarning& warning) {
    json.member("path", warning.path);
    json.member("detail", warning.detail);
}

template <class Entry>
void write_list(base::JsonWriter& json, std::string_view name, const std::vector<Entry>& entries) {
    json.key(name).begin_array();
    for (const Entry& entry :
         std::span(entries).first(std::min(entries.size(), listed_objects_max))) {
        json.begin_object();
        write(json, entry);
        json.end_object();
    }
    json.end_array();
}

}  // namespace

void write_plan(base::JsonWriter& json, const ImportSummary& summary, const ImportPlan& plan) {
    json.member("format", summary.format);
    json.member("source", summary.source);
    json.key("dry_run").boolean(summary.dry_run);
    json.key("counts").begin_object();
    json.key("added").number(plan.added.size());
    json.key("changed").number(plan.changed.size());
    json.key("removed").number(plan.removed.size());
    json.key("unchanged").number(plan.unchanged);
    json.key("missing").number(plan.missing.size());
    json.key("conflicts").number(plan.conflicts.size());
    json.key("warnings").number(summary.warning_count);
    json.end_object();
    write_list(json, "added", plan.added);
    write_list(json, "changed", plan.changed);
    write_list(json, "removed", plan.removed);
    write_list(json, "missing", plan.missing);
    write_list(json, "conflicts", plan.conflicts);
    write_list(json, "warnings", summary.warnings);
}

}  // namespace threatatlas::imports
