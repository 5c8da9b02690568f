#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "http/api/api.hpp"
#include "http/net/listener.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas {

/// The clocks of a test: stand still until they are told to move. For any thread.
class TestClock {
  public:
    Instant now() const { return Instant{std::chrono::microseconds{micros_.load()}}; }
    void set(Instant instant) { micros_ = instant.time_since_epoch().count(); }
    /// "2026-11-23T12:00:00Z"; must be one.
    void set(std::string_view text) { set(parse_instant(text).value()); }
    /// Time passes.
    void advance(std::chrono::microseconds by) {
        micros_ += by.count();
        uptime_micros_ += by.count();
    }
    /// The wall clock is set, and no time passes.
    void step(std::chrono::microseconds by) { micros_ += by.count(); }
    std::chrono::microseconds uptime() const {
        return std::chrono::microseconds{uptime_micros_.load()};
    }

  private:
    std::atomic<std::int64_t> micros_ = 0;
    std::atomic<std::int64_t> uptime_micros_ = 0;
};

struct Asked {
    std::string token = {};  // empty: the admin's
    bool with_token = true;
    std::string body = {};
    std::string type = "application/json";  // of the body; empty: none is sent
    httplib::Headers headers = {};
};

struct Answer {
    int status = 0;
    httplib::Headers headers;
    std::string body;

    nlohmann::json json() const { return nlohmann::json::parse(body); }
    /// Empty where there is none.
    std::string header(const std::string& name) const;
    /// The `after` of the link to the next page; nothing on the last one.
    std::optional<std::uint64_t> next() const;
    /// The lines of an NDJSON body.
    std::vector<nlohmann::json> lines() const;
};

/// The whole server inside the test: real sockets and a real store in a directory of its own, and
/// a clock and a random source that the test holds. Requests may come from any thread; the rest is
/// for one.
class ApiFixture {
  public:
    /// Its store is on these files; null = the real file system. The caller's.
    explicit ApiFixture(FileEnvironment* files = nullptr);
    ~ApiFixture();
    ApiFixture(const ApiFixture&) = delete;
    ApiFixture& operator=(const ApiFixture&) = delete;

    TestClock clock;
    /// For the server that is started next; empty: it makes no backups.
    std::filesystem::path backup_directory;
    /// For the server that is started next; 0: any number.
    std::size_t rate_limit = 0;
    /// For the server that is started next.
    LongReadOptions long_reads;
    /// For the server that is started next: it doubts a wall clock that steps.
    bool guards_clock = false;

    /// Stops, as on SIGTERM.
    void stop();
    /// Serves the same directory (again), and waits until it is ready.
    void start(ListenerOptions options = {});

    /// Called wherever random bytes are asked for, so also by the writer within each transaction: a
    /// test may hold it up there. Set while nothing is under way.
    std::function<void()> before_random = [] {};

    int port() const { return listener_->port(); }
    ListenerStats stats() const { return listener_->stats(); }
    LongReads& long_reads_of_server() { return api_->long_reads(); }
    const std::filesystem::path& data() const { return data_.path(); }
    const std::string& admin() const { return admin_; }
    std::string log() const;

    Answer ask(const std::string& method, const std::string& target, Asked asked = {}) const;
    Answer get(const std::string& target, const std::string& token = {}) const {
        return ask("GET", target, {.token = token});
    }
    /// With a JSON body.
    Answer send(const std::string& method, const std::string& target, const nlohmann::json& body,
                httplib::Headers headers = {}) const;
    /// Sends it and throws std::runtime_error where the answer is not 2xx.
    nlohmann::json made(const std::string& method, const std::string& target,
                        const nlohmann::json& body) const;

    /// A new token's secret.
    std::string issue(const nlohmann::json& token) const;
    std::string issue_role(const std::string& role) const {
        return issue({{"name", role}, {"role", role}});
    }

  private:
    SequencerEnvironment environment();

    FileEnvironment* const files_;
    TempDirectory data_;
    std::string admin_;
    mutable std::mutex mutex_;
    Random random_;         // guarded by mutex_
    std::string log_text_;  // guarded by mutex_
    Log log_;
    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Api> api_;
    std::unique_ptr<Listener> listener_;
    std::thread server_;
};

}  // namespace threatatlas
