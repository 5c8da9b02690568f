#include "commands/command_cost.hpp"

#include <unordered_set>

#include <fmt/format.h>

#include "base/low_priority_thread.hpp"
#include "commands/refusal.hpp"
#include "events/limits.hpp"

namespace threatatlas::commands {
namespace {

/// The event, the row of its object, and two rows each in the elements table and in the coverage or
/// external_ids table, for the old and the new values.
constexpr std::size_t rows_of_item = 6;
/// One change of an object may give several events.
constexpr std::size_t rows_of_further_event = 1;
constexpr std::size_t rows_of_link = 3;

template <class Texts>
std::size_t text_bytes(const Texts& texts) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < Texts::size(); ++i) {
        bytes += texts.at(i).size();
    }
    return bytes;
}

/// Computes the cost of each item, one after the other.
class ItemCost {
  public:
    ItemCost(projections::Overlay& overlay, ProductId product)
        : overlay_(overlay), product_(product) {}

    std::size_t operator()(const ChangeThreat& change) {
        const std::size_t events =
            !change.changes.empty() + !change.scoring.empty() + change.status.has_value();
        return rows_of(events) + rows_of_threat(change.threat_id);
    }
    std::size_t operator()(const RemoveThreat& change) {
        return rows_of_item + rows_of_threat(change.threat_id);
    }
    std::size_t operator()(const ProposeMitigation& change) {
        return rows_of_item + rows_of_link * change.scope.threat_ids.size();
    }
    std::size_t operator()(const ChangeMitigation& change) {
        const std::size_t events =
            !change.changes.empty() + !change.scope.empty() + change.status.has_value();
        const bool may_cover_otherwise = !change.scope.empty() || change.status;
        const std::size_t named =
            change.scope.threat_ids ? rows_of_link * change.scope.threat_ids->size() : 0;
        return rows_of(events) + named +
               rows_of_mitigation(change.mitigation_id, may_cover_otherwise);
    }
    std::size_t operator()(const RemoveMitigation& change) {
        return rows_of_item + rows_of_mitigation(change.mitigation_id, true);
    }
    std::size_t operator()(const RequestAcceptance&) { return rows_of_item; }
    std::size_t operator()(const StepAcceptance& change) {
        const std::size_t rows = rows_of_acceptance(change.acceptance_id);
        const projections::Acceptance* const row =
            overlay_.acceptance(product_, change.acceptance_id);
        return rows_of_item + rows +
               (row != nullptr && row->replaces != 0 ? rows_of_acceptance(row->replaces) : 0);
    }
    std::size_t operator()(const RememberImport& change) {
        return rows_of_item + change.data.threats.size() + change.data.mitigations.size();
    }
    std::size_t operator()(const RecordCheck& change) {
        constexpr std::size_t threats_of_row = 16;  // looking at a threat is cheap
        return rows_of_item +
               (change.threats ? change.threats->threats.size() / threats_of_row : 0);
    }
    /// Products, tokens and policies: their texts are part of the request, so they cost nothing
    /// more.
    template <class Change>
    std::size_t operator()(const Change&) {
        return rows_of_item;
    }

  private:
    static std::size_t rows_of(std::size_t events) {
        return rows_of_item + (events > 1 ? (events - 1) * rows_of_further_event : 0);
    }

    /// The cost beyond rows_of_item: the size of the row, counted at its first change.
    std::size_t rows_of_threat(ThreatId id) {
        if (!threats_.insert(id).second) {
            return 0;
        }
        const projections::Threat* row = overlay_.threat(product_, id);
        if (row == nullptr) {
            return 0;
        }
        // Acceptances that may no longer apply.
        const projections::Exposure* exposure = overlay_.exposure(product_, id);
        return text_bytes(row->texts) / events::limits::row_bytes + exposure->acceptances.size();
    }
    /// The same, plus the links to the threats that it names, counted when its coverage first may
    /// change.
    std::size_t rows_of_mitigation(MitigationId id, bool may_cover_otherwise) {
        const bool is_first = mitigations_.insert(id).second;
        const bool counts_links = may_cover_otherwise && recounted_.insert(id).second;
        if (!is_first && !counts_links) {
            return 0;
        }
        const projections::Mitigation* row = overlay_.mitigation(product_, id);
        if (row == nullptr) {
            return 0;  // if this command creates it, its links are counted there
        }
        std::size_t rows = is_first ? text_bytes(row->texts) / events::limits::row_bytes : 0;
        if (counts_links) {
            rows += rows_of_link * row->scope.threat_ids.size();
            for (const AcceptanceId acceptance : row->controls) {
                rows += rows_of_acceptance(acceptance);
            }
        }
        return rows;
    }
    /// An acceptance that begins or ends, or is suspended or resumed: its own row, and of each of
    /// its threats the row, the exposure and the element.
    std::size_t rows_of_acceptance(AcceptanceId id) {
        const projections::Acceptance* const row = overlay_.acceptance(product_, id);
        return row == nullptr
                   ? 0
                   : 1 + text_bytes(row->texts) / events::limits::row_bytes +
                         row->while_mitigations.size() + rows_of_link * row->threat_ids.size();
    }

    projections::Overlay& overlay_;
    const ProductId product_;
    std::unordered_set<ThreatId> threats_;
    std::unordered_set<MitigationId> mitigations_;
    std::unordered_set<MitigationId> recounted_;
};

/// Describes a change in the terms of the API.
class ChangeDescription {
  public:
    std::string operator()(const ProposeMitigation& change) const {
        return fmt::format("a mitigation.proposed event that names {} threats",
                           change.scope.threat_ids.size());
    }
    std::string operator()(const ChangeMitigation& change) const {
        return fmt::format("a change of mitigation {}", change.mitigation_id);
    }
    std::string operator()(const RemoveMitigation& change) const {
        return fmt::format("the removal of mitigation {}", change.mitigation_id);
    }
    std::string operator()(const ChangeThreat& change) const {
        return fmt::format("a change of threat {}, which has long texts", change.threat_id);
    }
    template <class Change>
    std::string operator()(const Change&) const {
        return "one event among many";
    }
};

}  // namespace

CommandCost cost_of(projections::Overlay& overlay, const Command& command) {
    CommandCost cost;
    ItemCost cost_of_item(overlay, command.product_id);
    for (std::size_t i = 0; i < command.items.size(); ++i) {
        base::yield_if_due();
        const std::size_t rows = std::visit(cost_of_item, command.items[i].change);
        cost.rows += rows;
        if (rows > cost.costliest_rows) {
            cost.costliest_rows = rows;
            cost.costliest_item = i;
        }
        if (cost.rows > events::limits::transaction_rows_max) {
            break;
        }
    }
    return cost;
}

void require_affordable(const Command& command, const CommandCost& cost) {
    if (cost.rows <= events::limits::transaction_rows_max) {
        return;
    }
    const Item& item = command.items[cost.costliest_item];
    const std::string detail = fmt::format(
        "Together these events would touch more than {} rows, which is the limit of one request: "
        "split it. The costliest of them, number {}, is {}: up to {} rows. A mitigation costs "
        "three "
        "rows for each threat that it names, and an object with long texts one row for each {} "
        "bytes.",
        events::limits::transaction_rows_max, cost.costliest_item + 1,
        std::visit(ChangeDescription(), item.change), cost.costliest_rows,
        events::limits::row_bytes);
    throw Refusal(RefusalKind::unacceptable, detail,
                  {{FieldError::Where::pointer, item.pointer, detail}});
}

}  // namespace threatatlas::commands
