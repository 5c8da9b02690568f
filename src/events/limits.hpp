#pragma once

// Every limit of the log, the model and the commands, each with its unit in its name and the reason
// for its size. The limits of the listener stand with its options (http/net/listener.hpp).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace threatatlas::limits {

// --- The log -------------------------------------------------------------------------------------

// A line must fit behind the 16-bit length of a tlog-tiles entry bundle.
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
// A mitigation that names more threats than this is better put on an element.
inline constexpr std::size_t threat_ids_max = 1'000;
// Any id in a line: what every reader of JSON holds exactly (RFC 8259 section 6), and far from
// where counting on would overflow.
inline constexpr std::uint64_t id_max = (std::uint64_t{1} << 53U) - 1;
// Any time in a line: what four digits of a year can say.
inline constexpr std::chrono::sys_time<std::chrono::microseconds> time_max =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::microseconds{1};
// Ids and times of lines that are imported: those that the server draws continue from there, and
// must not come to the two limits above.
inline constexpr std::uint64_t imported_id_max = std::uint64_t{1} << 52U;
inline constexpr std::chrono::sys_time<std::chrono::microseconds> imported_time_max =
    std::chrono::sys_days{std::chrono::year{9'999} / 1 / 1} - std::chrono::microseconds{1};
// Ids chosen by a client; ids given by the server continue from the highest one used.
inline constexpr std::uint64_t chosen_id_max = 1'000'000'000;
inline constexpr std::size_t token_product_ids_max = 1'000;
// All tokens are held in memory, where every request looks its own up.
inline constexpr std::size_t live_tokens_max = 100'000;

// --- Requests ------------------------------------------------------------------------------------

inline constexpr std::size_t body_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t bulk_body_bytes_max = std::size_t{8} << 20U;
inline constexpr std::size_t bulk_items_max = 20'000;
// Objects in objects: {"type", "data": {"threat_ids": []}} is three deep.
inline constexpr std::size_t json_depth_max = 16;
// Rows that one transaction may touch (commands/command_cost.hpp). A full body of plain events
// takes a third of it; the rest is for mitigations, which cost what they name: some ninety that
// name as many threats as they may, or five links for each of the most items. Two seconds of the
// sequencer at the worst.
inline constexpr std::size_t transaction_rows_max = 400'000;
// Bytes of texts that count as a row, as rows are rewritten whole.
inline constexpr std::size_t row_bytes = 256;
inline constexpr std::size_t idempotency_key_chars_max = 255;
inline constexpr std::size_t ratio_decimals_max = 9;
inline constexpr std::size_t timeline_points_max = 10'000;
inline constexpr std::size_t list_items_max = 1'000;
inline constexpr std::size_t list_items_default = 100;
// Ids of mitigations listed with a threat that they cover. An element may carry many thousands, and
// an answer shows a thousand threats on it.
inline constexpr std::size_t covered_by_ids_max = 100;
// Lines looked at for one page of a filtered stream of events, and bytes of them: a page may be
// short, never slow. Each limit is some ten milliseconds.
inline constexpr std::size_t event_lines_scanned_max = 20'000;
inline constexpr std::size_t event_bytes_scanned_max = std::size_t{16} << 20U;
inline constexpr std::chrono::seconds long_poll_max{30};

// --- The sequencer -------------------------------------------------------------------------------

// Commands waiting for their group. Beyond it a caller is told to come back.
inline constexpr std::size_t queue_commands_max = 4'096;
// Bytes of bodies behind those commands: eight requests of the largest size, whatever their number.
inline constexpr std::size_t queue_bytes_max = 8 * bulk_body_bytes_max;
// One group, one synced write. A group ends with the command that reaches one of these.
inline constexpr std::size_t group_commands_max = 1'024;
inline constexpr std::size_t group_events_max = 4'096;
// Rows that the commands of one group may touch; a command that may touch more is a group of its
// own, so that others do not wait for it.
inline constexpr std::size_t group_rows_max = 40'000;
// Time that deciding a group takes before the group is written, unless another group is in flight.
// A fraction of what a client notices, and enough for some hundred short commands.
inline constexpr std::chrono::milliseconds group_decide_max{5};

// --- The clock -----------------------------------------------------------------------------------

// How far the clock may move away from the time that passed, and the log lie ahead of the clock,
// before nothing more is recorded. Clocks that are kept right differ by less than a second.
inline constexpr std::chrono::minutes clock_step_max{5};
// How much of that is forgiven with time, in millionths: five minutes in a week. It is the fastest
// that a clock is slewed (ntp_adjtime), and allows for the small steps of a clock that is kept
// right.
inline constexpr std::int64_t clock_forgiven_ppm = 500;
// How far the time that a sender gives for an event may lie ahead of the time at which it is
// recorded. The clocks of two machines never agree exactly, and libraries stamp an event just
// before they send it. More than a minute is a wrong clock or a wrong date.
inline constexpr std::chrono::seconds occurred_ahead_max{60};

// --- Idempotency keys ----------------------------------------------------------------------------

// The contract promises a day; the second one is for clients whose clock and ours disagree.
inline constexpr std::chrono::hours idempotency_kept{48};

}  // namespace threatatlas::limits
