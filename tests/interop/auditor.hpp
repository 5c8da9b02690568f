#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <httplib.h>

#include "support/child_process.hpp"

namespace threatatlas {

/// The main() of a suite that needs the auditor: exit 77 and a reason where Go is missing. `tests`
/// is Boost.Test's init_unit_test.
int run_audited_suite(bool (*tests)(), int count, char** arguments);

/// Runs audit.go against a log. `kept`: a file with a checkpoint that was kept earlier, or empty.
ProgramResult run_auditor(const std::string& url, const std::string& token, const std::string& vkey,
                          const std::filesystem::path& kept = {});

/// An HTTP server on a free port of 127.0.0.1 that answers every GET with what a function gives.
/// The function is called on threads of the server. Stopped when its owner goes.
class AnsweringServer {
  public:
    /// The target with its query.
    using Give = std::function<httplib::Response(const std::string& target)>;

    explicit AnsweringServer(Give give);
    ~AnsweringServer();
    AnsweringServer(const AnsweringServer&) = delete;
    AnsweringServer& operator=(const AnsweringServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    httplib::Server server_;
    int port_;
    std::thread thread_;
};

}  // namespace threatatlas
