#pragma once

// A server in the process of the test that prepares its directory, and is blocked when it logs that
// it begins.

#include <condition_variable>
#include <string>

#include "http/api/api.hpp"
#include "support/api_fixture.hpp"
#include "support/eventually.hpp"

namespace threatatlas::testing {

// The sink of a log. Blocks the thread that writes the line of this event.
class HoldingSink {
  public:
    explicit HoldingSink(const std::string& event) : held_("\"event\":\"" + event + "\"") {}

    void write(std::string_view line) {
        std::unique_lock lock(mutex_);
        text_ += line;
        if (line.find(held_) != std::string_view::npos) {
            reached_ = true;
            changed_.notify_all();
            changed_.wait(lock, [this] { return released_; });
        }
    }
    void wait_until_reached() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return reached_; });
    }
    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }
    std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

  private:
    const std::string held_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;       // guarded by mutex_, as are the next two
    bool reached_ = false;   // the line was written
    bool released_ = false;  // its writer may continue
};

// On a directory that the test fills before it starts.
struct HeldServer {
    // `event`: the log event at which it is blocked. `time`: its clock.
    HeldServer(const std::string& event, base::Instant time) : now(time), sink(event) {}
    ~HeldServer() { stop(); }
    HeldServer(const HeldServer&) = delete;
    HeldServer& operator=(const HeldServer&) = delete;

    void start() {
        backend = std::make_unique<ops::Backend>(
            ops::BackendOptions{.data = data(), .admin_token = admin, .environment = environment},
            server_log);
        api = std::make_unique<api::Api>(*backend, server_log,
                                         api::ApiOptions{.environment = environment});
        listener = std::make_unique<net::Listener>(
            net::ListenerOptions{},
            [this](const httplib::Request& request, httplib::Response& response,
                   net::Exchange& exchange) { api->answer(request, response, exchange); });
        listener->bind();
        thread = std::thread([this] { listener->run(); });
        backend->start([this] { gave_up = true; });
    }
    void stop() {
        sink.release();
        if (thread.joinable()) {
            listener->stop();
            thread.join();
            backend->stop();
        }
    }
    void wait_for(ops::BackendPhase phase) const {
        if (!eventually([&] { return backend->status().phase == phase; })) {
            throw std::runtime_error("the server did not reach the phase");
        }
    }
    httplib::Response get(const std::string& path, const std::string& token = {}) const {
        httplib::Client client("127.0.0.1", listener->port());
        if (!token.empty()) {
            client.set_bearer_token_auth(token);
        }
        return client.Get(path).value();
    }
    std::filesystem::path data() const { return directory / "data"; }

    const TempDirectory directory;
    const base::Instant now;
    const std::string admin = "ta_" + std::string(42, 'k') + "A";
    HoldingSink sink;
    const ops::Log server_log{[] { return base::Instant{}; },
                              [this](std::string_view line) { sink.write(line); }};
    const sequencer::SequencerEnvironment environment{
        .clock = [this] { return now; },
        .random =
            [](std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{7}); },
        .report_fault = {}};
    std::atomic<bool> gave_up = false;
    std::unique_ptr<ops::Backend> backend;
    std::unique_ptr<api::Api> api;
    std::unique_ptr<net::Listener> listener;
    std::thread thread;
};

}  // namespace threatatlas::testing
