#pragma once

// The limits of the calls, each with its unit in its name and the reason for its size. Those of the
// log, the model and the commands stand in events/limits.hpp, those of connections in listener.hpp.

#include <chrono>
#include <cstddef>

namespace threatatlas::limits {

// One answer of a list or a stream of events: with a thousand of the longest objects it would be a
// hundred times as much. A page that reaches this ends, and its Link leads on.
inline constexpr std::size_t page_bytes_max = std::size_t{8} << 20U;

// Pages of events that wait for their turn to be read: each holds a connection and a copy of its
// request.
inline constexpr std::size_t event_pages_waiting_max = 512;

// Requests that wait for events. Each holds a connection but no worker; every new event is held
// against each of them.
inline constexpr std::size_t waiting_polls_max = 256;
// How soon a poll that ends early, or a stop, is noticed.
inline constexpr std::chrono::milliseconds poll_round_max{250};

// Questions about a moment that a write on its way to the disk may still be part of: they wait for
// that write, as long as its own answer does.
inline constexpr std::size_t final_waits_max = 1'024;
inline constexpr std::chrono::seconds final_wait_max{30};

// From the queue to the disk and back takes milliseconds; a disk that hangs may take its time, and
// the client is told that the outcome is unknown before its own patience ends.
inline constexpr std::chrono::seconds write_wait_max{30};

// Logins with a token that is none: a guess cannot succeed (256 random bits), so this only keeps
// the noise small. Addresses beyond the table's size are let in again, never the table grown.
inline constexpr std::size_t failed_logins_max = 100;
inline constexpr std::chrono::seconds failed_logins_window{60};
inline constexpr std::size_t failed_login_addresses_max = 10'000;
// Lines about them in the log within such a window, of all addresses together: a hundred MiB a day
// at the most, and three guessers at once are written down to the last guess.
inline constexpr std::size_t failed_login_lines_max = 300;
// The same of requests without a token, which are rarely an attack and must not use up the others.
inline constexpr std::size_t missing_token_lines_max = 30;

// How long /readyz tells that rows could not be read, after the newest request that needed them:
// for whoever looks every half minute. What is asked for more seldom shows in the metrics.
inline constexpr std::chrono::seconds read_error_shown{60};

// Lines of the log that wait for whoever reads stderr: some fifteen thousand requests, for a reader
// that stops for a moment at a busy time. As much again is on its way out.
inline constexpr std::size_t log_waiting_bytes_max = std::size_t{4} << 20U;
// How long the end of the process waits for the reader: a slow one gets the last lines, and one
// that does not read holds nothing up.
inline constexpr std::chrono::seconds log_flush_wait_max{2};

// Lists and reports in the making, and long bodies being read: each as many as there are
// processors, up to this. A report takes up to a second and some tens of mebibytes.
inline constexpr std::size_t patient_threads_max = 4;
// Lists and reports that wait for their turn: each holds a connection and a copy of its request.
inline constexpr std::size_t long_calls_waiting_max = 256;
// How long one of them takes at the most, with its waiting: beyond it most clients have given up.
inline constexpr std::chrono::seconds long_call_max{60};
// Memory of all of them together, with their answers until they are sent. One of them may hold
// three quarters: a report on 50,000 objects with usual texts.
inline constexpr std::size_t long_read_bytes_max = std::size_t{256} << 20U;
inline constexpr std::size_t long_read_bytes_least = std::size_t{32} << 20U;
// What each of them holds from its beginning: more than most ever need.
inline constexpr std::size_t long_read_first_bytes = std::size_t{1} << 20U;
// How often one of them looks whether it is still wanted: every row takes microseconds.
inline constexpr std::size_t rows_between_looks = 64;

// Shorter bodies of many facts are read by the worker that received them: at once, in less than a
// millisecond.
inline constexpr std::size_t long_body_bytes = std::size_t{64} << 10U;
// Threats and mitigations in one report: five times what a report is measured with, and more than
// anybody reads.
inline constexpr std::size_t report_objects_max = 50'000;

// How long a scraper waits for metrics of the data before it is answered without them: it has to
// hear of a server whose disk hangs, and before its own patience of some seconds ends.
inline constexpr std::chrono::milliseconds scrape_wait_max{500};
// Scrapes that wait for their turn; more are answered without what needs the data.
inline constexpr std::size_t scrapes_waiting_max = 16;

// Products whose posture /metrics shows, those with the lowest ids: more are more than a scraper
// wants every few seconds.
inline constexpr std::size_t metrics_products_max = 1'000;
// Threats that are looked at for one answer of /metrics, to count the open ones of products that
// have changed: half a second of a worker at the most.
inline constexpr std::size_t open_threat_rows_max = 200'000;
// Products whose count is kept, for tokens that see others than the first thousand: a mebibyte.
inline constexpr std::size_t open_threat_products_max = 10'000;

// One answer lists them all; who keeps more of them has a directory to look into.
inline constexpr std::size_t backups_listed_max = 1'000;

// When a client that was told to come back should.
inline constexpr std::chrono::seconds retry_after_busy{1};
inline constexpr std::chrono::seconds retry_after_failure{5};

}  // namespace threatatlas::limits
