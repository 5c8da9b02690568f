#include "commands/event_items.hpp"

#include <optional>
#include <utility>

namespace threatatlas::commands {
namespace {

// Replaces the whole scoring: likelihood and impact give the severity, and a severity alone clears
// them.
ScoringChange change_to(const events::Scoring& scoring) {
    ScoringChange change;
    if (scoring.likelihood) {
        change.likelihood = scoring.likelihood;
        change.impact = scoring.impact;
    } else {
        change.severity = scoring.severity;
    }
    return change;
}

class ItemMaker {
  public:
    std::optional<Change> operator()(events::ThreatIdentified&& data) const {
        return IdentifyThreat{data.threat_id, std::move(data.texts), change_to(data.scoring),
                              data.status};
    }
    std::optional<Change> operator()(events::ThreatScored&& data) const {
        ChangeThreat change;
        change.threat_id = data.threat_id;
        change.scoring = change_to(data.scoring);
        return change;
    }
    std::optional<Change> operator()(events::ThreatStatusChanged&& data) const {
        ChangeThreat change;
        change.threat_id = data.threat_id;
        change.status = data.status;
        change.from = data.from;
        return change;
    }
    std::optional<Change> operator()(events::ThreatDescribed&& data) const {
        ChangeThreat change;
        change.threat_id = data.threat_id;
        change.changes = std::move(data.changes);
        return change;
    }
    std::optional<Change> operator()(events::ThreatRemoved&& data) const {
        return RemoveThreat{data.threat_id};
    }
    std::optional<Change> operator()(events::MitigationProposed&& data) const {
        return ProposeMitigation{data.mitigation_id, std::move(data.texts), data.status,
                                 std::move(data.scope)};
    }
    std::optional<Change> operator()(events::MitigationStatusChanged&& data) const {
        ChangeMitigation change;
        change.mitigation_id = data.mitigation_id;
        change.status = data.status;
        change.from = data.from;
        return change;
    }
    std::optional<Change> operator()(events::MitigationLinked&& data) const {
        ChangeMitigation change;
        change.mitigation_id = data.mitigation_id;
        change.scope.threat_ids = std::move(data.scope.threat_ids);
        change.scope.diagram = std::move(data.scope.diagram);
        change.scope.element_id = std::move(data.scope.element_id);
        return change;
    }
    std::optional<Change> operator()(events::MitigationDescribed&& data) const {
        ChangeMitigation change;
        change.mitigation_id = data.mitigation_id;
        change.changes = std::move(data.changes);
        return change;
    }
    std::optional<Change> operator()(events::MitigationRemoved&& data) const {
        return RemoveMitigation{data.mitigation_id};
    }
    std::optional<Change> operator()(events::ModelImported&& data) const {
        return RememberImport{std::move(data)};
    }
    // Products and tokens are not planned.
    template <class Data>
    std::optional<Change> operator()(Data&&) const {
        return std::nullopt;
    }
};

}  // namespace

std::vector<Item> items_of(std::vector<events::EventData> planned, const std::string& reason,
                           const std::string& on_behalf_of) {
    std::vector<Item> items;
    items.reserve(planned.size());
    for (events::EventData& data : planned) {
        if (auto change = std::visit(ItemMaker(), std::move(data))) {
            Item& item = items.emplace_back();
            item.change = *std::move(change);
            item.reason = reason;
            item.on_behalf_of = on_behalf_of;
        }
    }
    return items;
}

}  // namespace threatatlas::commands
