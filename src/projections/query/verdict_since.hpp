#pragma once

/// @file
/// Since when the verdict on a product has been what it is, and what made it so.
///
/// The verdict is what the gate answers as of an instant, by the policies in force then. Over time
/// it changes only with a transaction of the product, with the definition or removal of a policy
/// that applies to it, and when a day begins in UTC.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "projections/query/history.hpp"
#include "projections/query/policies.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::query {

enum class CauseKind : std::uint8_t {
    event,   ///< a transaction of the product
    policy,  ///< a policy was defined, removed, or given to the product
    day      ///< a day began
};

/// What changed the verdict, or made the gate answer at all.
struct VerdictCause {
    CauseKind kind = CauseKind::event;
    /// The conditions that fail since then or, if the verdict passes, that failed until then. Empty
    /// if the gate refused to answer before.
    std::vector<std::string> conditions;
    /// The events that were recorded, at most cause_events_max, and how many there were; none for a
    /// day.
    std::vector<events::Event> events;
    std::uint64_t event_count = 0;
    /// For CauseKind::policy the version that is valid since then; version 0: the product has none
    /// any more.
    std::string policy;
    std::uint64_t policy_version = 0;
    /// For CauseKind::day the acceptances that ended with the day before, and the policies that
    /// came into effect.
    std::vector<AcceptanceId> ended;
    std::vector<std::string> in_effect;
};
inline constexpr std::size_t cause_events_max = 20;

struct VerdictSince {
    bool pass = true;
    /// When the verdict last changed. Without a change, the registration or, if the gate refused to
    /// answer before, the instant since which it answers. If `complete` is false, the earliest
    /// instant that was looked at: the verdict has been the same at least since then.
    base::Instant since{};
    std::optional<VerdictCause> cause;  ///< nullopt: since the registration, or not complete
    /// The last instant of the other verdict, and the position of the product's newest event then.
    struct Opposite {
        base::Instant at{};
        Position position = 0;
    };
    std::optional<Opposite> last_opposite;
    bool complete = true;
};

/// How far to look back.
struct SinceLimits {
    /// Moments that are judged. The walk costs some ten microseconds for each.
    std::uint64_t moments_max = 20'000;
    /// Lines and threats that policies about threats make it read: some seconds.
    std::uint64_t rows_max = 20'000'000;
};

/// Looks back from `asked`, at which the product must be live, and up to which nothing more is
/// recorded. `choice` names no baseline. Throws PolicyRefused if the gate refuses the question as
/// of `asked`, and ReadError.
VerdictSince verdict_since(const store::ReadView& view, ProductId product,
                           const projections::Thresholds& thresholds, const PolicyChoice& choice,
                           base::Instant asked, const SinceLimits& limits = {});

/// {"product_id":…,"pass":…,"since":…,"cause":…,"last_opposite":…,"complete":…}
void write_verdict_since(base::JsonWriter& json, ProductId product, const VerdictSince& answer);

}  // namespace threatatlas::query
