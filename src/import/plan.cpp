#include "import/plan.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "import/kind_planner.hpp"

namespace threatatlas::imports {
namespace {

using events::MitigationField;
using events::ThreatField;

// Texts of events have no NUL.
constexpr char separator = '\0';

// Matches threats whose keys have changed: by the element as well, as long as the file and the
// product say which that is.
void match_by_content(KindPlanner<ThreatKind>& threats) {
    const auto match_with = [&](std::initializer_list<ThreatField> fields, bool may_lack_first) {
        const auto content = [&](const auto& threat) -> std::optional<std::string> {
            std::string joined;
            for (const ThreatField field : fields) {
                joined += threat.texts[field];
                joined += separator;
            }
            return joined.front() == separator && !may_lack_first ? std::nullopt
                                                                  : std::optional(joined);
        };
        threats.match_unique(content, content);
    };
    match_with({ThreatField::element_id, ThreatField::name, ThreatField::category}, false);
    match_with({ThreatField::element_name, ThreatField::name, ThreatField::category}, false);
    match_with({ThreatField::name, ThreatField::category}, true);
}

// This program's own download identifies an object without external_id by its id.
template <class Kind>
void match_by_id(KindPlanner<Kind>& objects, bool is_own_download) {
    using TextField = typename Kind::TextField;
    if (!is_own_download) {
        return;
    }
    const auto with_name = [](std::string_view key, const auto& object) {
        return std::optional(fmt::format("{}{}{}", key, separator, object.texts[TextField::name]));
    };
    objects.match_unique(
        [&](const typename Kind::InFile& object) { return with_name(object.key, object); },
        [&](const typename Kind::Current& object) {
            return with_name(own_key(Kind::kind, object.id), object);
        });
}

// The same for mitigations: by the threats as well, as long as they cover some.
void match_by_content(KindPlanner<MitigationKind>& mitigations) {
    const auto with_threats = [](const auto& mitigation) -> std::optional<std::string> {
        if (mitigation.scope.threat_ids.empty()) {
            return std::nullopt;
        }
        return fmt::format("{}{}{}", fmt::join(mitigation.scope.threat_ids, ","), separator,
                           mitigation.texts[MitigationField::name]);
    };
    const auto with_category = [](const auto& mitigation) -> std::optional<std::string> {
        return fmt::format("{}{}{}", mitigation.texts[MitigationField::name], separator,
                           mitigation.texts[MitigationField::category]);
    };
    mitigations.match_unique(with_threats, with_threats);
    mitigations.match_unique(with_category, with_category);
}

// Replaces the indices of threats by their ids in the product.
std::vector<LinkedMitigation> linked(std::vector<ImportedMitigation> mitigations,
                                     const KindPlanner<ThreatKind>& threats) {
    std::vector<LinkedMitigation> all;
    all.reserve(mitigations.size());
    for (ImportedMitigation& mitigation : mitigations) {
        LinkedMitigation& own = all.emplace_back(LinkedMitigation{
            .key = std::move(mitigation.key),
            .texts = std::move(mitigation.texts),
            .status = mitigation.status,
            .scope = {{}, std::move(mitigation.diagram), std::move(mitigation.element_id)},
            .removed_threats = {}});
        for (const std::size_t threat : mitigation.threats) {
            own.scope.threat_ids.push_back(threats.id_of(threat));
            if (threats.stays_removed(threat)) {
                own.removed_threats.push_back(threats.id_of(threat));
            }
        }
        std::sort(own.scope.threat_ids.begin(), own.scope.threat_ids.end());
        std::sort(own.removed_threats.begin(), own.removed_threats.end());
    }
    return all;
}

}  // namespace

std::optional<MissingObjects> parse_missing_objects(std::string_view word) {
    if (word == "keep") {
        return MissingObjects::keep;
    }
    if (word == "remove") {
        return MissingObjects::remove;
    }
    if (word == "not_applicable") {
        return MissingObjects::not_applicable;
    }
    return std::nullopt;
}

ImportPlan plan_import(ImportedModel file, const CurrentModel& current,
                       const PlanOptions& options) {
    ImportPlan plan;
    const PlanContext context{options, file.keeps_external_ids, plan};

    KindPlanner<ThreatKind> threats(context, std::move(file.threats), current.threats,
                                    current.seen_threats);
    match_by_id(threats, file.keeps_external_ids);
    match_by_content(threats);
    threats.assign_ids(current.last_threat_id);

    KindPlanner<MitigationKind> mitigations(context, linked(std::move(file.mitigations), threats),
                                            current.mitigations, current.seen_mitigations);
    match_by_id(mitigations, file.keeps_external_ids);
    match_by_content(mitigations);
    mitigations.assign_ids(current.last_mitigation_id);

    threats.plan_file();
    mitigations.plan_file();
    mitigations.plan_missing();
    threats.plan_missing();
    plan.seen_threats = threats.take_seen();
    plan.seen_mitigations = mitigations.take_seen();
    return plan;
}

std::string own_key(ObjectKind kind, std::uint64_t id) {
    return fmt::format("{} {}", kind == ObjectKind::threat ? "threat" : "mitigation", id);
}

std::string external_id_of(std::string_view source, std::string_view key) {
    return fmt::format("{}/{}", source, key);
}

}  // namespace threatatlas::imports
