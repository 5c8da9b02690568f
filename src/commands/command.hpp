#pragma once

/// @file
/// A write request, parsed and validated as far as is possible without the state.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/event.hpp"
#include "projections/model.hpp"
#include "projections/policy_facts.hpp"

namespace threatatlas::commands {

// In the …Change structs below, nullopt means that the request does not contain the field, which is
// left unchanged. An inner nullopt, or an empty text or list, clears the field.

struct ScoringChange {
    std::optional<std::optional<events::Severity>> severity;
    std::optional<std::optional<std::uint8_t>> likelihood;
    std::optional<std::optional<std::uint8_t>> impact;

    bool empty() const { return !severity && !likelihood && !impact; }
};
struct ScopeChange {
    std::optional<std::vector<ThreatId>> threat_ids;  ///< ascending, unique
    std::optional<std::string> diagram;
    std::optional<std::string> element_id;

    bool empty() const { return !threat_ids && !diagram && !element_id; }
};

struct RegisterProduct {
    events::ProductTexts texts;
};
/// Registers the product unless a live product has its external_id, which must not be empty. That
/// product is then the result, unchanged.
struct EnsureProduct {
    RegisterProduct product;
};
struct DescribeProduct {
    events::ProductChanges changes;
};
struct ArchiveProduct {};

struct IdentifyThreat {
    std::optional<ThreatId> threat_id;  ///< nullopt: assigned by the server
    events::ThreatTexts texts;
    ScoringChange scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
};
struct ChangeThreat {
    ThreatId threat_id = 0;
    events::ThreatChanges changes;
    ScoringChange scoring;
    std::optional<events::ThreatStatus> status;
    std::optional<events::ThreatStatus> from;  ///< the status that it must have now
};
struct RemoveThreat {
    ThreatId threat_id = 0;
};
struct ProposeMitigation {
    std::optional<MitigationId> mitigation_id;  ///< nullopt: assigned by the server
    events::MitigationTexts texts;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    events::CoverageScope scope;
};
struct ChangeMitigation {
    MitigationId mitigation_id = 0;
    events::MitigationChanges changes;
    std::optional<events::MitigationStatus> status;
    std::optional<events::MitigationStatus> from;  ///< the status that it must have now
    ScopeChange scope;
};
struct RemoveMitigation {
    MitigationId mitigation_id = 0;
};
struct IssueToken {
    std::string name;
    events::Role role = events::Role::gate;
    std::optional<std::vector<ProductId>> product_ids;  ///< ascending, unique; nullopt: all
    std::optional<base::Instant> expires_at;
    std::string secret;  ///< contained only in the response; never stored
};
struct RevokeToken {
    TokenId token_id = 0;
};

/// Remembers what an import saw of a file. Records nothing if both lists are empty.
struct RememberImport {
    events::ModelImported data;
};

/// Requests that the risk of threats is accepted.
struct RequestAcceptance {
    std::vector<ThreatId> threat_ids;  ///< ascending, unique, at least one
    events::AcceptanceTexts texts;     ///< with a justification
    base::Day valid_until{};
    std::vector<MitigationId> while_mitigations;  ///< ascending, unique
    AcceptanceId replaces = 0;                    ///< 0: none
};
enum class AcceptanceAction : std::uint8_t { approve, reject, withdraw, revoke };
/// A further step of an acceptance.
struct StepAcceptance {
    AcceptanceId acceptance_id = 0;
    AcceptanceAction action = AcceptanceAction::approve;
    std::string note;  ///< empty: not given
};

/// Defines a policy, or defines it anew. Records nothing if the definition is the current one.
struct DefinePolicy {
    std::string name;
    events::Policy definition;
};
struct RemovePolicy {
    std::string name;
};
/// Gives a product a policy. Records nothing if it has the policy in this way already.
struct AssignPolicy {
    std::string policy;  ///< empty: none
    bool enforced = false;
};
struct ReviewProduct {
    std::string note;  ///< empty: not given
};

/// The threats of a product at one of its states (query::rated_threats()).
struct ReadThreats {
    Position position = 0;  ///< of the newest event of that state
    projections::StateId state_id = 0;
    std::vector<projections::RatedThreat> threats;
};
/// Judges the product, and records the answer. Refused with RefusalKind::needs_threats if the
/// answer depends on threats and `threats` is null or of another state.
struct RecordCheck {
    events::CheckQuestion question;
    events::CheckSubject subject;
    std::string ref;           ///< empty: not given
    std::string pipeline_url;  ///< empty: not given
    std::shared_ptr<const ReadThreats> threats = nullptr;
};

using Change =
    std::variant<RegisterProduct, EnsureProduct, DescribeProduct, ArchiveProduct, IdentifyThreat,
                 ChangeThreat, RemoveThreat, ProposeMitigation, ChangeMitigation, RemoveMitigation,
                 IssueToken, RevokeToken, RememberImport, RequestAcceptance, StepAcceptance,
                 DefinePolicy, RemovePolicy, AssignPolicy, ReviewProduct, RecordCheck>;

/// One fact to be recorded.
struct Item {
    Change change;
    std::string reason;        ///< empty: not given
    std::string on_behalf_of;  ///< empty: not given
    /// The name of the member that contained on_behalf_of; it differs in CloudEvents.
    std::string_view on_behalf_of_name = "on_behalf_of";
    std::optional<base::Instant> occurred_at;
    /// True if occurred_at was sent as the attribute `time` of a CloudEvent, outside of the data.
    bool occurred_at_is_attribute = false;
    /// JSON pointer to the fields of the change in the body, for errors found when the command is
    /// decided: "" if the body is the object itself, "/17/data" in a bulk body.
    std::string pointer;
};

/// The contents of the response.
enum class AnswerForm : std::uint8_t {
    object,  ///< the created or changed object, in its new state
    counts,  ///< the number of events, and the first and last position
    plan,    ///< Command::plan, and the first and last position
    nothing
};

/// A state of a product that a client has seen. The version alone does not identify it: after a
/// restore, the same version may be another state.
struct SeenState {
    std::uint64_t version = 0;          ///< number of the product's events
    projections::StateId state_id = 0;  ///< of its newest event

    bool operator==(const SeenState&) const = default;
};

/// If-Match: any state, or one of these.
struct VersionCondition {
    bool any = false;
    std::vector<SeenState> states;
    bool names_weak = false;     ///< contains a weak tag (RFC 9110 section 13.1.1)
    bool names_foreign = false;  ///< contains a tag that this server never sends
};

inline std::string_view external_id_of(const EnsureProduct& change) {
    return change.product.texts[events::ProductField::external_id];
}

struct Command {
    ProductId product_id = 0;  ///< 0 for RegisterProduct, EnsureProduct, tokens and policies
    std::vector<Item> items;   ///< one transaction: all are recorded or none
    AnswerForm answer = AnswerForm::object;
    /// For AnswerForm::plan: a JSON object that the response begins with, without its closing
    /// brace.
    std::shared_ptr<const std::string> plan;
    TokenId token_id = 0;  ///< token of the request; 0: the server itself
    std::string actor = "system";
    std::optional<VersionCondition> if_match;
    bool only_if_absent = false;  ///< If-None-Match: *
    std::string idempotency_key;  ///< empty: not given
    std::string request_digest;   ///< of the request line and body; empty without a key
    std::size_t body_bytes = 0;   ///< counts against limits::queue_bytes_max
};

}  // namespace threatatlas::commands
