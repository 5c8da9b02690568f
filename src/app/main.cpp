// threatatlas, the server: command line options and the commands that they select.

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/data_commands.hpp"
#include "app/server.hpp"
#include "base/abort_message.hpp"
#include "base/command_line.hpp"
#include "base/open_file_limit.hpp"
#include "base/write_failures.hpp"
#include "http/ops/admin_token.hpp"

namespace threatatlas::app {
namespace {

constexpr int port_max = 65'535;
constexpr std::size_t workers_max = 1'024;
constexpr std::size_t cache_mebibytes_max = 65'536;
constexpr std::size_t connections_max = 100'000;
constexpr std::size_t rate_limit_max = 1'000'000;
constexpr std::size_t witnesses_max = 32;  // one thread per witness
constexpr std::size_t witness_seconds_max = 86'400;
constexpr std::size_t time_out_seconds_max = 3'600;

// Time limits of the listener, in whole seconds.
struct TimeLimit {
    const char* option;
    const char* environment;
    std::chrono::milliseconds net::ListenerOptions::*limit;
    const char* description;
};
constexpr TimeLimit time_limits[]{
    {"--drain-seconds", "THREATATLAS_DRAIN_SECONDS", &net::ListenerOptions::drain_ms_max,
     "Seconds to finish requests after SIGTERM; connections still open then are closed"},
    {"--head-seconds", "THREATATLAS_HEAD_SECONDS", &net::ListenerOptions::head_ms_max,
     "Seconds to receive a request's head, counted from the connection or the head's first byte"},
    {"--idle-seconds", "THREATATLAS_IDLE_SECONDS", &net::ListenerOptions::idle_ms_max,
     "Seconds to keep a connection open without a request"},
    {"--body-idle-seconds", "THREATATLAS_BODY_IDLE_SECONDS",
     &net::ListenerOptions::body_idle_ms_max, "Seconds between two pieces of a request body"},
    {"--body-seconds", "THREATATLAS_BODY_SECONDS", &net::ListenerOptions::body_ms_max,
     "Seconds to receive a whole request body"},
    {"--write-idle-seconds", "THREATATLAS_WRITE_IDLE_SECONDS",
     &net::ListenerOptions::write_idle_ms_max,
     "Seconds without progress before a response that a client does not read is abandoned"},
    {"--write-seconds", "THREATATLAS_WRITE_SECONDS", &net::ListenerOptions::write_ms_max,
     "Seconds for a client to read a whole response"},
    {"--linger-seconds", "THREATATLAS_LINGER_SECONDS", &net::ListenerOptions::linger_ms_max,
     "Seconds to discard incoming bytes on a connection that is being closed"},
};

// Size and count limits of the listener.
struct SizeLimit {
    const char* option;
    const char* environment;
    std::size_t net::ListenerOptions::*limit;
    std::size_t least;
    std::size_t most;
    const char* description;
};
constexpr SizeLimit size_limits[]{
    {"--connections-max", "THREATATLAS_CONNECTIONS_MAX", &net::ListenerOptions::connections_max, 1,
     connections_max, "Open connections; further ones are rejected"},
    {"--request-line-bytes-max", "THREATATLAS_REQUEST_LINE_BYTES_MAX",
     &net::ListenerOptions::request_line_bytes_max, 256, 8'000,
     "Bytes of a request line; longer ones get 414"},
    {"--header-line-bytes-max", "THREATATLAS_HEADER_LINE_BYTES_MAX",
     &net::ListenerOptions::header_line_bytes_max, 256, 8'000,
     "Bytes of one header field; longer ones get 431"},
    {"--header-bytes-max", "THREATATLAS_HEADER_BYTES_MAX", &net::ListenerOptions::header_bytes_max,
     256, 65'536, "Bytes of all header fields of a request; more get 431"},
    {"--header-count-max", "THREATATLAS_HEADER_COUNT_MAX", &net::ListenerOptions::header_count_max,
     8, 1'000, "Header fields of a request; more get 431"},
    {"--output-bytes-max", "THREATATLAS_OUTPUT_BYTES_MAX", &net::ListenerOptions::output_bytes_max,
     std::size_t{1} << 20U, std::size_t{1} << 40U,
     "Bytes of memory for all responses that wait for their clients"},
};

struct Address {
    std::string host;
    int port = 0;
};

// Parses "127.0.0.1:8080" or "[::1]:8080". Throws CLI::ValidationError.
Address parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    Address address;
    bool fits = colon != std::string::npos && colon > 0;
    if (fits) {
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, address.port);
        fits =
            error == std::errc{} && stopped == end && address.port >= 0 && address.port <= port_max;
        address.host = text.substr(0, colon);
        if (address.host.front() == '[' && address.host.back() == ']') {
            address.host = address.host.substr(1, address.host.size() - 2);
        }
    }
    if (!fits) {
        throw CLI::ValidationError(
            "--listen", "give HOST:PORT, for example 127.0.0.1:8080; port 0 picks a free port");
    }
    return address;
}

// Throws CLI::ValidationError.
ops::TrustedProxies parse_proxies(std::vector<std::string> texts) {
    for (std::string& text : texts) {
        text = base::trimmed(text);
    }
    try {
        return ops::TrustedProxies(texts);
    } catch (const ops::BadNetwork& error) {
        throw CLI::ValidationError("--trusted-proxy", error.what());
    }
}

constexpr const char* admin_token_variable = "THREATATLAS_ADMIN_TOKEN";
constexpr const char* admin_token_option = "--admin-token-file";
constexpr std::string_view admin_token_credential = "admin-token";

// Reads the token from the file, the environment variable or the systemd credential, in this order.
// There is no option for the token itself, because every user can read a command line. Throws
// CLI::ValidationError.
void take_admin_token(ServerOptions& options, const std::filesystem::path& file,
                      const std::string& variable) {
    try {
        if (!file.empty() && !variable.empty()) {
            throw ops::BadAdminToken(
                fmt::format("set only one of this option and {}", admin_token_variable));
        }
        const auto credential = ops::credential_file(admin_token_credential);
        if (!file.empty()) {
            options.admin_token_from = admin_token_option;
            options.admin_token = ops::read_admin_token(file);
        } else if (!variable.empty()) {
            options.admin_token_from = admin_token_variable;
            ops::require_good_secret(variable);
            options.admin_token = variable;
        } else if (credential) {
            options.admin_token_from = fmt::format("the credential {}", admin_token_credential);
            options.admin_token = ops::read_admin_token(*credential);
        }
    } catch (const ops::BadAdminToken& bad) {
        const std::string& from = options.admin_token_from;
        throw CLI::ValidationError(from.empty() ? admin_token_option : from, bad.what());
    }
}

CLI::Option* add_data(CLI::App& command, std::filesystem::path& data) {
    return command.add_option("--data", data, "The data directory")
        ->envname("THREATATLAS_DATA")
        ->required();
}

void add_accept_clock(CLI::App& command, bool& accepts_clock) {
    command
        .add_flag(
            "--accept-clock", accepts_clock,
            "Accept the clock even if it was stepped, or if the log's last event is later than it")
        ->envname("THREATATLAS_ACCEPT_CLOCK")
        ->check(base::true_or_false());
}

void add_log_key(CLI::App& command, ops::LogKeyOptions& options) {
    command
        .add_option("--log-key", options.file,
                    "File with the key that signs the log; by default DIR/log-key, created at the "
                    "first start")
        ->envname("THREATATLAS_LOG_KEY");
    command
        .add_option("--origin", options.origin,
                    "Name of the log in its signed checkpoints, for example example.com/threats; "
                    "by default a random name when a key is created")
        ->envname("THREATATLAS_ORIGIN");
    command
        .add_flag("--accept-log-key", options.accepts_another,
                  "Accept this key even if the log was signed with another key before")
        ->envname("THREATATLAS_ACCEPT_LOG_KEY")
        ->check(base::true_or_false());
}

// Throws CLI::ValidationError.
std::vector<ops::WitnessAddress> parse_witnesses(const std::vector<std::string>& texts) {
    if (texts.size() > witnesses_max) {
        throw CLI::ValidationError("--witness", fmt::format("at most {} witnesses", witnesses_max));
    }
    std::vector<ops::WitnessAddress> addresses;
    for (const std::string& text : texts) {
        try {
            addresses.push_back(ops::parse_witness(base::trimmed(text)));
        } catch (const tlog::BadNote& error) {
            throw CLI::ValidationError("--witness", error.what());
        }
    }
    return addresses;
}

// Option values as text, parsed after the command line has been read.
struct ServeTexts {
    std::string listen = "127.0.0.1:8080";
    std::vector<std::string> proxies;
    std::vector<std::string> witnesses;
    std::size_t witness_seconds = 10;
    std::filesystem::path admin_token_file;
};

void add_witnesses(CLI::App& command, ServeTexts& texts) {
    command
        .add_option("--witness", texts.witnesses,
                    "\"KEY URL\" of a witness that cosigns the log's checkpoints; repeatable")
        ->envname("THREATATLAS_WITNESS")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        .add_option("--witness-seconds", texts.witness_seconds,
                    "Seconds between two requests for cosignatures")
        ->envname("THREATATLAS_WITNESS_SECONDS")
        ->check(base::whole_number(1, witness_seconds_max))
        ->capture_default_str();
}

void add_limits(CLI::App& command, net::ListenerOptions& options) {
    using std::chrono::seconds;
    for (const TimeLimit& time_limit : time_limits) {
        auto& limit = options.*time_limit.limit;
        command
            .add_option_function<std::size_t>(
                time_limit.option, [&limit](std::size_t count) { limit = seconds(count); },
                time_limit.description)
            ->envname(time_limit.environment)
            ->check(base::whole_number(1, time_out_seconds_max))
            ->default_str(fmt::format("{}", std::chrono::duration_cast<seconds>(limit).count()));
    }
    for (const SizeLimit& size_limit : size_limits) {
        command.add_option(size_limit.option, options.*size_limit.limit, size_limit.description)
            ->envname(size_limit.environment)
            ->check(base::whole_number(size_limit.least, size_limit.most))
            ->capture_default_str();
    }
}

void add_long_reads(CLI::App& command, api::LongReadOptions& options) {
    using std::chrono::seconds;
    command
        .add_option("--long-read-bytes-max", options.bytes_max,
                    "Bytes of memory for all lists, reports and diffs until their responses are "
                    "sent; one of them may use three quarters")
        ->envname("THREATATLAS_LONG_READ_BYTES_MAX")
        ->check(base::whole_number(ops::limits::long_read_bytes_least, std::size_t{1} << 40U))
        ->capture_default_str();
    command
        .add_option_function<std::size_t>(
            "--long-call-seconds-max",
            [&options](std::size_t count) { options.call_ms_max = seconds(count); },
            "Seconds that a list, a report or a diff may take; 503 after that")
        ->envname("THREATATLAS_LONG_CALL_SECONDS_MAX")
        ->check(base::whole_number(1, time_out_seconds_max))
        ->default_str(
            fmt::format("{}", std::chrono::duration_cast<seconds>(options.call_ms_max).count()));
}

void add_serve(CLI::App& app, ServerOptions& options, ServeTexts& texts) {
    CLI::App* const serve_command =
        app.add_subcommand("serve", "Serve a data directory; created if it does not exist");
    add_data(*serve_command, options.data);
    serve_command
        ->add_option("--listen", texts.listen,
                     "HOST:PORT to listen on; a name means all of its addresses, * all addresses "
                     "of the machine; port 0 picks a free port")
        ->envname("THREATATLAS_LISTEN")
        ->capture_default_str();
    serve_command
        ->add_option("--tls-cert", options.listener.tls_certificate_file,
                     "PEM file with the certificate and its chain; enables TLS")
        ->envname("THREATATLAS_TLS_CERT");
    serve_command
        ->add_option("--tls-key", options.listener.tls_key_file,
                     "PEM file with the certificate's private key")
        ->envname("THREATATLAS_TLS_KEY");
    serve_command
        ->add_option(
            "--backup-dir", options.backup_directory,
            "Directory for backups made by POST /api/backups; without it that call is disabled")
        ->envname("THREATATLAS_BACKUP_DIR");
    serve_command
        ->add_option("--workers", options.listener.workers,
                     "Threads that answer requests; two per processor run at once, the others wait "
                     "for clients or the disk")
        ->envname("THREATATLAS_WORKERS")
        ->check(base::whole_number(1, workers_max))
        ->capture_default_str();
    add_limits(*serve_command, options.listener);
    add_long_reads(*serve_command, options.long_reads);
    serve_command
        ->add_option("--cache-mib", options.cache_mebibytes, "MiB of memory for the block cache")
        ->envname("THREATATLAS_CACHE_MIB")
        ->check(base::whole_number(1, cache_mebibytes_max))
        ->capture_default_str();
    serve_command
        ->add_option("--trusted-proxy", texts.proxies,
                     "Address or network (10.0.0.0/8) of a proxy whose X-Forwarded-For is trusted; "
                     "repeatable")
        ->envname("THREATATLAS_TRUSTED_PROXY")
        ->delimiter(',')
        ->allow_extra_args(false);
    serve_command
        ->add_option(
            "--rate-limit", options.rate_limit,
            "Requests per second and token, with bursts of the same size; 429 beyond; 0: no limit")
        ->envname("THREATATLAS_RATE_LIMIT")
        ->check(base::whole_number(0, rate_limit_max))
        ->capture_default_str();
    serve_command->add_flag("--access-log", options.logs_access, "Log one line per request")
        ->envname("THREATATLAS_ACCESS_LOG")
        ->check(base::true_or_false());
    add_log_key(*serve_command, options.log_key);
    serve_command
        ->add_option("--attestation-key", options.attestation_key,
                     "File with the key that signs attestations; by default DIR/attestation-key, "
                     "created if it does not exist")
        ->envname("THREATATLAS_ATTESTATION_KEY");
    add_witnesses(*serve_command, texts);
    add_accept_clock(*serve_command, options.accepts_clock);
    serve_command
        ->add_option(admin_token_option, texts.admin_token_file,
                     "File with the first admin token; must be readable only by its owner")
        ->envname("THREATATLAS_ADMIN_TOKEN_FILE");
    serve_command->footer(
        "If the data has no valid admin token, one is created and written to DIR/admin-token.\nTo "
        "choose it, use --admin-token-file, THREATATLAS_ADMIN_TOKEN in the environment or\nthe "
        "systemd credential admin-token (LoadCredential=).");
}

// `backup` and `restore`: copies between two directories, while the server is stopped.
struct CopyCommand {
    CLI::App* command = nullptr;
    std::filesystem::path data;
    std::filesystem::path other;  // target of a backup, source of a restore
};

void add_backup(CLI::App& app, CopyCommand& backup) {
    backup.command = app.add_subcommand(
        "backup", "Copy a data directory and verify the copy; stop the server first");
    add_data(*backup.command, backup.data);
    backup.command->add_option("--to", backup.other, "A new or empty directory")->required();
}

void add_restore(CLI::App& app, CopyCommand& restore) {
    restore.command = app.add_subcommand(
        "restore", "Create a data directory from a backup and verify it; stop the server first");
    restore.command->add_option("--from", restore.other, "The backup; it is not changed")
        ->required();
    restore.command->add_option("--data", restore.data, "A new or empty directory")
        ->envname("THREATATLAS_DATA")
        ->required();
}

// For commands that write no diagnostic log.
void warn_about(const std::vector<base::UnknownVariable>& variables) {
    for (const base::UnknownVariable& variable : variables) {
        base::say(stderr, fmt::format("threatatlas: warning: {}: {}\n", variable.name,
                                      base::advice_about(variable)));
    }
}

ServerExit run(int argc, char** argv) {
    // For every command: removes the token from the environment, where other programs could read
    // it.
    const std::string admin_token = ops::take_from_environment(admin_token_variable);
    CLI::App app(
        "ThreatAtlas stores threat models as an event log and answers whether a product may ship.",
        "threatatlas");
    app.set_version_flag("--version", "threatatlas " THREATATLAS_VERSION);
    app.require_subcommand(1);
    ServerOptions options;
    ServeTexts texts;
    add_serve(app, options, texts);
    CLI::App* const token_command = app.add_subcommand(
        "admin-token", "Create a new admin token, if all are lost; stop the server first");
    std::filesystem::path data;
    add_data(*token_command, data);
    bool token_accepts_clock = false;
    add_accept_clock(*token_command, token_accepts_clock);
    ops::LogKeyOptions token_log_key;
    add_log_key(*token_command, token_log_key);
    CopyCommand backup;
    add_backup(app, backup);
    CopyCommand restore;
    add_restore(app, restore);
    try {
        app.parse(argc, argv);
        const std::string_view others[]{admin_token_variable};
        const auto unknown = base::unknown_variables(app, others);
        if (!app.got_subcommand("serve")) {
            warn_about(unknown);
        }
        if (token_command->parsed()) {
            return make_admin_token(data, token_log_key, token_accepts_clock);
        }
        if (backup.command->parsed()) {
            return back_up_data(backup.data, backup.other);
        }
        if (restore.command->parsed()) {
            return restore_data(restore.other, restore.data);
        }
        const Address address = parse_address(texts.listen);
        options.listener.host = address.host;
        options.listener.port = address.port;
        options.proxies = parse_proxies(texts.proxies);
        options.witnesses = {parse_witnesses(texts.witnesses),
                             std::chrono::seconds(texts.witness_seconds)};
        take_admin_token(options, texts.admin_token_file, admin_token);
        for (const base::UnknownVariable& variable : unknown) {
            options.unknown_environment.emplace_back(variable.name, base::advice_about(variable));
        }
        if (options.listener.tls_certificate_file.empty() !=
            options.listener.tls_key_file.empty()) {
            throw CLI::ValidationError("--tls-cert",
                                       "--tls-cert and --tls-key must be given together");
        }
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return ServerExit::fine;
        }
        base::say(stderr, fmt::format("threatatlas: {}\n", base::explain(app, error)));
        return ServerExit::usage;
    }
    return serve(options);
}

}  // namespace
}  // namespace threatatlas::app

// An exception that nothing expects ends the program with the abort message.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
    if (!threatatlas::base::occupy_standard_descriptors()) {
        return static_cast<int>(threatatlas::app::ServerExit::data);
    }
    threatatlas::base::set_abort_message(
        "threatatlas: an internal check failed in the program or in RocksDB; the line above names "
        "it. Acknowledged writes are not lost. If it happens again, a file of the data or of the "
        "backup is damaged: restore another backup.\n");
    threatatlas::base::ignore_write_signals();
    threatatlas::base::raise_open_file_limit();
    // Every created file holds confidential data: threats, token digests or keys.
    ::umask(S_IRWXG | S_IRWXO);
    return static_cast<int>(threatatlas::app::run(argc, argv));
}
