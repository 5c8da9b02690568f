#pragma once

#include <functional>
#include <map>
#include <string>

#include <httplib.h>

#include "support/child_process.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

/// Audits a log over HTTP with audit.go.
class Audit {
  public:
    /// The log's response to a GET. Called from other threads.
    using Log = std::function<httplib::Response(const httplib::Request& request)>;
    using Change = std::function<void(std::string& body)>;

    Audit(Log log, std::string token, std::string vkey)
        : log_(std::move(log)), token_(std::move(token)), vkey_(std::move(vkey)) {}

    /// Uses a checkpoint that was kept earlier.
    Audit& keeping(const std::string& checkpoint);
    /// Changes the response to this target, which must be requested during the audit.
    Audit& changing(const std::string& target, Change change);

    /// 0 if the audit succeeds, 1 if it fails. The auditor's output is in the test's log.
    int exit_code();

  private:
    httplib::Response changed_answer(const httplib::Request& request);

    Log log_;
    std::string token_;
    std::string vkey_;
    TempDirectory directory_;
    std::string kept_;  // a file; empty: nothing was kept
    std::map<std::string, Change> changes_;
};

/// Changes of a body.
void flip_first(std::string& body);
void flip_last(std::string& body);

}  // namespace threatatlas::testing
