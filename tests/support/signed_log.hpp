#pragma once

// A log written and signed by the real server, with the proofs that an auditor kept meanwhile.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::testing {

inline void write_file(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}
inline std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}
inline void copy_directory(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// The body of a successful response; throws if the status is not 2xx.
inline std::string asked(const ServerProcess& server, const std::string& method,
                         const std::string& target, const std::string& body = {},
                         const httplib::Headers& headers = {}) {
    const auto answer = server.ask(method, target, body, headers);
    if (answer.status / 100 != 2) {
        throw std::runtime_error(method + " " + target + ": " + answer.body);
    }
    return answer.body;
}

inline void identify_threats(const ServerProcess& server, int count, const std::string& name) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
        const nlohmann::json threat{
            {"type", "threat.identified"},
            {"data", {{"name", name + " " + std::to_string(i)}, {"severity", "high"}}}};
        lines += threat.dump() + "\n";
    }
    asked(server, "POST", "/api/products/1/events", lines,
          {{"Content-Type", "application/x-ndjson"}});
}

// The key as messages show it: "name+01234567".
inline std::string key_text(const tlog::NoteSigner& key) {
    const std::string vkey = key.vkey();
    return vkey.substr(0, vkey.find('+', key.name().size() + 1));
}

// Requires this exit code and these words in stdout or stderr.
inline void require_says(const ProgramResult& result, int exit_code, const std::string& words) {
    BOOST_TEST(result.exit_code == exit_code, result.out << result.err);
    BOOST_TEST((result.out + result.err).find(words) != std::string::npos,
               "not \"" << words << "\" but: " << result.out << result.err);
}

// A log of 632 events. Read-only: suites copy the directories.
class SignedLog {
  public:
    SignedLog() {
        ServerProcess server(data());
        server.start();
        asked(server, "POST", "/api/products", R"({"name":"Payments API"})");
        identify_threats(server, 300, "Spoofing");
        key = asked(server, "GET", "/api/proof/key");
        key.pop_back();
        write_file(early(), asked(server, "GET", "/checkpoint"));
        server.stop();
        copy_directory(data(), backup());

        server.start();
        for (int threat = 1; threat <= changes; ++threat) {
            asked(server, "PATCH", "/api/products/1/threats/" + std::to_string(threat),
                  R"({"status":"mitigated"})");
        }
        identify_threats(server, 300, "Tampering");
        write_file(late(), asked(server, "GET", "/checkpoint"));
        growth = asked(server, "GET", "/api/proof/root?size=302");
        proof = asked(server, "GET", "/api/products/1/events/17/proof");
        server.stop();
    }

    static constexpr int changes = 30;  // of status, each in its own transaction

    std::filesystem::path data() const { return directory_ / "data"; }
    // Copy of the data directory at the time of the early checkpoint.
    std::filesystem::path backup() const { return directory_ / "backup"; }
    std::filesystem::path early() const { return directory_ / "early"; }
    std::filesystem::path late() const { return directory_ / "late"; }
    tlog::NoteSigner own_key() const {
        const std::string line = read_file(data() / "log-key");
        return tlog::NoteSigner::parse(line.substr(0, line.find('\n')));
    }
    std::string key;
    std::string growth;  // the server's response for the early checkpoint, of 302 events
    std::string proof;   // the server's proof for position 17

  private:
    const TempDirectory directory_;
};

// Created once per process.
inline const SignedLog& signed_log() {
    static const SignedLog log;
    return log;
}

}  // namespace threatatlas::testing
