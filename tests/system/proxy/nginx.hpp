#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "support/child_process.hpp"
#include "support/self_signed.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

/// The nginx example of docs/OPERATING.md. Throws std::runtime_error unless the document contains
/// exactly one.
std::string nginx_example();

/// The time that a directive sets in the example: 60 s for "…_timeout 60s;". Throws
/// std::runtime_error unless the example has exactly one such directive, in seconds.
std::chrono::seconds time_in_example(const std::string& directive);

/// A real nginx with the example, on a free port of 127.0.0.1, with a self-signed certificate.
/// Needs no privileges and writes into its own directory. Killed by the destructor.
///
/// Use it from one thread, which must outlive it.
class Nginx {
  public:
    /// Starts nginx as a proxy of the server on this port of 127.0.0.1, and waits until it listens.
    /// Throws std::runtime_error, with its stderr, if it ends first or takes longer than a minute.
    explicit Nginx(int server_port);

    int port() const { return port_; }
    /// Its certificate, for 127.0.0.1.
    std::string certificate_file() const { return certificate_.certificate_file(); }
    /// Its stderr, which is the error log.
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
