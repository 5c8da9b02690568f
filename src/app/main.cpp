// threatatlas: the server. Options, and what they start.

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

namespace threatatlas {
namespace {

constexpr int port_max = 65'535;
constexpr std::size_t workers_max = 1'024;
constexpr std::size_t cache_mebibytes_max = 65'536;
constexpr std::size_t connections_max = 100'000;
constexpr std::size_t rate_limit_max = 1'000'000;
constexpr std::size_t witnesses_max = 32;  // each has a thread
constexpr std::size_t witness_seconds_max = 86'400;
constexpr std::size_t time_out_seconds_max = 3'600;

// Times that the listener allows, in whole seconds.
struct TimeOut {
    const char* option;
    const char* environment;
    std::chrono::milliseconds ListenerOptions::*limit;
    const char* description;
};
constexpr TimeOut time_outs[]{
    {"--drain-seconds", "THREATATLAS_DRAIN_SECONDS", &ListenerOptions::drain_ms_max,
     "Seconds that requests under way may take after SIGTERM; then they are cut off"},
    {"--head-seconds", "THREATATLAS_HEAD_SECONDS", &ListenerOptions::head_ms_max,
     "Seconds to the end of a request's head, from the connection or the head's first byte"},
    {"--idle-seconds", "THREATATLAS_IDLE_SECONDS", &ListenerOptions::idle_ms_max,
     "Seconds that a connection is kept without a request"},
    {"--body-idle-seconds", "THREATATLAS_BODY_IDLE_SECONDS", &ListenerOptions::body_idle_ms_max,
     "Seconds between two pieces of a body"},
    {"--body-seconds", "THREATATLAS_BODY_SECONDS", &ListenerOptions::body_ms_max,
     "Seconds for all of a body"},
    {"--write-idle-seconds", "THREATATLAS_WRITE_IDLE_SECONDS", &ListenerOptions::write_idle_ms_max,
     "Seconds that a client may leave its answer unread"},
    {"--write-seconds", "THREATATLAS_WRITE_SECONDS", &ListenerOptions::write_ms_max,
     "Seconds for reading all of an answer"},
    {"--linger-seconds", "THREATATLAS_LINGER_SECONDS", &ListenerOptions::linger_ms_max,
     "Seconds for what a client still sends to a connection that is being closed"},
};

// Sizes and numbers that the listener allows.
struct Cap {
    const char* option;
    const char* environment;
    std::size_t ListenerOptions::*limit;
    std::size_t least;
    std::size_t most;
    const char* description;
};
constexpr Cap caps[]{
    {"--connections-max", "THREATATLAS_CONNECTIONS_MAX", &ListenerOptions::connections_max, 1,
     connections_max, "Open connections; what comes beyond is turned away"},
    {"--request-line-bytes-max", "THREATATLAS_REQUEST_LINE_BYTES_MAX",
     &ListenerOptions::request_line_bytes_max, 256, 8'000, "Bytes of a request line; 414 beyond"},
    {"--header-line-bytes-max", "THREATATLAS_HEADER_LINE_BYTES_MAX",
     &ListenerOptions::header_line_bytes_max, 256, 8'000, "Bytes of a header field; 431 beyond"},
    {"--header-bytes-max", "THREATATLAS_HEADER_BYTES_MAX", &ListenerOptions::header_bytes_max, 256,
     65'536, "Bytes of all header fields of a request together; 431 beyond"},
    {"--header-count-max", "THREATATLAS_HEADER_COUNT_MAX", &ListenerOptions::header_count_max, 8,
     1'000, "Header fields of a request; 431 beyond"},
    {"--output-bytes-max", "THREATATLAS_OUTPUT_BYTES_MAX", &ListenerOptions::output_bytes_max,
     std::size_t{1} << 20U, std::size_t{1} << 40U,
     "Bytes of memory for answers that wait for their clients, all together"},
};

struct Address {
    std::string host;
    int port = 0;
};

// "127.0.0.1:8080" or "[::1]:8080". Throws CLI::ValidationError.
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
        throw CLI::ValidationError("--listen",
                                   "give HOST:PORT, like 127.0.0.1:8080; port 0 takes any "
                                   "free one");
    }
    return address;
}

// Throws CLI::ValidationError.
TrustedProxies parse_proxies(std::vector<std::string> texts) {
    for (std::string& text : texts) {
        text = trimmed(text);
    }
    try {
        return TrustedProxies(texts);
    } catch (const BadNetwork& error) {
        throw CLI::ValidationError("--trusted-proxy", error.what());
    }
}

constexpr const char* admin_token_variable = "THREATATLAS_ADMIN_TOKEN";
constexpr const char* admin_token_option = "--admin-token-file";
constexpr std::string_view admin_token_credential = "admin-token";

// From a file, a variable or a credential, in this order: a command line is everybody's to see.
// Throws CLI::ValidationError.
void take_admin_token(ServerOptions& options, const std::filesystem::path& file,
                      const std::string& variable) {
    try {
        if (!file.empty() && !variable.empty()) {
            throw BadAdminToken(fmt::format("give it or {}, not both", admin_token_variable));
        }
        const auto credential = credential_file(admin_token_credential);
        if (!file.empty()) {
            options.admin_token_from = admin_token_option;
            options.admin_token = read_admin_token(file);
        } else if (!variable.empty()) {
            options.admin_token_from = admin_token_variable;
            require_good_secret(variable);
            options.admin_token = variable;
        } else if (credential) {
            options.admin_token_from = fmt::format("the credential {}", admin_token_credential);
            options.admin_token = read_admin_token(*credential);
        }
    } catch (const BadAdminToken& bad) {
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
        .add_flag("--accept-clock", accepts_clock,
                  "Believe the clock although it stepped, or the log lies ahead of it")
        ->envname("THREATATLAS_ACCEPT_CLOCK")
        ->check(true_or_false());
}

void add_log_key(CLI::App& command, LogKeyOptions& options) {
    command
        .add_option("--log-key", options.file,
                    "File with the key that signs the log; without it DIR/log-key, made at the "
                    "first start")
        ->envname("THREATATLAS_LOG_KEY");
    command
        .add_option("--origin", options.origin,
                    "Name of the log, as it is signed, like example.com/threats; for a key that is "
                    "made, drawn where it is not given")
        ->envname("THREATATLAS_ORIGIN");
    command
        .add_flag("--accept-log-key", options.accepts_another,
                  "Sign with this key although another one signed the log before")
        ->envname("THREATATLAS_ACCEPT_LOG_KEY")
        ->check(true_or_false());
}

// Throws CLI::ValidationError.
std::vector<WitnessAddress> parse_witnesses(const std::vector<std::string>& texts) {
    if (texts.size() > witnesses_max) {
        throw CLI::ValidationError("--witness", fmt::format("{} at the most", witnesses_max));
    }
    std::vector<WitnessAddress> addresses;
    for (const std::string& text : texts) {
        try {
            addresses.push_back(parse_witness(trimmed(text)));
        } catch (const BadNote& error) {
            throw CLI::ValidationError("--witness", error.what());
        }
    }
    return addresses;
}

// Options as they are written, to be understood later.
struct ServeWords {
    std::string listen = "127.0.0.1:8080";
    std::vector<std::string> proxies;
    std::vector<std::string> witnesses;
    std::size_t witness_seconds = 10;
    std::filesystem::path admin_token_file;
};

void add_witnesses(CLI::App& command, ServeWords& words) {
    command
        .add_option("--witness", words.witnesses,
                    "\"KEY URL\" of a witness that signs the log's checkpoints too; can be "
                    "repeated")
        ->envname("THREATATLAS_WITNESS")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        .add_option("--witness-seconds", words.witness_seconds,
                    "Seconds between two times that the witnesses are asked")
        ->envname("THREATATLAS_WITNESS_SECONDS")
        ->check(whole_number(1, witness_seconds_max))
        ->capture_default_str();
}

void add_limits(CLI::App& command, ListenerOptions& options) {
    using std::chrono::seconds;
    for (const TimeOut& time_out : time_outs) {
        auto& limit = options.*time_out.limit;
        command
            .add_option_function<std::size_t>(
                time_out.option, [&limit](std::size_t count) { limit = seconds(count); },
                time_out.description)
            ->envname(time_out.environment)
            ->check(whole_number(1, time_out_seconds_max))
            ->default_str(fmt::format("{}", std::chrono::duration_cast<seconds>(limit).count()));
    }
    for (const Cap& cap : caps) {
        command.add_option(cap.option, options.*cap.limit, cap.description)
            ->envname(cap.environment)
            ->check(whole_number(cap.least, cap.most))
            ->capture_default_str();
    }
}

void add_long_reads(CLI::App& command, LongReadOptions& options) {
    using std::chrono::seconds;
    command
        .add_option("--long-read-bytes-max", options.bytes_max,
                    "Bytes of memory for lists, reports and diffs, all together, until their "
                    "answers are sent; one may take three quarters")
        ->envname("THREATATLAS_LONG_READ_BYTES_MAX")
        ->check(whole_number(limits::long_read_bytes_least, std::size_t{1} << 40U))
        ->capture_default_str();
    command
        .add_option_function<std::size_t>(
            "--long-call-seconds-max",
            [&options](std::size_t count) { options.call_ms_max = seconds(count); },
            "Seconds that a list, a report or a diff may take; 503 beyond")
        ->envname("THREATATLAS_LONG_CALL_SECONDS_MAX")
        ->check(whole_number(1, time_out_seconds_max))
        ->default_str(
            fmt::format("{}", std::chrono::duration_cast<seconds>(options.call_ms_max).count()));
}

void add_serve(CLI::App& app, ServerOptions& options, ServeWords& words) {
    CLI::App* const serve_command = app.add_subcommand(
        "serve", "Serve a data directory; a new one is made where there is none");
    add_data(*serve_command, options.data);
    serve_command
        ->add_option(
            "--listen", words.listen,
            "HOST:PORT to listen on; a name stands for all of its addresses, * for all of the "
            "machine; port 0 takes any free one")
        ->envname("THREATATLAS_LISTEN")
        ->capture_default_str();
    serve_command
        ->add_option("--tls-cert", options.listener.tls_certificate_file,
                     "PEM file with the certificate and its chain: speak TLS")
        ->envname("THREATATLAS_TLS_CERT");
    serve_command
        ->add_option("--tls-key", options.listener.tls_key_file, "PEM file with the key to it")
        ->envname("THREATATLAS_TLS_KEY");
    serve_command
        ->add_option("--backup-dir", options.backup_directory,
                     "Where POST /api/backups puts backups; without it there are none")
        ->envname("THREATATLAS_BACKUP_DIR");
    serve_command
        ->add_option("--workers", options.listener.workers,
                     "Threads that answer requests; two for each processor at once, the others "
                     "while one waits for a client or the disk")
        ->envname("THREATATLAS_WORKERS")
        ->check(whole_number(1, workers_max))
        ->capture_default_str();
    add_limits(*serve_command, options.listener);
    add_long_reads(*serve_command, options.long_reads);
    serve_command
        ->add_option("--cache-mib", options.cache_mebibytes, "MiB of memory for blocks of the data")
        ->envname("THREATATLAS_CACHE_MIB")
        ->check(whole_number(1, cache_mebibytes_max))
        ->capture_default_str();
    serve_command
        ->add_option("--trusted-proxy", words.proxies,
                     "Address of a proxy whose X-Forwarded-For counts, or a network of them, like "
                     "10.0.0.0/8; can be repeated")
        ->envname("THREATATLAS_TRUSTED_PROXY")
        ->delimiter(',')
        ->allow_extra_args(false);
    serve_command
        ->add_option("--rate-limit", options.rate_limit,
                     "Requests a second that one token may send, as many at once; 429 beyond; 0: "
                     "any number")
        ->envname("THREATATLAS_RATE_LIMIT")
        ->check(whole_number(0, rate_limit_max))
        ->capture_default_str();
    serve_command->add_flag("--access-log", options.logs_access, "Log a line for each request")
        ->envname("THREATATLAS_ACCESS_LOG")
        ->check(true_or_false());
    add_log_key(*serve_command, options.log_key);
    add_witnesses(*serve_command, words);
    add_accept_clock(*serve_command, options.accepts_clock);
    serve_command
        ->add_option(admin_token_option, words.admin_token_file,
                     "File with the first admin token, for its owner alone to read")
        ->envname("THREATATLAS_ADMIN_TOKEN_FILE");
    serve_command->footer(
        "Without a live admin token in the data, one is made and left in DIR/admin-token.\n"
        "--admin-token-file sets it instead, or THREATATLAS_ADMIN_TOKEN in the environment, or\n"
        "the credential admin-token of systemd (LoadCredential=).");
}

// From one directory to another; the server is stopped.
struct CopyCommand {
    CLI::App* command = nullptr;
    std::filesystem::path data;
    std::filesystem::path other;  // the copy, or the backup to restore
};

void add_backup(CLI::App& app, CopyCommand& backup) {
    backup.command = app.add_subcommand(
        "backup", "Copy a data directory and verify the copy; the server is stopped");
    add_data(*backup.command, backup.data);
    backup.command->add_option("--to", backup.other, "A new or empty directory")->required();
}

void add_restore(CLI::App& app, CopyCommand& restore) {
    restore.command = app.add_subcommand(
        "restore", "Make a data directory of a backup, which stays as it is, and verify it");
    restore.command->add_option("--from", restore.other, "The backup")->required();
    restore.command->add_option("--data", restore.data, "A new or empty directory")
        ->envname("THREATATLAS_DATA")
        ->required();
}

// For commands without a log.
void warn_of(const std::vector<UnknownVariable>& variables) {
    for (const UnknownVariable& variable : variables) {
        say(stderr,
            fmt::format("threatatlas: warning: {}: {}\n", variable.name, advice_about(variable)));
    }
}

ServerExit run(int argc, char** argv) {
    // Whatever the command: no program that shows environments is to show it.
    const std::string admin_token = take_from_environment(admin_token_variable);
    CLI::App app(
        "ThreatAtlas keeps threat models as a log of events and answers whether a product "
        "is good enough to ship.",
        "threatatlas");
    app.set_version_flag("--version", "threatatlas " THREATATLAS_VERSION);
    app.require_subcommand(1);
    ServerOptions options;
    ServeWords words;
    add_serve(app, options, words);
    CLI::App* const token_command = app.add_subcommand(
        "admin-token", "Make a new admin token, for when all are lost; the server is stopped");
    std::filesystem::path data;
    add_data(*token_command, data);
    bool token_accepts_clock = false;
    add_accept_clock(*token_command, token_accepts_clock);
    LogKeyOptions token_log_key;
    add_log_key(*token_command, token_log_key);
    CopyCommand backup;
    add_backup(app, backup);
    CopyCommand restore;
    add_restore(app, restore);
    try {
        app.parse(argc, argv);
        const std::string_view others[]{admin_token_variable};
        const auto unknown = unknown_variables(app, others);
        if (!app.got_subcommand("serve")) {
            warn_of(unknown);
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
        const Address address = parse_address(words.listen);
        options.listener.host = address.host;
        options.listener.port = address.port;
        options.proxies = parse_proxies(words.proxies);
        options.witnesses = {parse_witnesses(words.witnesses),
                             std::chrono::seconds(words.witness_seconds)};
        take_admin_token(options, words.admin_token_file, admin_token);
        for (const UnknownVariable& variable : unknown) {
            options.unread_variables.emplace_back(variable.name, advice_about(variable));
        }
        if (options.listener.tls_certificate_file.empty() !=
            options.listener.tls_key_file.empty()) {
            throw CLI::ValidationError("--tls-cert", "give --tls-cert and --tls-key together");
        }
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return ServerExit::fine;
        }
        say(stderr, fmt::format("threatatlas: {}\n", explain(app, error)));
        return ServerExit::usage;
    }
    return serve(options);
}

}  // namespace
}  // namespace threatatlas

int main(int argc, char** argv) {
    if (!threatatlas::occupy_standard_descriptors()) {
        return static_cast<int>(threatatlas::ServerExit::data);
    }
    threatatlas::set_abort_message(
        "threatatlas: a check failed within the program or within RocksDB: the line before says "
        "which. Nothing that was acknowledged is lost. Where it comes again, a file of the data "
        "is damaged, or of the backup: restore another backup.\n");
    threatatlas::ignore_write_signals();
    threatatlas::raise_open_file_limit();
    // Whatever it makes holds weaknesses, digests of tokens or keys.
    ::umask(S_IRWXG | S_IRWXO);
    return static_cast<int>(threatatlas::run(argc, argv));
}
