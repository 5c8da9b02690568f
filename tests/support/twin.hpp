#pragma once

/// The slow twin: the meaning of a log, implemented from the contract's text with plain containers
/// and a full recount per question. It shares no code with the folds; tests compare the two.

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "events/event.hpp"
#include "projections/model.hpp"

namespace threatatlas::testing {

struct TwinThreat {
    events::ThreatTexts texts;
    events::Scoring scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
    base::Instant created_at{};
    base::Instant updated_at{};

    /// Of this severity, and neither mitigated nor not_applicable.
    bool is_wanting_cover(events::Severity severity) const;
    /// Of any severity, but not unscored.
    bool is_wanting_cover() const;
    bool operator==(const TwinThreat&) const = default;
};

struct TwinMitigation {
    events::MitigationTexts texts;
    events::CoverageScope scope;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    base::Instant created_at{};
    base::Instant updated_at{};

    bool is_active() const;
    bool operator==(const TwinMitigation&) const = default;
};

/// A risk acceptance with everything that its events said.
struct TwinAcceptance {
    events::AcceptanceRequested request;
    std::vector<std::optional<events::Severity>> approved;  ///< severities; empty: not approved
    projections::AcceptanceState state = projections::AcceptanceState::requested;
    projections::AcceptanceStep requested_step;
    std::optional<projections::AcceptanceStep> decision;
    std::optional<projections::AcceptanceStep> end;
    events::Assurance assurance = events::Assurance::tokens;
    AcceptanceId replaced_by = 0;
    bool suspended = false;  ///< as of the last event of the product before its last day was over
};

/// A policy from one of its events on.
struct TwinPolicyVersion {
    base::Instant since{};
    bool removed = false;  ///< the definition is the last one
    std::uint64_t version = 0;
    events::Policy definition;
    base::Instant defined_at{};
    std::string defined_by;
};

struct TwinProduct {
    events::ProductTexts texts;
    std::map<ThreatId, TwinThreat> threats;              ///< without removed ones
    std::map<MitigationId, TwinMitigation> mitigations;  ///< without removed ones
    std::map<AcceptanceId, TwinAcceptance> acceptances;
    std::map<ThreatId, TwinThreat> removed_threats;  ///< last state; updated_at is the removal
    std::map<MitigationId, TwinMitigation>
        removed_mitigations;  ///< last state; updated_at is the removal
    /// What imports saw: by source, whether it is a threat, and id.
    std::map<std::tuple<std::string, bool, std::uint64_t>, std::string> seen;
    std::uint64_t version = 0;
    Position first_position = 0;  ///< of the newest transaction
    Position last_position = 0;
    std::string last_id;  ///< of the newest event
    base::Instant created_at{};
    base::Instant updated_at{};
    base::Instant details_at{};
    std::optional<base::Instant> archived_at;
    std::string policy;  ///< empty: none
    bool policy_is_enforced = false;
    std::optional<base::Instant> reviewed_at;  ///< the last review
    std::map<CheckId, events::Event> checks;

    /// Everything below is recounted at each call.
    projections::Posture posture() const;
    /// Active mitigations that cover an existing threat, ascending.
    std::vector<MitigationId> covered_by(ThreatId id) const;
    /// True if an existing threat has this severity, and is neither mitigated nor not_applicable
    /// nor covered.
    bool is_unmitigated(ThreatId id, events::Severity severity) const;
    /// Active mitigations that name the threat, ascending.
    std::vector<MitigationId> named_by(ThreatId id) const;
    /// Approved acceptances that apply to the threat whatever the time, ascending.
    std::vector<AcceptanceId> accepting(ThreatId id) const;
    /// The last day of those; nullopt if there are none.
    std::optional<base::Day> accepted_until(ThreatId id) const;
    /// The number of its threats to which an acceptance applies whatever the time.
    std::uint64_t threats_in_force(AcceptanceId id) const;
    /// What the verdict leaves out on a day: threats of these severities, and uncovered ones.
    projections::AcceptedCounts accepted_on(base::Day day) const;
    /// The acceptances in force on a day, ascending.
    std::vector<AcceptanceId> in_force_on(base::Day day) const;
    /// Expected counters of every element that has any.
    std::map<projections::ElementName, projections::Element> elements() const;
};

/// Expected Product::accepted: what is different from one last day to the next, from the day of the
/// newest event on.
projections::AcceptedDays accepted_days(const TwinProduct& product);

/// The state after one transaction of a product.
struct TwinMoment {
    base::Instant time{};
    Position first_position = 0;
    Position last_position = 0;
    std::string last_id;
    std::uint64_t version = 0;
    projections::Posture posture;
    projections::AcceptedDays accepted;
    bool had_acceptances = false;
    events::ProductTexts texts;
    base::Instant details_at{};
    bool archived = false;
    std::string policy;
    bool policy_is_enforced = false;
    std::optional<base::Instant> reviewed_at;
};

class Twin {
  public:
    /// Adds one event; its transaction may continue.
    void add(const events::Event& event);
    /// Adds all events of a transaction, and one moment to the history.
    void add_transaction(const std::vector<events::Event>& events);

    const std::map<ProductId, TwinProduct>& products() const { return products_; }
    /// The product must exist.
    const TwinProduct& product(ProductId id) const { return products_.at(id); }
    /// In order of time.
    const std::vector<TwinMoment>& history(ProductId id) const { return history_.at(id); }
    /// The last moment at or before an instant, if there is one.
    const TwinMoment* moment_at(ProductId id, base::Instant instant) const;
    const std::map<TokenId, projections::Token>& tokens() const { return tokens_; }
    /// All versions of every policy by its name, in order of time.
    const std::map<std::string, std::vector<TwinPolicyVersion>>& policies() const {
        return policies_;
    }
    /// The version at an instant, also if the policy was removed by then; null if it was not
    /// defined yet.
    const TwinPolicyVersion* policy_at(const std::string& name, base::Instant instant) const;

  private:
    void add_policy_event(const events::Event& event);

    std::map<ProductId, TwinProduct> products_;
    std::map<ProductId, std::vector<TwinMoment>> history_;
    std::map<TokenId, projections::Token> tokens_;
    std::map<std::string, std::vector<TwinPolicyVersion>> policies_;
};

}  // namespace threatatlas::testing
