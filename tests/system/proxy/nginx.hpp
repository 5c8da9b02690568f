#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "support/child_process.hpp"
#include "support/self_signed.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

/// The example of docs/OPERATING.md as an operator copies it. Throws std::runtime_error where the
/// document does not hold exactly one.
std::string nginx_example();

/// The time that a directive sets in the example, of which it has one: 60 s for "…_timeout 60s;".
/// Throws std::runtime_error where it does not, or says it in another unit.
std::chrono::seconds time_in_example(const std::string& directive);

/// A real nginx with the example, on a free port of 127.0.0.1, with a certificate that it signed
/// itself. It asks for no rights and writes into a directory of its own. Killed when its owner
/// goes.
///
/// Belongs to one thread, which must outlive it.
class Nginx {
  public:
    /// In front of the server on this port of 127.0.0.1. Returns when it listens. Throws
    /// std::runtime_error, with what it wrote to stderr, if it ends before or takes a minute.
    explicit Nginx(int server_port);

    int port() const { return port_; }
    /// What it wrote to stderr: its error log.
    std::string log() const { return err_.content(); }

  private:
    void wait_until_it_listens();

    const TempDirectory directory_;
    const testing::SelfSignedCertificate certificate_;
    const int port_;
    const MemoryFile err_;
    std::unique_ptr<ChildProcess> child_;
};

}  // namespace threatatlas::testing
