#pragma once

// Starts the real server with the arguments of a test and reads its log.

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "projections/audit/rebuild.hpp"
#include "support/eventually.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

using Environment = std::map<std::string, std::string>;

inline ProgramResult run_server(std::vector<std::string> arguments, Environment environment = {}) {
    arguments.insert(arguments.begin(), server_binary());
    return run_program({std::move(arguments), std::move(environment), {}});
}

/// The lines of a log, each of which must be an object with a time.
inline std::vector<nlohmann::json> lines_of(const std::string& log) {
    std::vector<nlohmann::json> lines;
    std::istringstream text(log.substr(0, log.rfind('\n') + 1));
    for (std::string line; std::getline(text, line);) {
        lines.push_back(nlohmann::json::parse(line));
        BOOST_TEST(lines.back().at("time").get<std::string>().size() == 27U);
    }
    return lines;
}

/// The first line about an event; null if there is none.
inline nlohmann::json line_about(const std::string& log, std::string_view event) {
    for (const nlohmann::json& line : lines_of(log)) {
        if (line.at("event") == event) {
            return line;
        }
    }
    return nullptr;
}

/// The program with the arguments of a test.
class Program {
  public:
    explicit Program(std::vector<std::string> arguments, Environment environment = {}) {
        arguments.insert(arguments.begin(), {server_binary(), "serve"});
        const MemoryFile nothing;
        child_ = std::make_unique<ChildProcess>(
            ChildOptions{std::move(arguments), std::move(environment), {}}, nothing.descriptor(),
            log_.descriptor(), log_.descriptor());
    }

    // Waits for this text in the log.
    nlohmann::json wait_for(std::string_view event) {
        nlohmann::json line;
        eventually([&] {
            const bool is_running = child_->running();  // before the log is read
            line = line_about(log(), event);
            return !line.is_null() || !is_running;
        });
        if (line.is_null()) {
            throw std::runtime_error("not in the log: " + std::string(event) + ": " + log());
        }
        return line;
    }
    void send_signal(int signal) { child_->send_signal(signal); }
    // Returns the exit code.
    int wait_for_end() { return child_->wait_for(wait_limit).value(); }
    int stop() {
        send_signal(SIGTERM);
        return wait_for_end();
    }
    std::string log() const { return log_.content(); }

  private:
    const MemoryFile log_;
    std::unique_ptr<ChildProcess> child_;
};

inline int port_of(Program& program) {
    return program.wait_for("listening").at("port").get<int>();
}

/// Requires that the start failed: exit code 3, and one sentence in the log.
inline void require_refused(const ProgramResult& result, const std::string& sentence) {
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.out == "");
    const nlohmann::json line = line_about(result.err, "cannot_start");
    BOOST_TEST_REQUIRE(line.is_object(), result.err);
    BOOST_TEST(line.at("level") == "error");
    const auto detail = line.at("detail").get<std::string>();
    BOOST_TEST(detail.find(sentence) != std::string::npos, detail);
}

inline std::string content_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

inline bool is_its_owners_alone(const std::filesystem::path& file) {
    return std::filesystem::status(file).permissions() ==
           (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// The data directory of a test case.
struct ServerPlace {
    std::string data() const { return directory / "data"; }
    std::filesystem::path token_file() const { return directory / "data" / "admin-token"; }
    // As another version of the fold would have left it.
    void change_stamp() const {
        const auto store = store::Store::open(data(), {});
        store::RowBatch batch(*store);
        batch.put(store::Table::meta, audit::projection_stamp_key, "0");
        store->clear(store::Table::history);
        store->write(batch);
    }
    int ask_with(const ServerProcess& server, const std::string& token) const {
        return server.client(token).Get("/api/api-tokens").value().status;
    }

    TempDirectory directory;
};

}  // namespace threatatlas::testing
