#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "support/child_process.hpp"
#include "support/eventually.hpp"

namespace threatatlas::testing {

/// A TCP port of 127.0.0.1 on which nothing is listening. It is below the ephemeral range, so that
/// no outgoing connection takes it.
int free_port();

/// The real server on a data directory and a free port of 127.0.0.1, which stays the same over
/// restarts. Killed by the destructor; the data directory is kept.
///
/// launch, start, stop and kill must be called from one thread, which must outlive the server.
/// `ask`, `client` and the accessors are for any thread, except during a restart.
class ServerProcess {
  public:
    struct Options {
        // Appended to `serve --data … --listen …`.
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment;
    };

    /// Does not start the server.
    explicit ServerProcess(std::filesystem::path data);
    ServerProcess(std::filesystem::path data, Options options);

    /// Starts the server without waiting.
    void launch();
    /// Starts the server and waits until /readyz returns 200. Throws std::runtime_error, with its
    /// stderr, if it ends first or is not ready within `time_limit`.
    void start(std::chrono::seconds time_limit = wait_limit);
    /// Sends SIGTERM and returns the exit code. Throws std::runtime_error if it does not end within
    /// `time_limit`.
    int stop(std::chrono::seconds time_limit = wait_limit);
    /// Sends SIGKILL; unflushed data is lost.
    void kill();
    bool running() { return child_ != nullptr && child_->running(); }

    const std::filesystem::path& data() const { return data_; }
    int port() const { return port_; }
    /// Of the running server.
    pid_t pid() const { return child_->pid(); }
    /// "http://127.0.0.1:PORT"
    std::string url() const;
    /// The admin token in the data directory. Throws if there is none.
    std::string admin_token() const;
    /// Its stderr since the last start.
    std::string log() const { return err_->content(); }

    /// A client that sends this token; empty: no token.
    httplib::Client client(const std::string& token) const;
    /// Sends one request with the admin token on a new connection. Returns the response, whatever
    /// its status. Throws std::runtime_error if there is none.
    httplib::Response ask(const std::string& method, const std::string& target,
                          const std::string& body = {}, const httplib::Headers& headers = {}) const;
    /// Issues a token, e.g. {{"name", "ci"}, {"role", "gate"}}, and returns its secret.
    std::string issue_token(const nlohmann::json& request) const;

  private:
    const std::filesystem::path data_;
    const Options options_;
    const int port_;
    std::unique_ptr<MemoryFile> err_;
    std::unique_ptr<ChildProcess> child_;
};

}  // namespace threatatlas::testing
