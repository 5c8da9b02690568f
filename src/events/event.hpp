#pragma once

/// @file
/// Event: one recorded fact, the only kind of data that is stored and not derived. These are plain
/// values; event_line.hpp converts them to and from lines of the log.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "events/check.hpp"
#include "events/imported_fields.hpp"
#include "events/policy.hpp"
#include "events/texts.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::events {

using ProductTexts = Texts<ProductField, product_field_count>;
using ThreatTexts = Texts<ThreatField, threat_field_count>;
using MitigationTexts = Texts<MitigationField, mitigation_field_count>;
using AcceptanceTexts = Texts<AcceptanceField, acceptance_field_count>;
using ProductChanges = TextChanges<ProductField, product_field_count>;
using ThreatChanges = TextChanges<ThreatField, threat_field_count>;
using MitigationChanges = TextChanges<MitigationField, mitigation_field_count>;

/// `likelihood` and `impact` are either both present, each 1 to 5, or both absent. If they are
/// present, `severity` is severity_from() of them. No severity means unscored.
struct Scoring {
    std::optional<Severity> severity;
    std::optional<std::uint8_t> likelihood;
    std::optional<std::uint8_t> impact;

    bool operator==(const Scoring&) const = default;
};

/// What a mitigation covers: exactly the threats it names or, if it names none, all threats on its
/// element. An empty diagram is a diagram of its own, for elements that were given without one. If
/// `element_id` is empty, `diagram` is informational and covers nothing.
struct CoverageScope {
    std::vector<ThreatId> threat_ids;  ///< ascending, unique, at most limits::threat_ids_max
    std::string diagram;               ///< empty: none
    std::string element_id;            ///< empty: none

    bool operator==(const CoverageScope&) const = default;
};

/// The data of each event type. Ids are greater than 0 in a valid event.
struct ProductRegistered {
    ProductTexts texts;
    bool operator==(const ProductRegistered&) const = default;
};
struct ProductDescribed {
    ProductChanges changes;
    bool operator==(const ProductDescribed&) const = default;
};
struct ProductArchived {
    bool operator==(const ProductArchived&) const = default;
};
struct ThreatIdentified {
    ThreatId threat_id = 0;
    ThreatTexts texts;
    Scoring scoring;
    ThreatStatus status = ThreatStatus::identified;
    bool operator==(const ThreatIdentified&) const = default;
};
struct ThreatScored {
    ThreatId threat_id = 0;
    Scoring scoring;
    bool operator==(const ThreatScored&) const = default;
};
struct ThreatStatusChanged {
    ThreatId threat_id = 0;
    ThreatStatus status = ThreatStatus::identified;
    ThreatStatus from = ThreatStatus::identified;
    bool operator==(const ThreatStatusChanged&) const = default;
};
struct ThreatDescribed {
    ThreatId threat_id = 0;
    ThreatChanges changes;
    bool operator==(const ThreatDescribed&) const = default;
};
struct ThreatRemoved {
    ThreatId threat_id = 0;
    bool operator==(const ThreatRemoved&) const = default;
};
struct MitigationProposed {
    MitigationId mitigation_id = 0;
    MitigationTexts texts;
    MitigationStatus status = MitigationStatus::proposed;
    CoverageScope scope;
    bool operator==(const MitigationProposed&) const = default;
};
struct MitigationStatusChanged {
    MitigationId mitigation_id = 0;
    MitigationStatus status = MitigationStatus::proposed;
    MitigationStatus from = MitigationStatus::proposed;
    bool operator==(const MitigationStatusChanged&) const = default;
};
struct MitigationLinked {
    MitigationId mitigation_id = 0;
    CoverageScope scope;
    bool operator==(const MitigationLinked&) const = default;
};
struct MitigationDescribed {
    MitigationId mitigation_id = 0;
    MitigationChanges changes;
    bool operator==(const MitigationDescribed&) const = default;
};
struct MitigationRemoved {
    MitigationId mitigation_id = 0;
    bool operator==(const MitigationRemoved&) const = default;
};
struct TokenIssued {
    TokenId token_id = 0;
    std::string name;
    Role role = Role::gate;
    std::optional<std::vector<ProductId>> product_ids;  ///< ascending; nullopt: all products
    std::optional<base::Instant> expires_at;
    std::string prefix;  ///< the first characters of the secret, to help people tell tokens apart
    std::string sha256;  ///< SHA-256 of the whole secret, 64 lower-case hexadecimal digits
    bool operator==(const TokenIssued&) const = default;
};
struct TokenRevoked {
    TokenId token_id = 0;
    bool operator==(const TokenRevoked&) const = default;
};
/// What an import saw in a file, as far as it differs from what the imports of the same source
/// before it saw. What the import changed is recorded by other events of the same transaction.
/// Together both lists have at most limits::seen_objects_max entries.
struct ModelImported {
    std::string source;  ///< the name that the file has within the product; see fault_of_source()
    std::string format;  ///< such as "threat-dragon"
    std::string sha256;  ///< of the file, 64 lower-case hexadecimal digits
    std::vector<SeenThreat> threats;          ///< ascending, unique
    std::vector<SeenMitigation> mitigations;  ///< ascending, unique
    bool operator==(const ModelImported&) const = default;
};

