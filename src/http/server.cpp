#include "http/server.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include "http/admin_token.hpp"
#include "http/api.hpp"
#include "projections/rebuild.hpp"

namespace threatatlas {
namespace {

Instant wall_clock() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
}

// Every event asks for ten bytes: they are drawn from the system 256 at a time, which is as many as
// it gives at once, and forgotten here when they are given away.
void system_random(std::span<std::byte> bytes) {
    thread_local std::array<std::byte, 256> pool{};
    thread_local std::size_t left = 0;
    if (left < bytes.size()) {
        if (bytes.size() > pool.size() || ::getentropy(pool.data(), pool.size()) != 0) {
            throw std::runtime_error("the system gives no random bytes");
        }
        left = pool.size();
    }
    left -= bytes.size();
    const auto given = std::span(pool).subspan(left, bytes.size());
    std::copy(given.begin(), given.end(), bytes.begin());
    std::fill(given.begin(), given.end(), std::byte{0});
}

// CLOCK_BOOTTIME goes on while the machine sleeps, and nobody can set it.
std::chrono::microseconds uptime() {
    ::timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec});
}

SequencerEnvironment system_environment(bool accepts_clock) {
    return {.clock = wall_clock,
            .random = system_random,
            .uptime = uptime,
            .accepts_clock = accepts_clock};
}

// Turns SIGTERM and SIGINT into a call, and SIGHUP into another, on a thread of its own.
class Signals {
  public:
    // The signals are blocked from here on, in this thread and in those that it starts later.
    Signals() {
        ::sigemptyset(&signals_);
        ::sigaddset(&signals_, SIGTERM);
        ::sigaddset(&signals_, SIGINT);
        ::sigaddset(&signals_, SIGHUP);
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    ~Signals() {
        if (thread_.joinable()) {
            ::pthread_kill(thread_.native_handle(), SIGTERM);
            thread_.join();
        }
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    // Once. `stop` is called once, `hang_up` as often as it is asked for before.
    void listen(std::function<void()> stop, std::function<void()> hang_up) {
        thread_ = std::thread([this, stop = std::move(stop), hang_up = std::move(hang_up)] {
            int signal = 0;
            while (::sigwait(&signals_, &signal) == 0 && signal == SIGHUP) {
                hang_up();
            }
            stop();
        });
    }

  private:
    ::sigset_t signals_{};
    std::thread thread_;
};

bool speaks_tls(const ServerOptions& options) {
    return !options.listener.tls_certificate_file.empty();
}

void reload_certificate(const ServerOptions& options, Listener& listener, const Log& log) {
    if (!speaks_tls(options)) {
        return;
    }
    try {
        listener.reload_tls();
        log.info("certificate_reloaded");
    } catch (const std::exception& error) {
        log.error("certificate_not_reloaded",
                  {{"detail", error.what()}, {"in_use", "the one from before"}});
    }
}

void say_where(const ServerOptions& options, const Listener& listener, const Log& log) {
    log.info("listening", {{"host", options.listener.host},
                           {"port", static_cast<std::uint64_t>(listener.port())},
                           {"version", THREATATLAS_VERSION}});
    if (!speaks_tls(options) && !is_loopback(options.listener.host)) {
        log.warning("plain_http",
                    {{"detail",
                      "tokens pass over the network unencrypted: give --tls-cert and --tls-key, or "
                      "listen on 127.0.0.1 behind a proxy that speaks TLS"}});
    }
}

ExitCode run(const ServerOptions& options, const Log& log, Signals& signals) {
    const SequencerEnvironment environment = system_environment(options.accepts_clock);
    Backend backend({.data = options.data,
                     .cache_mebibytes = options.cache_mebibytes,
                     .admin_token = options.admin_token,
                     .environment = environment},
                    log);
    Api api(backend, log,
            {.environment = environment,
             .logs_access = options.logs_access,
             .backup_directory = options.backup_directory,
             .proxies = options.proxies});
    Listener listener(options.listener,
                      [&api](const httplib::Request& request, httplib::Response& response,
                             Exchange& exchange) { api.answer(request, response, exchange); });
    api.set_listener_stats([&listener] { return listener.stats(); });
    listener.bind();
    std::atomic<bool> gave_up = false;
    backend.start([&] {
        gave_up = true;
        listener.stop();
    });
    signals.listen(
        [&] {
            if (!gave_up) {
                log.info("stopping");
            }
            api.stop_backups();
            listener.stop();
        },
        [&] { reload_certificate(options, listener, log); });
    say_where(options, listener, log);
    listener.run();
    backend.stop();
    if (!gave_up) {
        log.info("stopped");
    }
    return gave_up ? ExitCode::data : ExitCode::fine;
}

}  // namespace

ExitCode serve(const ServerOptions& options) {
    Signals signals;
    std::signal(SIGPIPE, SIG_IGN);
    const Log log(wall_clock, write_to_stderr);
    try {
        return run(options, log, signals);
    } catch (const std::exception& error) {
        log.error("cannot_start", {{"detail", error.what()}});
        return ExitCode::data;
    }
}

ExitCode make_admin_token(const std::filesystem::path& data, bool accepts_clock) {
    try {
        const SequencerEnvironment environment = system_environment(accepts_clock);
        auto store = Store::open(data, {});
        if (!projections_are_current(*store)) {
            rebuild_projections(*store);
        }
        Engine engine(std::move(store), environment);
        if (const auto doubt = engine.sequencer().clock_doubt()) {
            throw StoreRefused(*doubt);
        }
        const std::string secret = make_secret(environment.random);
        issue_admin_token(engine.sequencer(), "admin", secret);
        write_admin_token(data, secret);
        fmt::print("A new admin token is in {}\n", admin_token_file(data).string());
        return ExitCode::fine;
    } catch (const std::exception& error) {
        fmt::print(stderr, "threatatlas: {}\n", error.what());
        return ExitCode::data;
    }
}

}  // namespace threatatlas
