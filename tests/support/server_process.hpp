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

namespace threatatlas {

/// A TCP port of 127.0.0.1 on which nothing listens now. Taken from below the range that the system
/// hands to outgoing connections, so that no client gets in between.
int free_port();

/// The project's real server, started on a data directory and a free port of 127.0.0.1, which it
/// keeps over restarts. Killed when its owner goes; the data directory stays.
///
/// launch, start, stop and kill belong to one thread, which must outlive the server. `ask`,
/// `client` and the accessors may be called from any thread while it is not being restarted.
class ServerProcess {
  public:
    struct Options {
        /// Follow `serve --data … --listen …`.
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment;
    };

    /// Does not start it yet.
    explicit ServerProcess(std::filesystem::path data);
    ServerProcess(std::filesystem::path data, Options options);

    /// Starts it and does not wait.
    void launch();
    /// Starts it and waits until /readyz answers 200. Throws std::runtime_error, with what it wrote
    /// to stderr, if it ends before or is not ready within `time_limit`.
    void start(std::chrono::seconds time_limit = std::chrono::seconds(120));
    /// SIGTERM; gives the exit code. Throws std::runtime_error if it does not end in `time_limit`.
    int stop(std::chrono::seconds time_limit = std::chrono::seconds(60));
    /// SIGKILL, at any moment; nothing is flushed that was not.
    void kill();
    bool running() { return child_ != nullptr && child_->running(); }

    const std::filesystem::path& data() const { return data_; }
    int port() const { return port_; }
    /// Of the server that runs.
    pid_t pid() const { return child_->pid(); }
    /// "http://127.0.0.1:PORT"
    std::string url() const;
    /// The secret that the server left in the data directory. Throws if there is none.
    std::string admin_token() const;
    /// What it wrote to stderr since it was last started.
    std::string log() const { return err_->content(); }

    /// A new connection that shows this token; an empty one shows none.
    httplib::Client client(const std::string& token) const;
    /// One request with the admin token, on a connection of its own. Throws std::runtime_error if
    /// there is no answer; an answer of any status is an answer.
    httplib::Response ask(const std::string& method, const std::string& target,
                          const std::string& body = {}, const httplib::Headers& headers = {}) const;
    /// Makes a token, e.g. {{"name", "ci"}, {"role", "gate"}}, and gives its secret.
    std::string issue_token(const nlohmann::json& request) const;

  private:
    const std::filesystem::path data_;
    const Options options_;
    const int port_;
    std::unique_ptr<MemoryFile> err_;
    std::unique_ptr<ChildProcess> child_;
};

}  // namespace threatatlas