/// A request to accept the risk of threats until the end of a day.
struct AcceptanceRequested {
    AcceptanceId acceptance_id = 0;
    std::vector<ThreatId> threat_ids;  ///< ascending, unique, 1 to limits::accepted_threats_max
    std::vector<std::optional<Severity>> severities;  ///< of the threats, when it was requested
    AcceptanceTexts texts;                            ///< with a justification
    base::Day valid_until{};                          ///< the last day, in UTC
    /// Compensating controls, ascending, unique, at most limits::while_mitigations_max: the
    /// acceptance is in force only while all of them are active.
    std::vector<MitigationId> while_mitigations;
    AcceptanceId replaces = 0;  ///< the acceptance that ends when this one is approved; 0: none
    bool operator==(const AcceptanceRequested&) const = default;
};
struct AcceptanceApproved {
    AcceptanceId acceptance_id = 0;
    std::vector<std::optional<Severity>> severities;  ///< of the threats, when it was approved
    Assurance assurance = Assurance::tokens;
    std::string note;  ///< empty: none
    bool operator==(const AcceptanceApproved&) const = default;
};
struct AcceptanceRejected {
    AcceptanceId acceptance_id = 0;
    std::string note;
    bool operator==(const AcceptanceRejected&) const = default;
};
struct AcceptanceWithdrawn {
    AcceptanceId acceptance_id = 0;
    bool operator==(const AcceptanceWithdrawn&) const = default;
};
struct AcceptanceRevoked {
    AcceptanceId acceptance_id = 0;
    std::string note;
    bool operator==(const AcceptanceRevoked&) const = default;
};

/// A policy was defined, or defined anew: the whole of it, each time.
struct PolicyDefined {
    std::string policy;         ///< its name; see fault_of_policy_name()
    std::uint64_t version = 0;  ///< 1, 2, …, also across removals
    Policy definition;
    bool operator==(const PolicyDefined&) const = default;
};
struct PolicyRemoved {
    std::string policy;
    bool operator==(const PolicyRemoved&) const = default;
};
struct PolicyAssigned {
    std::string policy;     ///< empty: the product has none any more
    bool enforced = false;  ///< false if there is none
    bool operator==(const PolicyAssigned&) const = default;
};
/// A person has confirmed that the product's model is still right.
struct ProductReviewed {
    std::string note;  ///< empty: none
    bool operator==(const ProductReviewed&) const = default;
};

/// The gate was asked for an artifact, and answered. Does not change the product.
struct GateChecked {
    CheckId check_id = 0;
    bool pass = true;
    CheckQuestion question;
    std::vector<CheckedCondition> conditions;
    std::vector<CheckedPolicy> policies;  ///< at most two
    std::uint64_t product_version = 0;    ///< of the state that was judged
    Position product_position = 0;        ///< of the newest event of that state
    CheckSubject subject;
    std::string ref;           ///< branch or tag; empty: not given
    std::string pipeline_url;  ///< of the run that asked; empty: not given
    bool operator==(const GateChecked&) const = default;
};

/// The alternatives are in the order of EventType.
using EventData =
    std::variant<ProductRegistered, ProductDescribed, ProductArchived, ThreatIdentified,
                 ThreatScored, ThreatStatusChanged, ThreatDescribed, ThreatRemoved,
                 MitigationProposed, MitigationStatusChanged, MitigationLinked, MitigationDescribed,
                 MitigationRemoved, TokenIssued, TokenRevoked, ModelImported, AcceptanceRequested,
                 AcceptanceApproved, AcceptanceRejected, AcceptanceWithdrawn, AcceptanceRevoked,
                 PolicyDefined, PolicyRemoved, PolicyAssigned, ProductReviewed, GateChecked>;

/// One event with its CloudEvents attributes.
struct Event {
    Position position = 0;
    base::Instant time{};      ///< recording time, the same for all events of a transaction
    std::string id;            ///< UUIDv7, 36 characters
    ProductId product_id = 0;  ///< 0 unless is_of_product()
    std::string actor;         ///< "<token name>#<token id>", or "system"
    std::string reason;        ///< empty: not given; the same applies to the next two
    std::string on_behalf_of;
    std::string idempotency_key;
    std::optional<base::Instant> occurred_at;  ///< when the fact happened, by the sender's clock
    EventData data;

    EventType type() const { return static_cast<EventType>(data.index()); }
    bool operator==(const Event&) const = default;
};

/// The threat or mitigation that the event concerns; 0 if there is none.
ThreatId threat_of(const Event& event);
MitigationId mitigation_of(const Event& event);
/// The acceptance that the event concerns; 0 if there is none.
AcceptanceId acceptance_of(const Event& event);

/// The name of the policy that the event defines or removes; empty if there is none.
std::string_view defined_policy_of(const Event& event);

/// Append the event's CloudEvents `source` ("/api/products/1") and `subject` ("threats/7").
void append_source(std::string& out, const Event& event);
void append_subject(std::string& out, const Event& event);

}  // namespace threatatlas::events
