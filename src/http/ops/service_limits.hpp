#pragma once

/// Limits of the HTTP API, each with its unit in its name and the reason for its value. Limits of
/// the log, the model and the commands are in events/limits.hpp, those of connections in
/// http/net/listener.hpp.

#include <chrono>
#include <cstddef>

namespace threatatlas::ops::limits {

/// One page of a list or of events. A thousand of the longest objects would need a hundred times as
/// much. A page that reaches this size ends, and its Link header leads to the next one.
inline constexpr std::size_t page_bytes_max = std::size_t{8} << 20U;

/// Pages of events that wait to be read. Each holds a connection and a copy of its request.
inline constexpr std::size_t event_pages_waiting_max = 512;

/// Waiting long polls. Each holds a connection but no worker; every new event is matched against
/// each.
inline constexpr std::size_t waiting_polls_max = 256;
/// Maximum delay until an ended poll or a stop is noticed.
inline constexpr std::chrono::milliseconds poll_round_max{250};

/// Reads that must include a write in flight wait for it, for as long as the write's own response
/// may take.
inline constexpr std::size_t final_waits_max = 1'024;
inline constexpr std::chrono::seconds final_wait_max{30};

/// A write takes milliseconds. If the disk hangs, the response says that the outcome is unknown,
/// before the client's own time limit is likely to pass.
inline constexpr std::chrono::seconds write_wait_max{30};

/// Failed logins per address and window. A token cannot be guessed (256 random bits); the limit
/// only reduces load. The table does not grow: addresses that do not fit are not limited.
inline constexpr std::size_t failed_logins_max = 100;
inline constexpr std::chrono::seconds failed_logins_window{60};
inline constexpr std::size_t failed_login_addresses_max = 10'000;
/// Log lines about failed logins per window, for all addresses together: at most a hundred MiB a
/// day, and enough to log every attempt of three clients at their limit.
inline constexpr std::size_t failed_login_lines_max = 300;
/// The same for requests without a token, which are rarely an attack and must not displace the
/// other lines.
inline constexpr std::size_t missing_token_lines_max = 30;

/// How long /readyz reports that rows could not be read, counted from the last failed request:
/// enough for a probe every 30 seconds. Rarer failures are visible in the metrics.
inline constexpr std::chrono::seconds read_error_shown{60};

/// Diagnostic log lines that wait for a slow reader of stderr: about 15,000 requests. The same
/// amount can be in the write that is in progress.
inline constexpr std::size_t log_waiting_bytes_max = std::size_t{4} << 20U;
/// Maximum wait for that reader at exit.
inline constexpr std::chrono::seconds log_flush_wait_max{2};

/// Threads for lists and reports, and threads for long bodies: one per processor, up to this number
/// of each. A report takes up to a second and some tens of MiB.
inline constexpr std::size_t background_threads_max = 4;
/// Lists and reports that wait for a thread. Each holds a connection and a copy of its request.
inline constexpr std::size_t long_calls_waiting_max = 256;
/// Maximum time of one of them, including its waiting; after that most clients have given up.
inline constexpr std::chrono::seconds long_call_max{60};
/// Memory for all of them together, including their responses until they are sent. One may use
/// three quarters: enough for a report on 50,000 objects with typical texts.
inline constexpr std::size_t long_read_bytes_max = std::size_t{256} << 20U;
inline constexpr std::size_t long_read_bytes_least = std::size_t{32} << 20U;
/// Reserved by each of them at its start; most never need more.
inline constexpr std::size_t long_read_first_bytes = std::size_t{1} << 20U;
/// Rows between two checks whether a call has been cancelled; a row takes microseconds.
inline constexpr std::size_t rows_between_looks = 64;

/// Shorter bulk bodies are parsed by the worker that received them, in less than a millisecond.
inline constexpr std::size_t long_body_bytes = std::size_t{64} << 10U;
/// Threats and mitigations in one report: five times the size that reports are benchmarked with.
inline constexpr std::size_t report_objects_max = 50'000;

/// Maximum time that /metrics waits for data before it answers without them: a scraper gives up
/// after a few seconds, and must still be able to see that the disk hangs.
inline constexpr std::chrono::milliseconds scrape_wait_max{500};
/// Scrapes that wait for data; further ones are answered without the metrics that need them.
inline constexpr std::size_t scrapes_waiting_max = 16;

/// Products with a posture in /metrics, by lowest id; more would be too many for a scrape every few
/// seconds.
inline constexpr std::size_t metrics_products_max = 1'000;
/// Threats read for one /metrics response to judge policies that depend on their age.
inline constexpr std::uint64_t metrics_threats_max = 100'000;
/// Threats or, in the past, events read for the verdicts of one page of products, by policies that
/// depend on threats: at most half a second. A page that reaches this number ends.
inline constexpr std::uint64_t page_threats_max = 100'000;
/// Threats counted for one /metrics response, for products that have changed: at most half a
/// second.
inline constexpr std::size_t open_threat_rows_max = 200'000;
/// Products with a cached count, for tokens that see products beyond the first thousand: one MiB.
inline constexpr std::size_t open_threat_products_max = 10'000;

/// One response lists all backups; the directory itself shows more.
inline constexpr std::size_t backups_listed_max = 1'000;

/// Retry-After of responses that ask the client to come back.
inline constexpr std::chrono::seconds retry_after_busy{1};
inline constexpr std::chrono::seconds retry_after_failure{5};

}  // namespace threatatlas::ops::limits
