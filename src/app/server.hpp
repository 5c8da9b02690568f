#pragma once

// The server as a whole, from its options to its end.

#include <cstddef>
#include <filesystem>
#include <string>

#include "http/api/long_reads.hpp"
#include "http/net/listener.hpp"
#include "http/ops/client_address.hpp"
#include "http/ops/log_key.hpp"
#include "http/ops/witnesses.hpp"

namespace threatatlas {

struct ServerOptions {
    std::filesystem::path data;
    std::filesystem::path backup_directory;  // empty: no backups are made on request
    ListenerOptions listener;
    LongReadOptions long_reads = {};
    std::size_t cache_mebibytes = 64;
    bool logs_access = false;
    std::size_t rate_limit = 0;  // requests a second of one token; 0: any number
    TrustedProxies proxies = {};
    std::string admin_token;  // see BackendOptions
    std::string admin_token_from = {};
    LogKeyOptions log_key = {};
    WitnessOptions witnesses = {};
    bool accepts_clock = false;  // see SequencerEnvironment
    // Names that look like an option's and that nothing reads, each with what to say about it.
    std::vector<std::pair<std::string, std::string>> unread_variables = {};
};

// What a program of ours ends with.
enum class ServerExit : int { fine = 0, usage = 2, data = 3 };

// Serves until SIGTERM or SIGINT, then drains and writes everything down. SIGHUP: reads the
// certificate and its key again. Says on stderr what happens, as a log. To be called before the
// process has a second thread: it blocks the signals.
ServerExit serve(const ServerOptions& options);

// For a server that is stopped: makes an admin token and leaves it in <data>/admin-token.
ServerExit make_admin_token(const std::filesystem::path& data, const LogKeyOptions& log_key,
                            bool accepts_clock);

}  // namespace threatatlas
