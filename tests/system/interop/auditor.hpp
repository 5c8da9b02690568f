#pragma once

#include <functional>
#include <map>
#include <string>

#include <httplib.h>

#include "support/child_process.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

/// An audit of a log by audit.go, over HTTP.
class Audit {
  public:
    /// What the log answers to a GET. Called on other threads.
    using Log = std::function<httplib::Response(const httplib::Request& request)>;
    using Change = std::function<void(std::string& body)>;

    Audit(Log log, std::string token, std::string vkey)
        : log_(std::move(log)), token_(std::move(token)), vkey_(std::move(vkey)) {}

    /// With a checkpoint that was kept earlier.
    Audit& keeping(const std::string& checkpoint);
    /// With a change to what is answered to this target; it has to be asked for.
    Audit& changing(const std::string& target, Change change);

    /// 0: all is as it should be, 1: it is not. What the auditor says is in the test's log.
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

/// Changes to a body.
void flip_first(std::string& body);
void flip_last(std::string& body);

}  // namespace threatatlas::testing
