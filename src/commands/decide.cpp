#include "commands/decide.hpp"

#include <algorithm>

#include "base/low_priority_thread.hpp"
#include "commands/item_decider.hpp"
#include "commands/preconditions.hpp"
#include "events/limits.hpp"
#include "projections/fold.hpp"

namespace threatatlas::commands {
namespace {

/// With at least this many items, memory for their rows is reserved in advance.
constexpr std::size_t many_items = 256;

/// Copies the object of the last item in its new state. Null for a removal, whose response has no
/// body.
class FactsReader {
  public:
    FactsReader(projections::Overlay& overlay, const ItemDecider& decided)
        : overlay_(overlay), decided_(decided) {}

    using Facts = std::shared_ptr<const AnswerFacts>;

    Facts operator()(const RegisterProduct&) const { return product(); }
    Facts operator()(const EnsureProduct&) const { return product(); }
    Facts operator()(const DescribeProduct&) const { return product(); }
    Facts operator()(const IdentifyThreat&) const { return threat(); }
    Facts operator()(const ChangeThreat&) const { return threat(); }
    Facts operator()(const ProposeMitigation&) const { return mitigation(); }
    Facts operator()(const ChangeMitigation&) const { return mitigation(); }
    Facts operator()(const IssueToken& change) const {
        const TokenId id = decided_.object_id();
        return std::make_shared<const AnswerFacts>(
            TokenFacts{id, *overlay_.token(id), change.secret});
    }
    Facts operator()(const ArchiveProduct&) const { return nullptr; }
    Facts operator()(const RemoveThreat&) const { return nullptr; }
    Facts operator()(const RemoveMitigation&) const { return nullptr; }
    Facts operator()(const RevokeToken&) const { return nullptr; }
    Facts operator()(const RememberImport&) const { return nullptr; }
    Facts operator()(const RequestAcceptance&) const { return acceptance(); }
    Facts operator()(const StepAcceptance&) const { return acceptance(); }
    Facts operator()(const DefinePolicy& change) const {
        return std::make_shared<const AnswerFacts>(
            PolicyFacts{{change.name, *overlay_.policy(change.name)}});
    }
    Facts operator()(const RemovePolicy&) const { return nullptr; }
    Facts operator()(const AssignPolicy&) const { return product(); }
    Facts operator()(const ReviewProduct&) const { return product(); }
    Facts operator()(const RecordCheck&) const {
        return std::make_shared<const AnswerFacts>(
            CheckFacts{decided_.object_id(), decided_.judged_check(),
                       overlay_.check(decided_.product_id(), decided_.object_id())->time});
    }

  private:
    Facts product() const {
        const ProductId id = decided_.product_id();
        const projections::Product& row = *overlay_.product(id);
        return std::make_shared<const AnswerFacts>(
            ProductFacts{query::product_at(id, row, row.updated_at)});
    }
    Facts threat() const {
        const ProductId product = decided_.product_id();
        const ThreatId id = decided_.object_id();
        const projections::Threat& threat = *overlay_.threat(product, id);
        projections::CoveringIds covering = overlay_.covered_by(product, id, threat);
        const std::uint64_t unlisted = covering.unlisted();
        return std::make_shared<const AnswerFacts>(
            ThreatFacts{product,
                        {id, threat, std::move(covering.lowest), unlisted,
                         projections::applying_acceptances(*overlay_.exposure(product, id))}});
    }
    Facts mitigation() const {
        const ProductId product = decided_.product_id();
        const MitigationId id = decided_.object_id();
        return std::make_shared<const AnswerFacts>(
            MitigationFacts{product, {id, *overlay_.mitigation(product, id)}});
    }

    Facts acceptance() const {
        const ProductId product = decided_.product_id();
        const AcceptanceId id = decided_.object_id();
        const projections::Acceptance& acceptance = *overlay_.acceptance(product, id);
        const bool has_threats = std::any_of(
            acceptance.threat_ids.begin(), acceptance.threat_ids.end(),
            [&](ThreatId threat) { return !overlay_.exposure(product, threat)->removed; });
        return std::make_shared<const AnswerFacts>(AcceptanceFacts{
            product,
            query::view_of(id, acceptance, overlay_.product(product)->updated_at, has_threats)});
    }

    projections::Overlay& overlay_;
    const ItemDecider& decided_;
};

AppendedFacts appended_by(const Transaction& transaction) {
    return {transaction.event_count(), transaction.last_position()};
}

Accepted facts_of(Transaction& transaction, const ItemDecider& decided) {
    const Command& command = transaction.command();
    Accepted accepted;
    const projections::Product* product = transaction.overlay().product(decided.product_id());
    if (product != nullptr) {
        accepted.version = product->version;
        accepted.position = product->last_position;
        accepted.state_id = product->state_id;
    } else {
        accepted.position = transaction.last_position();
    }
    switch (command.answer) {
        case AnswerForm::object:
            accepted.is_new = decided.created();
            accepted.facts = std::visit(FactsReader(transaction.overlay(), decided),
                                        command.items.back().change);
            break;
        case AnswerForm::counts:
            accepted.facts = std::make_shared<const AnswerFacts>(appended_by(transaction));
            break;
        case AnswerForm::plan:
            accepted.facts = std::make_shared<const AnswerFacts>(
                ImportFacts{command.plan, appended_by(transaction)});
            break;
        case AnswerForm::nothing:
            break;
    }
    return accepted;
}

/// The state that If-Match is compared with: that of the product at the path of the command, which
/// must exist unless the command may create it.
SeenState seen_state(Transaction& transaction) {
    const Command& command = transaction.command();
    const projections::Product* product = nullptr;
    if (is_about_existing_product(command)) {
        product = &transaction.require_product(command.product_id);
    } else if (const auto* ensured = std::get_if<EnsureProduct>(&command.items.front().change);
               ensured != nullptr && command.if_match) {
        projections::Overlay& overlay = transaction.overlay();
        const auto holder = overlay.holder_of(external_id_of(*ensured), 0);
        product = holder ? overlay.product(*holder) : nullptr;
    }
    return product == nullptr ? SeenState{} : SeenState{product->version, product->state_id};
}

}  // namespace

Decision decide(projections::Overlay& overlay, Command& command, const TransactionContext& context,
                base::Lines memory) {
    require_live_token(overlay, command, context.judged_at());
    Transaction transaction(overlay, command, context, std::move(memory));
    require_match(command, seen_state(transaction));
    require_affordable(command, context.cost ? *context.cost : cost_of(overlay, command));

    if (command.items.size() >= many_items) {
        overlay.expect(command.items.size());
    }
    ItemDecider decider(transaction);
    for (Item& item : command.items) {
        base::yield_if_due();
        transaction.begin(item);
        std::visit(decider, item.change);
        transaction.end();
    }
    require_absence(command, decider.created());
    if (transaction.event_count() > 0) {
        projections::close_transaction(overlay, decider.product_id(), context.time);
    }
    Decision decision;
    decision.accepted = facts_of(transaction, decider);
    decision.lines = transaction.take_lines();
    return decision;
}

}  // namespace threatatlas::commands
