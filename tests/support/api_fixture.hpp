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
#include "support/eventually.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

/// Clocks that move only when the test moves them. For any thread.
class TestClock {
  public:
    base::Instant now() const { return base::Instant{std::chrono::microseconds{micros_.load()}}; }
    void set(base::Instant instant) { micros_ = instant.time_since_epoch().count(); }
    /// Sets the wall clock. `text` must be valid, for example "2026-11-23T12:00:00Z".
    void set(std::string_view text) { set(base::parse_instant(text).value()); }
    /// Advances all clocks.
    void advance(std::chrono::microseconds by) {
        micros_ += by.count();
        uptime_micros_ += by.count();
    }
    /// Steps the wall clock without passing time.
    void step(std::chrono::microseconds by) { micros_ += by.count(); }
    std::chrono::microseconds uptime() const {
        return std::chrono::microseconds{uptime_micros_.load()};
    }

  private:
    std::atomic<std::int64_t> micros_ = 0;
    std::atomic<std::int64_t> uptime_micros_ = 0;
};

struct Asked {
    std::string token = {};  ///< empty: the admin's token
    bool with_token = true;
    std::string body = {};
    std::string type = "application/json";  ///< of the body; empty: no body is sent
    httplib::Headers headers = {};
};

struct Answer {
    int status = 0;
    httplib::Headers headers;
    std::string body;

    nlohmann::json json() const { return nlohmann::json::parse(body); }
    /// The value of a header; empty if it is missing.
    std::string header(const std::string& name) const;
    /// The `after` of the link to the next page; nullopt on the last page.
    std::optional<std::uint64_t> next() const;
    /// The lines of an NDJSON body.
    std::vector<nlohmann::json> lines() const;
};

/// The whole server in the test's process: real sockets, a real store in its own directory, and a
/// clock and a random source controlled by the test. Requests may come from any thread; the other
/// methods are for one thread.
class ApiFixture {
  public:
    /// `files` is the store's file system; null: the real one. It must outlive the fixture.
    explicit ApiFixture(store::FileEnvironment* files = nullptr);
    ~ApiFixture();
    ApiFixture(const ApiFixture&) = delete;
    ApiFixture& operator=(const ApiFixture&) = delete;

    TestClock clock;
    /// For the next start(); empty: backups are disabled.
    std::filesystem::path backup_directory;
    /// For the next start(); 0: no limit.
    std::size_t rate_limit = 0;
    /// For the next start().
    api::LongReadOptions long_reads{.call_ms_max = 5 * wait_limit};
    /// For the next start(). By default longer than any test waits: a busy machine ends no call.
    api::WaitLimits waits{.write_max = 5 * wait_limit, .final_max = 5 * wait_limit};
    /// For the next start(): the server doubts a wall clock that was stepped.
    bool guards_clock = false;

    /// Stops the server, like SIGTERM.
    void stop();
    /// Starts the server on the same directory and waits until it is ready. By default a stop lets
    /// a busy machine finish all requests.
    void start(net::ListenerOptions options = {.drain_ms_max = wait_limit});

    /// Called before random bytes are drawn, in particular by the writer in each transaction, where
    /// a test may block it. Set it only while no request is running.
    std::function<void()> before_random = [] {};

    int port() const { return listener_->port(); }
    net::ListenerStats stats() const { return listener_->stats(); }
    api::LongReads& long_reads_of_server() { return api_->long_reads(); }
    const std::filesystem::path& data() const { return data_.path(); }
    const std::string& admin() const { return admin_; }
    std::string log() const;

    Answer ask(const std::string& method, const std::string& target, Asked asked = {}) const;
    Answer get(const std::string& target, const std::string& token = {}) const {
        return ask("GET", target, {.token = token});
    }
    /// Sends a JSON body.
    Answer send(const std::string& method, const std::string& target, const nlohmann::json& body,
                httplib::Headers headers = {}) const;
    /// The body of a successful response; throws std::runtime_error if the status is not 2xx.
    nlohmann::json made(const std::string& method, const std::string& target,
                        const nlohmann::json& body) const;

    /// Issues a token and returns its secret.
    std::string issue(const nlohmann::json& token) const;
    std::string issue_role(const std::string& role) const {
        return issue({{"name", role}, {"role", role}});
    }

  private:
    sequencer::SequencerEnvironment environment();

    store::FileEnvironment* const files_;
    TempDirectory data_;
    std::string admin_;
    mutable std::mutex mutex_;
    Random random_;         // guarded by mutex_
    std::string log_text_;  // guarded by mutex_
    ops::Log log_;
    std::unique_ptr<ops::Backend> backend_;
    std::unique_ptr<api::Api> api_;
    std::unique_ptr<net::Listener> listener_;
    std::thread server_;
};

}  // namespace threatatlas::testing
