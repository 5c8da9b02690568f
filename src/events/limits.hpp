#pragma once

/// @file
/// Every limit of the log, the model and the commands. Each name contains the unit, and each
/// comment the reason for the value. The limits of the listener are next to its options
/// (http/net/listener.hpp).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace threatatlas::events::limits {

// --- The log -------------------------------------------------------------------------------------

/// The length of a line must fit in the 16-bit length prefix of a tlog-tiles entry bundle.
inline constexpr std::size_t line_bytes_max = 65'535;

// --- Texts, in Unicode code points ---------------------------------------------------------------

inline constexpr std::size_t name_points_max = 500;
inline constexpr std::size_t description_points_max = 10'000;
inline constexpr std::size_t other_text_points_max = 500;
inline constexpr std::size_t reason_points_max = 1'000;
inline constexpr std::size_t on_behalf_of_points_max = 200;

// --- The model -----------------------------------------------------------------------------------

inline constexpr std::uint8_t score_min = 1;
inline constexpr std::uint8_t score_max = 5;
/// A mitigation for more threats than this should cover their element instead.
inline constexpr std::size_t threat_ids_max = 1'000;
/// The largest id in any line. Every JSON reader represents it exactly (RFC 8259 section 6), and
/// counting upwards from it is far from overflowing.
inline constexpr std::uint64_t id_max = (std::uint64_t{1} << 53U) - 1;
/// The latest time in any line: the limit of a four-digit year.
inline constexpr std::chrono::sys_time<std::chrono::microseconds> time_max =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::microseconds{1};
/// The largest id and the latest time in imported lines. The ids and times that the server assigns
/// continue from them and must stay below the two limits above.
inline constexpr std::uint64_t imported_id_max = std::uint64_t{1} << 52U;
inline constexpr std::chrono::sys_time<std::chrono::microseconds> imported_time_max =
    std::chrono::sys_days{std::chrono::year{9'999} / 1 / 1} - std::chrono::microseconds{1};
/// The largest id that a client may choose. Ids assigned by the server continue after the highest
/// id in use.
inline constexpr std::uint64_t chosen_id_max = 1'000'000'000;
inline constexpr std::size_t token_product_ids_max = 1'000;
/// All tokens are kept in memory, as every request looks one up.
inline constexpr std::size_t live_tokens_max = 100'000;

/// A risk acceptance for more threats than this should be several: one person reads and answers for
/// all of them.
inline constexpr std::size_t accepted_threats_max = 100;
inline constexpr std::size_t while_mitigations_max = 20;
/// Approved acceptances of a product that have not ended, and requests that are not decided.
inline constexpr std::size_t acceptances_in_force_max = 1'000;
inline constexpr std::size_t acceptances_requested_max = 1'000;
/// Approved acceptances of a threat that have not ended. A threat needs one; more than a few are a
/// client's mistake, and each makes changes of the threat costlier.
inline constexpr std::size_t acceptances_of_threat_max = 100;
/// An acceptance for longer than a year is a decision that nobody looks at again.
inline constexpr std::chrono::days acceptance_days_max{366};

inline constexpr std::size_t policy_name_chars_max = 64;
/// Policies are few, as each is a decision about many products. Lists show all of them.
inline constexpr std::size_t policies_max = 1'000;
inline constexpr std::size_t policy_rules_max = 50;
/// The largest limit of a rule that counts threats, and of one that counts days.
inline constexpr std::uint64_t policy_count_max = 1'000'000'000;
inline constexpr std::uint64_t policy_days_max = 36'500;

inline constexpr std::size_t subject_digests_max = 10;
inline constexpr std::size_t digest_name_chars_max = 32;
inline constexpr std::size_t digest_chars_max = 256;
/// Conditions of a recorded check: the thresholds, and the rules of two policies.
inline constexpr std::size_t checked_conditions_max = 5 + 2 * policy_rules_max;

/// Threats and mitigations in one model.imported event: a line of that many is below
/// line_bytes_max.
inline constexpr std::size_t seen_objects_max = 400;
/// The name of an imported file within its product. It is part of a key, and of an external_id.
inline constexpr std::size_t source_points_max = 100;

// --- Requests ------------------------------------------------------------------------------------

inline constexpr std::size_t body_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t bulk_body_bytes_max = std::size_t{8} << 20U;
inline constexpr std::size_t bulk_items_max = 20'000;
/// Nesting depth of objects and arrays: {"type", "data": {"threat_ids": []}} has depth three.
inline constexpr std::size_t json_depth_max = 16;
/// Rows that one transaction may touch (commands/command_cost.hpp). A body full of plain events
/// needs a third of it; the rest is for mitigations, whose cost grows with the threats they name:
/// about ninety mitigations with the maximal number of threats, or five links for each of the
/// largest number of items. In the worst case, two seconds of the sequencer.
inline constexpr std::size_t transaction_rows_max = 400'000;
/// This many bytes of text count as one row, because rows are rewritten as a whole.
inline constexpr std::size_t row_bytes = 256;
inline constexpr std::size_t idempotency_key_chars_max = 255;
inline constexpr std::size_t timeline_points_max = 10'000;
inline constexpr std::size_t list_items_max = 1'000;
inline constexpr std::size_t list_items_default = 100;
/// Ids of covering mitigations listed with a threat. An element may have many thousands of
/// mitigations, and a response lists up to a thousand of its threats.
inline constexpr std::size_t covered_by_ids_max = 100;
/// Lines, and their bytes, that are scanned for one page of a filtered event stream: a page may be
/// short, but never slow. Each limit is about ten milliseconds of work.
inline constexpr std::size_t event_lines_scanned_max = 20'000;
inline constexpr std::size_t event_bytes_scanned_max = std::size_t{16} << 20U;
inline constexpr std::chrono::seconds long_poll_max{30};

// --- The sequencer -------------------------------------------------------------------------------

/// Commands that wait for a group. Further requests are refused and must be retried.
inline constexpr std::size_t queue_commands_max = 4'096;
/// Total size of the bodies of those commands, whatever their number: eight bodies of the largest
/// size.
inline constexpr std::size_t queue_bytes_max = 8 * bulk_body_bytes_max;
/// One group is one synced write. A group is closed by the command that reaches one of these
/// limits.
inline constexpr std::size_t group_commands_max = 1'024;
inline constexpr std::size_t group_events_max = 4'096;
/// Rows that the commands of one group may touch. A command that may touch more gets a group of its
/// own, so that others need not wait for it.
inline constexpr std::size_t group_rows_max = 40'000;
// Time that deciding a group takes before the group is written, unless another group is in flight.
// A fraction of what a client notices, and enough for some hundred short commands.
inline constexpr std::chrono::milliseconds group_decide_max{5};

// --- The clock -----------------------------------------------------------------------------------

/// How far the clock may deviate from the time that has passed, and the newest event may be ahead
/// of the clock, before recording stops. Well-synchronized clocks differ by less than a second.
inline constexpr std::chrono::minutes clock_step_max{5};
/// The rate, in parts per million, at which a deviation is forgiven: five minutes in a week. It is
/// the fastest rate at which a clock is slewed (ntp_adjtime), and allows for the small steps of a
/// synchronized clock.
inline constexpr std::int64_t clock_forgiven_ppm = 500;
/// How far the event time given by a sender may be ahead of the recording time. The clocks of two
/// machines never agree exactly, and libraries stamp an event just before sending it. More than a
/// minute means a wrong clock or a wrong date.
inline constexpr std::chrono::seconds occurred_ahead_max{60};

// --- Idempotency keys ----------------------------------------------------------------------------

/// The contract promises a day; the second day allows for differences between the client's clock
/// and the server's.
inline constexpr std::chrono::hours idempotency_kept{48};

}  // namespace threatatlas::events::limits
