#pragma once

/// @file
/// The state that events fold to: products, threats, mitigations and postures, as plain values.
/// fold.hpp specifies the folding, rows.hpp the stored format.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "events/event.hpp"
#include "projections/accepted_days.hpp"
#include "projections/threat_counts.hpp"

namespace threatatlas::projections {

/// The counts of a product. Removed and not_applicable threats are not counted anywhere.
struct Posture : ThreatCounts {
    std::uint64_t total_threats = 0;
    std::uint64_t mitigated_threats = 0;   ///< with status mitigated
    std::uint64_t total_mitigations = 0;   ///< not removed
    std::uint64_t active_mitigations = 0;  ///< implemented or verified

    bool operator==(const Posture&) const = default;
};

/// Identifies a state of a product uniquely, even across logs: the random bits of the id of its
/// newest event (random_bits_of()). Versions and positions are not enough, as after a restore the
/// same numbers may belong to other events.
using StateId = std::uint64_t;

/// The policy that a product has.
struct PolicyAssignment {
    std::string name;       ///< empty: none
    bool enforced = false;  ///< applies to every question about the product

    bool operator==(const PolicyAssignment&) const = default;
};

/// The current state of a product.
struct Product {
    events::ProductTexts texts;
    Posture posture;
    std::uint64_t version = 0;       ///< number of the product's events
    Position transaction_first = 0;  ///< first position of the newest transaction
    Position last_position = 0;      ///< position of the newest event
    StateId state_id = 0;            ///< state id of the newest event
    base::Instant created_at{};
    base::Instant updated_at{};  ///< time of the newest event
    base::Instant details_at{};  ///< time of the last transaction that put a details row
    std::optional<base::Instant> archived_at;
    ThreatId last_threat_id = 0;              ///< highest id ever used
    MitigationId last_mitigation_id = 0;      ///< highest id ever used
    AcceptanceId last_acceptance_id = 0;      ///< highest id ever used
    std::uint64_t requested_acceptances = 0;  ///< requests that are not decided
    AcceptedDays accepted = {};
    PolicyAssignment policy = {};
    std::optional<base::Instant> reviewed_at = {};
    CheckId last_check_id = 0;  ///< highest id ever used; a check does not change the version

    bool operator==(const Product&) const = default;
};

/// The current state of a threat.
struct Threat {
    events::ThreatTexts texts;
    events::Scoring scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
    bool removed = false;  ///< the id stays in use; texts and scoring are cleared
    base::Instant created_at{};
    base::Instant updated_at{};

    bool operator==(const Threat&) const = default;
};

/// The current state of a mitigation.
struct Mitigation {
    events::MitigationTexts texts;
    events::CoverageScope scope;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    bool removed = false;
    base::Instant created_at{};
    base::Instant updated_at{};
    /// Approved acceptances that hold only while this mitigation is active, ascending.
    std::vector<AcceptanceId> controls = {};

    bool operator==(const Mitigation&) const = default;
};

/// The recorded states of an acceptance. Others follow from the time and the threats
/// (query/acceptances.hpp).
enum class AcceptanceState : std::uint8_t {
    requested,
    approved,
    rejected,
    withdrawn,
    revoked,
    replaced  ///< by another acceptance, when that one was approved
};

/// A step of an acceptance: who took it, when and why.
struct AcceptanceStep {
    base::Instant time{};
    std::string actor;
    std::string on_behalf_of;  ///< empty: not given
    std::string note;          ///< empty: not given

    bool operator==(const AcceptanceStep&) const = default;
};

/// The current state of a risk acceptance.
struct Acceptance {
    AcceptanceState state = AcceptanceState::requested;
    std::vector<ThreatId> threat_ids;
    std::vector<std::optional<events::Severity>> requested_severities;
    std::vector<std::optional<events::Severity>> approved_severities;  ///< empty: never approved
    events::AcceptanceTexts texts;
    base::Day last_day{};
    std::vector<MitigationId> while_mitigations;
    AcceptanceId replaces = 0;     ///< 0: none
    AcceptanceId replaced_by = 0;  ///< 0: none
    AcceptanceStep request;
    std::optional<AcceptanceStep> decision;                   ///< approved, rejected or withdrawn
    events::Assurance assurance = events::Assurance::tokens;  ///< of an approval
    std::optional<AcceptanceStep> end;                        ///< revoked or replaced
    /// Approved, and a compensating control is not active. Not updated after its last day.
    bool suspended = false;
    std::uint64_t threats_in_force = 0;  ///< threats to which it applies, apart from the time

    bool operator==(const Acceptance&) const = default;
};

/// A recorded check: what lists select by. The rest is in its line.
struct Check {
    Position position = 0;  ///< of its event
    base::Instant time{};
    bool pass = true;
    events::CheckSubject subject;

    bool operator==(const Check&) const = default;
};

/// What counting needs of an acceptance that is approved and not suspended.
struct ThreatAcceptance {
    AcceptanceId id = 0;
    base::Day last_day{};
    std::optional<events::Severity> severity;  ///< the most severe that was accepted

    bool operator==(const ThreatAcceptance&) const = default;
};

/// A node or data flow of a diagram. An empty `diagram` is a diagram of its own, for elements given
/// without one.
struct ElementName {
    std::string diagram;
    std::string element_id;

