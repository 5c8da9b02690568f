#pragma once

/// @file
/// Decides the items of a command in order, each against the state after the previous ones.

#include <memory>

#include "commands/transaction.hpp"
#include "projections/query/checks.hpp"

namespace threatatlas::commands {

/// Call operator() with each change of a command, between Transaction::begin() and end(). Records
/// the events of the change in the transaction, or throws Refusal. Moves texts out of the change.
class ItemDecider {
  public:
    /// `transaction` must outlive the decider.
    explicit ItemDecider(Transaction& transaction)
        : transaction_(transaction),
          overlay_(transaction.overlay()),
          product_id_(transaction.command().product_id) {}

    void operator()(RegisterProduct& change);
    void operator()(EnsureProduct& change);
    void operator()(DescribeProduct& change);
    void operator()(const ArchiveProduct& change);
    void operator()(IdentifyThreat& change);
    void operator()(ChangeThreat& change);
    void operator()(const RemoveThreat& change);
    void operator()(ProposeMitigation& change);
    void operator()(ChangeMitigation& change);
    void operator()(const RemoveMitigation& change);
    void operator()(const IssueToken& change);
    void operator()(const RevokeToken& change);
    void operator()(RememberImport& change);
    void operator()(RequestAcceptance& change);
    void operator()(StepAcceptance& change);
    void operator()(DefinePolicy& change);
    void operator()(const RemovePolicy& change);
    void operator()(const AssignPolicy& change);
    void operator()(ReviewProduct& change);
    void operator()(RecordCheck& change);

    /// The product of the command, or the one that it registered or found; 0 for tokens and
    /// policies.
    ProductId product_id() const { return product_id_; }
    /// The threat, mitigation, acceptance, check or token of the last item that was not a removal;
    /// 0 if there is none.
    std::uint64_t object_id() const { return object_id_; }
    /// True if an item created an object.
    bool created() const { return created_; }
    /// The answer to the check that the last item recorded; null if it recorded none.
    std::shared_ptr<const query::JudgedCheck> judged_check() const { return judged_check_; }

  private:
    const projections::Product& product() { return transaction_.require_product(product_id_); }
    void register_product(RegisterProduct& change);
    [[noreturn]] void refuse_key(const std::string& detail) const;
    void require_lasting_admin(TokenId revoked, std::optional<base::Instant> end);
    void require_free_token();
    void require_free(std::string_view external_id);
    bool sees(ProductId id);
    events::Scoring scoring(const events::Scoring& before, const ScoringChange& change) const;
    void require_threats(const std::vector<ThreatId>& wanted, const std::vector<ThreatId>& before);
    events::CoverageScope scope(const events::CoverageScope& before, const ScopeChange& change);

    Transaction& transaction_;
    projections::Overlay& overlay_;
    ProductId product_id_;
    std::uint64_t object_id_ = 0;
    bool created_ = false;
    std::shared_ptr<const query::JudgedCheck> judged_check_;
};

}  // namespace threatatlas::commands
