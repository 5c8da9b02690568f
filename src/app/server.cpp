#include "app/server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "base/thread_bytes.hpp"
#include "base/write_failures.hpp"
#include "http/api/api.hpp"
#include "http/ops/admin_token.hpp"
#include "http/ops/diagnostic_log_writer.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas::app {
namespace {

base::Instant wall_clock() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
}

// Every event needs ten random bytes. The pool is refilled with 256 bytes, the most that getentropy
// gives in one call; bytes that were handed out are erased from it.
void system_random(std::span<std::byte> bytes) {
    thread_local std::array<std::byte, 256> pool{};
    thread_local std::size_t left = 0;
    if (left < bytes.size()) {
        if (bytes.size() > pool.size() || ::getentropy(pool.data(), pool.size()) != 0) {
            throw std::runtime_error("the system's random number generator failed");
        }
        left = pool.size();
    }
    left -= bytes.size();
    const auto given = std::span(pool).subspan(left, bytes.size());
    std::copy(given.begin(), given.end(), bytes.begin());
    std::fill(given.begin(), given.end(), std::byte{0});
}

// CLOCK_BOOTTIME includes time spent in suspend and cannot be set.
std::chrono::microseconds uptime() {
    ::timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec});
}

// The kernel generates a new id at each boot.
std::string boot_id() {
    std::string id;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
    return id;
}

sequencer::SequencerEnvironment system_environment(bool accepts_clock) {
    return {.clock = wall_clock,
            .random = system_random,
            .uptime = uptime,
            .boot = boot_id(),
            .accepts_clock = accepts_clock};
}

// Signals that are received with wait() instead of interrupting a thread.
class BlockedSignals {
  public:
    // Blocks the signals in this thread and in all threads that it starts later.
    BlockedSignals() {
        ::sigemptyset(&set_);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
            ::sigaddset(&set_, signal);
        }
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }

    int wait() const {
        int signal = 0;
        return ::sigwait(&set_, &signal) == 0 ? signal : SIGTERM;
    }

  private:
    ::sigset_t set_{};
};

