#pragma once

// What the events fold to: the state of a product, its threats and mitigations, and its posture.
// Plain values. How they are folded stands in fold.hpp, their bytes in rows.hpp.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "events/event.hpp"

namespace threatatlas {

// The counts of a product. Threats that are removed or not_applicable count nowhere.
struct Posture {
    std::uint64_t total_threats = 0;
    std::array<std::uint64_t, severity_count> by_severity{};  // indexed by Severity
    std::uint64_t unscored = 0;
    std::uint64_t mitigated_threats = 0;   // status mitigated
    std::uint64_t total_mitigations = 0;   // all that are not removed
    std::uint64_t active_mitigations = 0;  // implemented or verified
    std::uint64_t unmitigated_high = 0;    // high or critical, not mitigated, not covered

    std::uint64_t of(Severity severity) const {
        return by_severity[static_cast<std::size_t>(severity)];
    }
    bool operator==(const Posture&) const = default;
};

// Tells a state of a product from every other one, also from those of a log that was replaced: the
// random bits of the id of its newest event (random_bits_of()). Versions and positions only count;
// after a backup was restored the same numbers belong to other events.
using StateId = std::uint64_t;

struct Product {
    ProductTexts texts;
    Posture posture;
    std::uint64_t version = 0;       // number of the product's events
    Position transaction_first = 0;  // of the newest transaction
    Position last_position = 0;      // of the newest event
    StateId state_id = 0;            // of the newest event
    Instant created_at{};
    Instant updated_at{};  // time of the newest event
    Instant texts_at{};    // time of the transaction that last changed the texts
    std::optional<Instant> archived_at;
    ThreatId last_threat_id = 0;          // highest ever used
    MitigationId last_mitigation_id = 0;  // highest ever used

    bool operator==(const Product&) const = default;
};

struct Threat {
    ThreatTexts texts;
    Scoring scoring;
    ThreatStatus status = ThreatStatus::identified;
    bool removed = false;  // its id stays taken; texts and scoring are gone
    Instant created_at{};
    Instant updated_at{};

    bool operator==(const Threat&) const = default;
};

struct Mitigation {
    MitigationTexts texts;
    CoverageScope scope;
    MitigationStatus status = MitigationStatus::proposed;
    bool removed = false;
    Instant created_at{};
    Instant updated_at{};

    bool operator==(const Mitigation&) const = default;
};

// A node or data flow of a diagram. diagram empty = the diagram of elements that name none.
struct ElementName {
    std::string diagram;
    std::string element_id;

    bool operator==(const ElementName&) const = default;
    auto operator<=>(const ElementName&) const = default;
};

// An element as rows name it: a digest of its name. Names may take kilobytes, and a change of one
// mitigation may bear on a thousand elements.
using ElementKey = Digest;

// What the counts of coverage need to know of a threat. Kept apart from the threat: a mitigation
// may name a thousand threats, whose texts may take megabytes.
struct Exposure {
    bool removed = false;
    bool open_high = false;             // is_open_high()
    std::uint64_t active_links = 0;     // active mitigations that name it; 0 if it is removed
    std::optional<ElementKey> element;  // that it sits on; only if it is open_high

    bool operator==(const Exposure&) const = default;
};

// Counters that let a change of a mitigation on an element move the posture without a look at the
// threats there.
struct Element {
    std::uint64_t active_mitigations = 0;  // active, naming no threat, on this element
    std::uint64_t open_high_threats = 0;   // open_high and without active links, on this element

    bool empty() const { return active_mitigations == 0 && open_high_threats == 0; }
    bool operator==(const Element&) const = default;
};

struct Token {
    std::string name;
    Role role = Role::gate;
    std::optional<std::vector<ProductId>> product_ids;  // nothing = all; else ascending
    std::string prefix;
    std::string sha256;  // 64 hexadecimal digits
    Instant created_at{};
    std::optional<Instant> expires_at;
    std::optional<Instant> revoked_at;

    // Not revoked, and not expired at `now`.
    bool is_live(Instant now) const { return !revoked_at && (!expires_at || *expires_at > now); }
    bool operator==(const Token&) const = default;
};

// What held after a transaction of a product, until its next one.
struct HistoryRow {
    Posture posture;
    std::uint64_t version = 0;
    Position first_position = 0;  // of the transaction
    Position last_position = 0;
    StateId state_id = 0;  // of its last event
    Instant texts_at{};    // key of the details row that held
    bool archived = false;

    bool operator==(const HistoryRow&) const = default;
};

// A product's texts from a transaction on, until one that changes them again.
struct DetailsRow {
    Instant created_at{};  // when the product was registered
    ProductTexts texts;

    bool operator==(const DetailsRow&) const = default;
};

// Whether a threat counts at all.
bool is_counted(const Threat& threat);
// Counted, of severity high or critical, status not mitigated. (An accepted one is open.)
bool is_open_high(const Threat& threat);
// The element a threat sits on, or on which a mitigation that names no threat sits.
std::optional<ElementName> element_of(const Threat& threat);
std::optional<ElementName> element_of(const CoverageScope& scope);
ElementKey key_of(const ElementName& name);
// The keys of those elements.
std::optional<ElementKey> element_key_of(const Threat& threat);
std::optional<ElementKey> element_key_of(const CoverageScope& scope);
// Not removed, and implemented or verified.
bool is_active(const Mitigation& mitigation);
// Whether a mitigation's scope takes in a threat; whether the mitigation is active is not asked.
bool reaches(const CoverageScope& scope, ThreatId threat_id, const Threat& threat);

}  // namespace threatatlas
