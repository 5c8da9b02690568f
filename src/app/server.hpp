#pragma once

/// The server process, from its options to its exit code.

#include <cstddef>
#include <filesystem>
#include <string>

#include "http/api/long_reads.hpp"
#include "http/net/listener.hpp"
#include "http/ops/client_address.hpp"
#include "http/ops/log_key.hpp"
#include "http/ops/witnesses.hpp"

namespace threatatlas::app {

struct ServerOptions {
    std::filesystem::path data;
    std::filesystem::path backup_directory;  ///< empty: POST /api/backups is disabled
    net::ListenerOptions listener;
    api::LongReadOptions long_reads = {};
    std::size_t cache_mebibytes = 64;
    bool logs_access = false;
    std::size_t rate_limit = 0;  ///< requests per second and token; 0: no limit
    ops::TrustedProxies proxies = {};
    std::string admin_token;  ///< see BackendOptions
    std::string admin_token_from = {};
    ops::LogKeyOptions log_key = {};
    std::filesystem::path attestation_key = {};  ///< see BackendOptions
    ops::WitnessOptions witnesses = {};
    bool accepts_clock = false;  ///< see SequencerEnvironment
    /// Environment variables that look like options but are not, each with advice for the operator.
    std::vector<std::pair<std::string, std::string>> unknown_environment = {};
};

/// Exit codes of our programs.
enum class ServerExit : int { fine = 0, usage = 2, data = 3 };

/// Serves until SIGTERM or SIGINT, then finishes open requests and flushes the data. SIGHUP reloads
/// the certificate and its key. Writes the diagnostic log to stderr. Call it while the process has
/// one thread, because it blocks the signals for all threads.
ServerExit serve(const ServerOptions& options);

/// Creates an admin token and writes it to <data>/admin-token. The server must be stopped.
ServerExit make_admin_token(const std::filesystem::path& data, const ops::LogKeyOptions& log_key,
                            bool accepts_clock);

}  // namespace threatatlas::app
