#pragma once

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "support/child_process.hpp"
#include "support/made_up_log.hpp"

namespace threatatlas::testing {

// A made-up log as a data directory and as an exported file, with helpers that run
// threatatlas-replay on them.
class ReplayFixture {
  public:
    ReplayFixture() {
        import_into(data(), log);
        write_file(exported(), log.text());
    }

    std::filesystem::path data() const { return directory / "data"; }
    std::filesystem::path exported() const { return directory / "log.ndjson"; }

    static void write_file(const std::filesystem::path& path, std::string_view text) {
        std::ofstream(path, std::ios::binary) << text;
    }
    static std::string read_file(const std::filesystem::path& path) {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }

    // The result for the data directory; fails the test if the result for the export differs.
    ProgramResult ask(std::vector<std::string> arguments) const {
        auto about_file = arguments;
        arguments.insert(arguments.begin(), {"--data", data().string()});
        about_file.insert(about_file.begin(), {"--events", exported().string()});
        const auto answer = run_replay(arguments);
        const auto other = run_replay(about_file);
        if (other.exit_code != answer.exit_code ||
            without_clock(other.out) != without_clock(answer.out)) {
            throw std::runtime_error("directory and export differ: " + answer.out + answer.err +
                                     " and " + other.out + other.err);
        }
        return answer;
    }
    std::string ask_fine(std::vector<std::string> arguments) const {
        const auto answer = ask(std::move(arguments));
        if (answer.exit_code != 0) {
            throw std::runtime_error(answer.err);
        }
        return answer.out;
    }

    // Removes the value of generated_at, the only member that differs between calls.
    static std::string without_clock(std::string text) {
        const std::string key = "\"generated_at\":\"";
        const auto found = text.find(key);
        return found == std::string::npos ? text : text.erase(found, key.size() + 28);
    }

    const TempDirectory directory;
    const MadeUpLog log = made_up_log();
};

}  // namespace threatatlas::testing
