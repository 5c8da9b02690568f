#pragma once

// A request to change something, read and checked as far as that is possible without the state.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/event.hpp"
#include "projections/model.hpp"

namespace threatatlas {

// In the …Change structs below: nothing = not mentioned, stays as it is; an inner nothing, or an
// empty text or list, clears.
struct ScoringChange {
    std::optional<std::optional<Severity>> severity;
    std::optional<std::optional<std::uint8_t>> likelihood;
    std::optional<std::optional<std::uint8_t>> impact;

    bool empty() const { return !severity && !likelihood && !impact; }
};
struct ScopeChange {
    std::optional<std::vector<ThreatId>> threat_ids;  // ascending, no id twice
    std::optional<std::string> diagram;
    std::optional<std::string> element_id;

    bool empty() const { return !threat_ids && !diagram && !element_id; }
};

struct RegisterProduct {
    ProductTexts texts;
};
struct DescribeProduct {
    ProductChanges changes;
};
struct ArchiveProduct {};

struct IdentifyThreat {
    std::optional<ThreatId> threat_id;  // nothing = the next one
    ThreatTexts texts;
    ScoringChange scoring;
    ThreatStatus status = ThreatStatus::identified;
};
struct ChangeThreat {
    ThreatId threat_id = 0;
    ThreatChanges changes;
    ScoringChange scoring;
    std::optional<ThreatStatus> status;
    std::optional<ThreatStatus> from;  // the status it must have now
};
struct RemoveThreat {
    ThreatId threat_id = 0;
};
struct ProposeMitigation {
    std::optional<MitigationId> mitigation_id;  // nothing = the next one
    MitigationTexts texts;
    MitigationStatus status = MitigationStatus::proposed;
    CoverageScope scope;
};
struct ChangeMitigation {
    MitigationId mitigation_id = 0;
    MitigationChanges changes;
    std::optional<MitigationStatus> status;
    std::optional<MitigationStatus> from;  // the status it must have now
    ScopeChange scope;
};
struct RemoveMitigation {
    MitigationId mitigation_id = 0;
};
struct IssueToken {
    std::string name;
    Role role = Role::gate;
    std::optional<std::vector<ProductId>> product_ids;  // ascending, no id twice
    std::optional<Instant> expires_at;
    std::string secret;  // answered once, never stored
};
struct RevokeToken {
    TokenId token_id = 0;
};

using Change = std::variant<RegisterProduct, DescribeProduct, ArchiveProduct, IdentifyThreat,
                            ChangeThreat, RemoveThreat, ProposeMitigation, ChangeMitigation,
                            RemoveMitigation, IssueToken, RevokeToken>;

// One fact that a request wants recorded.
struct Item {
    Change change;
    std::string reason;        // empty = not given
    std::string on_behalf_of;  // empty = not given
    // The member that gave it: CloudEvents have another name for it.
    std::string_view on_behalf_of_name = "on_behalf_of";
    std::optional<Instant> occurred_at;
    // Whether occurred_at was sent as the attribute `time` of a CloudEvent, beside the data.
    bool occurred_at_is_attribute = false;
    // Where the fields of the change stand in the body: "" for a body that is the object itself,
    // "/17/data" in a body of many. Errors found later point there.
    std::string pointer;
};

// What the writer is told.
enum class AnswerForm : std::uint8_t {
    object,  // the one object that was made or changed, as it now is
    counts,  // how many events, from where to where
    nothing
};

// A state that a client saw: how many events the product had, and which one was the newest. The
// version alone would not do: it counts, and after a restore the same number is another state.
struct SeenState {
    std::uint64_t version = 0;
    StateId state_id = 0;

    bool operator==(const SeenState&) const = default;
};

// If-Match: any state, or one of these.
struct VersionCondition {
    bool any = false;
    std::vector<SeenState> states;
    bool names_weak = false;     // a tag that never matches (RFC 9110 section 13.1.1)
    bool names_foreign = false;  // a tag that this server does not give
};

struct Command {
    ProductId product_id = 0;  // 0 for RegisterProduct and tokens
    std::vector<Item> items;   // all or none; one transaction
    AnswerForm answer = AnswerForm::object;
    TokenId token_id = 0;  // who asks; 0 = the server itself
    std::string actor = "system";
    std::optional<VersionCondition> if_match;
    bool only_if_absent = false;  // If-None-Match: *
    std::string idempotency_key;  // empty = not given
    std::string request_digest;   // of method, path, query and body; with an idempotency key
    std::size_t body_bytes = 0;   // what it holds of the queue
};

}  // namespace threatatlas
