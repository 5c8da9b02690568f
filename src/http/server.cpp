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

// Turns SIGTERM and SIGINT into a call, on a thread of its own.
class StopSignals {
  public:
    // The signals are blocked from here on, in this thread and in those that it starts later.
    StopSignals() {
        ::sigemptyset(&signals_);
        ::sigaddset(&signals_, SIGTERM);
        ::sigaddset(&signals_, SIGINT);
        ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }
    ~StopSignals() {
        if (thread_.joinable()) {
            ::pthread_kill(thread_.native_handle(), SIGTERM);
            thread_.join();
        }
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    // Once.
    void on_stop(std::function<void()> stop) {
        thread_ = std::thread([this, stop = std::move(stop)] {
            int signal = 0;
            ::sigwait(&signals_, &signal);
            stop();
        });
    }

  private:
    ::sigset_t signals_{};
    std::thread thread_;
};

ExitCode run(const ServerOptions& options, const Log& log, StopSignals& signals) {
    const SequencerEnvironment environment = system_environment(options.accepts_clock);
    Backend backend({.data = options.data,
                     .cache_mebibytes = options.cache_mebibytes,
                     .admin_token = options.admin_token,
                     .environment = environment},
                    log);
    Api api(backend, log,
            {.environment = environment,
             .logs_access = options.logs_access,
             .backup_directory = options.backup_directory});
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
    signals.on_stop([&] {
        if (!gave_up) {
            log.info("stopping");
        }
        api.stop_backups();
        listener.stop();
    });
    log.info("listening", {{"host", options.listener.host},
                           {"port", static_cast<std::uint64_t>(listener.port())},
                           {"version", THREATATLAS_VERSION}});
    listener.run();
    backend.stop();
    if (!gave_up) {
        log.info("stopped");
    }
    return gave_up ? ExitCode::data : ExitCode::fine;
}

}  // namespace

ExitCode serve(const ServerOptions& options) {
    StopSignals signals;
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
