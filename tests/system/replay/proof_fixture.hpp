#pragma once

// Runs the commands of threatatlas-replay that make and check proofs, on the signed log.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/signed_log.hpp"

namespace threatatlas::testing {

struct ProofFixture {
    std::filesystem::path file(const std::string& name) const { return directory / name; }
    std::string written(const std::string& name, std::string_view text) const {
        write_file(file(name), text);
        return file(name).string();
    }

    static ProgramResult about(const std::filesystem::path& data,
                               std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--data", data.string(), "--format", "table"});
        return run_replay(arguments);
    }
    std::string proof_of(Position position) const {
        const auto made =
            about(signed_log().data(), {"prove", "--position", std::to_string(position)});
        BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
        return made.out;
    }
    ProgramResult check_proof(std::string_view proof, std::vector<std::string> more = {},
                              const std::string& key = signed_log().key) const {
        more.insert(more.begin(), {"--format", "table", "check-proof", "--vkey", key});
        more.push_back(written("given.tlog-proof", proof));
        return run_replay(more);
    }
    ProgramResult check_growth(std::string_view answer,
                               const std::string& kept = signed_log().early().string(),
                               const std::string& key = signed_log().key) const {
        return run_replay({"--format", "table", "check-growth", "--vkey", key, "--checkpoint", kept,
                           written("growth", answer)});
    }

    const TempDirectory directory;
};

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    BOOST_TEST_REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace threatatlas::testing