// Calls one function on SIGTERM or SIGINT and another on SIGHUP, on a separate thread, until
// destroyed.
class SignalWatch {
  public:
    // `stop` is called at most once; `hang_up` once per SIGHUP before that. `signals` must outlive
    // the watch.
    SignalWatch(const BlockedSignals& signals, std::function<void()> stop,
                std::function<void()> hang_up) {
        thread_ =
            std::thread([this, &signals, stop = std::move(stop), hang_up = std::move(hang_up)] {
                while (signals.wait() == SIGHUP) {
                    hang_up();
                }
                if (!is_ending_) {
                    stop();
                }
            });
    }
    // Returns after the last call has returned.
    ~SignalWatch() {
        is_ending_ = true;
        // Blocked in every thread: wakes the one that waits for it.
        // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
        ::pthread_kill(thread_.native_handle(), SIGTERM);
        thread_.join();
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

  private:
    std::atomic<bool> is_ending_ = false;
    std::thread thread_;
};

bool uses_tls(const ServerOptions& options) {
    return !options.listener.tls_certificate_file.empty();
}

void reload_certificate(const ServerOptions& options, net::Listener& listener,
                        const ops::Log& log) {
    if (!uses_tls(options)) {
        return;
    }
    try {
        listener.reload_tls();
        log.info("certificate_reloaded");
    } catch (const std::exception& error) {
        log.error("certificate_not_reloaded",
                  {{"detail", error.what()}, {"in_use", "previous certificate"}});
    }
}

void warn_about_unknown_variables(const ServerOptions& options, const ops::Log& log) {
    for (const auto& [name, advice] : options.unknown_environment) {
        log.warning("unknown_variable", {{"name", name}, {"detail", advice}});
    }
}

void warn_about_writable_directory(const ServerOptions& options, const ops::Log& log) {
    using std::filesystem::perms;
    const auto rights = std::filesystem::status(options.data).permissions();
    if ((rights & perms::group_write) != perms::none) {
        log.warning(
            "data_directory",
            {{"detail",
              fmt::format(
                  "the group of {} has write access and could replace the log: run chmod g-w {}",
                  options.data.string(), options.data.string())}});
    }
}

void log_addresses(const ServerOptions& options, const net::Listener& listener,
                   const ops::Log& log) {
    const auto& addresses = listener.addresses();
    for (const std::string& address : addresses) {
        log.info("listening", {{"host", address},
                               {"port", static_cast<std::uint64_t>(listener.port())},
                               {"version", THREATATLAS_VERSION}});
    }
    for (const std::string& address : listener.unavailable()) {
        log.info("not_listening",
                 {{"host", address}, {"detail", "this machine does not have this address"}});
    }
    if (!uses_tls(options) && !std::all_of(addresses.begin(), addresses.end(), ops::is_loopback)) {
        log.warning("plain_http", {{"detail",
                                    "tokens cross the network unencrypted: set --tls-cert and "
                                    "--tls-key, or listen on 127.0.0.1 behind a TLS proxy"}});
    }
}

ServerExit run(const ServerOptions& options, const ops::Log& log, const BlockedSignals& signals) {
    warn_about_unknown_variables(options, log);
    const sequencer::SequencerEnvironment environment = system_environment(options.accepts_clock);
    ops::Backend backend({.data = options.data,
                          .cache_mebibytes = options.cache_mebibytes,
                          .admin_token = options.admin_token,
                          .admin_token_from = options.admin_token_from,
                          .log_key = options.log_key,
                          .attestation_key = options.attestation_key,
                          .witnesses = options.witnesses,
                          .environment = environment},
                         log);
    warn_about_writable_directory(options, log);
    api::Api api(backend, log,
                 {.environment = environment,
                  .logs_access = options.logs_access,
                  .backup_directory = options.backup_directory,
                  .proxies = options.proxies,
                  .rate_limit = options.rate_limit,
                  .long_reads = {.bytes_max = options.long_reads.bytes_max,
                                 .call_ms_max = options.long_reads.call_ms_max,
                                 .thread_bytes = base::thread_bytes,
                                 .purge_freed_memory = base::purge_freed_memory}});
    net::ListenerOptions listener_options = options.listener;
    listener_options.is_probe = api::Api::is_probe;
    net::Listener listener(
        std::move(listener_options),
        [&api](const httplib::Request& request, httplib::Response& response,
               net::Exchange& exchange) { api.answer(request, response, exchange); },
        [&api](int status, const std::string& remote_ip) { api.note_refusal(status, remote_ip); });
    api.set_listener_stats([&listener] { return listener.stats(); });
    listener.bind();
    std::atomic<bool> gave_up = false;
    backend.start([&] {
        gave_up = true;
        listener.stop();
    });
    // Destroyed before everything that its functions use.
    const SignalWatch watch(
        signals,
        [&] {
            if (!gave_up) {
                log.info("stopping");
            }
            api.stop_backups();
            listener.stop();
        },
        [&] { reload_certificate(options, listener, log); });
    log_addresses(options, listener, log);
    listener.run();
    api.finish_calls();
    backend.stop();
    if (!gave_up) {
        log.info("stopped");
    }
    return gave_up ? ServerExit::data : ServerExit::fine;
}

}  // namespace

ServerExit serve(const ServerOptions& options) {
    const BlockedSignals signals;
    ops::DiagnosticLogWriter writer(STDERR_FILENO, wall_clock);
    const ops::Log log(
        wall_clock, [&writer](std::string_view line) { writer.write(line); },
        [&writer] { return writer.dropped(); });
    try {
        return run(options, log, signals);
    } catch (const std::exception& error) {
        log.error("cannot_start", {{"detail", error.what()}});
        return ServerExit::data;
    }
}

ServerExit make_admin_token(const std::filesystem::path& data, const ops::LogKeyOptions& log_key,
                            bool accepts_clock) {
    try {
        const sequencer::SequencerEnvironment environment = system_environment(accepts_clock);
        auto store = store::Store::open(data, {});
        audit::finish_rebuild(*store);
        events::LogKey key = ops::open_log_key(*store, log_key, environment.random);
        ops::Engine engine(std::move(store), std::move(key), environment);
        if (const auto doubt = engine.sequencer().clock_doubt()) {
            throw store::StoreRefused(*doubt);
        }
        const std::string secret = ops::make_secret(environment.random);
        ops::issue_admin_token(engine.sequencer(), "admin", secret);
        ops::write_admin_token(data, secret);
        base::say(stdout, fmt::format("A new admin token is in {}\n",
                                      ops::admin_token_file(data).string()));
        return ServerExit::fine;
    } catch (const std::exception& error) {
        base::say(stderr, fmt::format("threatatlas: {}\n", error.what()));
        return ServerExit::data;
    }
}

}  // namespace threatatlas::app