    bool operator==(const ElementName&) const = default;
    auto operator<=>(const ElementName&) const = default;
};

/// The form in which rows refer to an element: a digest of its name. Names may have kilobytes, and
/// a change of one mitigation may affect a thousand elements.
using ElementKey = base::Digest;

/// What counting coverage needs of a threat. A separate row because a mitigation may name a
/// thousand threats, whose texts may add up to megabytes.
struct Exposure {
    bool removed = false;
    std::optional<events::Severity> open_severity;  ///< result of open_severity()
    /// active mitigations that name the threat; 0 if it is removed
    std::uint64_t active_links = 0;
    std::optional<ElementKey> element;  ///< its element; only set if it has an open_severity
    std::vector<ThreatAcceptance> acceptances = {};  ///< ascending by id
    /// Only set if there are acceptances: result of is_counted(), and the threat's severity.
    bool counted = false;
    std::optional<events::Severity> severity = {};

    bool operator==(const Exposure&) const = default;
};

/// Counters of an element. With them, a change of a mitigation on the element updates the posture
/// without reading the threats there.
struct Element {
    /// active mitigations on this element that name no threat
    std::uint64_t active_mitigations = 0;
    /// open threats (open_severity()) on this element without active links
    SeverityCounts open_threats{};
    /// How many of them are accepted, by the last day; ascending, without days that have none.
    std::vector<std::pair<base::Day, SeverityCounts>> accepted = {};

    bool empty() const { return active_mitigations == 0 && open_threats == SeverityCounts{}; }
    bool operator==(const Element&) const = default;
};

/// The object of a product of which an import remembers what it saw.
struct SeenKey {
    std::string_view source;
    bool is_threat = false;  ///< otherwise a mitigation
    std::uint64_t id = 0;
};

/// The current state of a token. The secret itself is never stored.
struct Token {
    std::string name;
    events::Role role = events::Role::gate;
    std::optional<std::vector<ProductId>> product_ids;  ///< ascending; nullopt: all
    std::string prefix;
    std::string sha256;  ///< 64 lower-case hexadecimal digits
    base::Instant created_at{};
    std::optional<base::Instant> expires_at;
    std::optional<base::Instant> revoked_at;
    std::string issued_by = {};  ///< actor

    /// True if the token is neither revoked nor expired at `now`.
    bool is_live(base::Instant now) const {
        return !revoked_at && (!expires_at || *expires_at > now);
    }
    bool operator==(const Token&) const = default;
};

/// One version of a policy.
struct PolicyVersion {
    events::Policy definition;
    std::uint64_t version = 0;
    base::Instant defined_at{};
    std::string defined_by;  ///< actor
    bool removed = false;    ///< since this time; the definition is the last one

    bool operator==(const PolicyVersion&) const = default;
};

/// The state after a transaction of a product, valid until the product's next transaction.
struct HistoryRow {
    Posture posture;
    std::uint64_t version = 0;
    Position first_position = 0;  ///< first position of the transaction
    Position last_position = 0;
    StateId state_id = 0;        ///< state id of the last event
    base::Instant details_at{};  ///< key of the details row valid at that time
    bool archived = false;
    bool had_acceptances = false;  ///< one was requested at some time
    AcceptedDays accepted = {};

    bool operator==(const HistoryRow&) const = default;
};

/// What seldom changes of a product, valid from a transaction until one that changes it again.
struct DetailsRow {
    base::Instant created_at{};  ///< when the product was registered
    events::ProductTexts texts;
    PolicyAssignment policy = {};
    std::optional<base::Instant> reviewed_at = {};

    bool operator==(const DetailsRow&) const = default;
};

/// True unless the threat is removed or not_applicable.
bool is_counted(const Threat& threat);
/// The severity of a threat that is counted and not mitigated, so that it needs cover; nullopt for
/// others, and for unscored threats. (An accepted threat is open.)
std::optional<events::Severity> open_severity(const Threat& threat);
/// True if the open severity is high or critical.
bool is_open_high(const Threat& threat);
/// The element of a threat, or of a mitigation that names no threat; nullopt if there is none.
std::optional<ElementName> element_of(const Threat& threat);
std::optional<ElementName> element_of(const events::CoverageScope& scope);
ElementKey key_of(const ElementName& name);
/// The keys of these elements.
std::optional<ElementKey> element_key_of(const Threat& threat);
std::optional<ElementKey> element_key_of(const events::CoverageScope& scope);
/// True if a threat of severity `now` is more severe than what was accepted. No severity ranks
/// above critical: what was accepted is no longer known.
bool is_above(std::optional<events::Severity> now, std::optional<events::Severity> accepted);
/// True if the acceptance applies to the threat, apart from the time.
bool applies(const ThreatAcceptance& acceptance, const Exposure& exposure);
/// The acceptances that apply, ascending, apart from the time.
std::vector<AcceptanceId> applying_acceptances(const Exposure& exposure);
/// The last day on which the risk of the threat is accepted; nullopt if it is not. May be over.
std::optional<base::Day> accepted_until(const Exposure& exposure);
/// True if the mitigation is implemented or verified, and not removed.
bool is_active(const Mitigation& mitigation);
/// True if the scope includes the threat, regardless of whether the mitigation is active.
bool reaches(const events::CoverageScope& scope, ThreatId threat_id, const Threat& threat);

}  // namespace threatatlas::projections
