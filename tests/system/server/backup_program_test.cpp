// Backup and restore with the real programs: the log remains identical across directories, and
// damage in between is detected.

#include <fstream>

#include <boost/test/unit_test.hpp>

#include "support/made_up_log.hpp"
#include "support/server_process.hpp"

BOOST_AUTO_TEST_SUITE(backup_program_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

ProgramResult run_server(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), server_binary());
    return run_program({std::move(arguments), {}, {}});
}

std::string export_of(const fs::path& data) {
    const ProgramResult result = run_replay({"--data", data, "export"});
    BOOST_TEST(result.exit_code == 0, result.err);
    return result.out;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Place {
    ProgramResult back_up(const fs::path& to) const {
        return run_server({"backup", "--data", data, "--to", to});
    }
    ProgramResult restore(const fs::path& from, const fs::path& to) const {
        return run_server({"restore", "--from", from, "--data", to});
    }

    TempDirectory directory;
    const fs::path data = directory / "data";
    const fs::path copy = directory / "copy";
    const fs::path target = directory / "target";
};

// Changes a byte of the largest table of a copy. The file is a hard link to the original table,
// which is not changed.
void damage(const fs::path& copy) {
    fs::path largest;
    for (const auto& entry : fs::directory_iterator(copy / "rocksdb")) {
        if (entry.path().extension() == ".sst" &&
            (largest.empty() || entry.file_size() > fs::file_size(largest))) {
            largest = entry.path();
        }
    }
    std::string content = content_of(largest);
    content[content.size() / 4] = static_cast<char>(content[content.size() / 4] ^ 1);
    fs::remove(largest);
    std::ofstream(largest, std::ios::binary) << content;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup_program, Place)

BOOST_AUTO_TEST_CASE(the_log_is_restored_byte_for_byte) {
    const MadeUpLog log = made_up_log();
    import_into(data, log);
    const ProgramResult backed_up = back_up(copy);
    BOOST_TEST(backed_up.exit_code == 0, backed_up.err);
    BOOST_TEST(backed_up.out.find("verified") != std::string::npos);
    const ProgramResult restored = restore(copy, target);
    BOOST_TEST(restored.exit_code == 0, restored.err);
    BOOST_TEST(restored.out.find(std::to_string(log.lines().size()) + " events") == 0U);
    for (const fs::path& place : {data, copy, target}) {
        BOOST_TEST(run_replay({"--data", place, "verify"}).exit_code == 0);
        BOOST_TEST(export_of(place) == log.text());
    }
}

BOOST_AUTO_TEST_CASE(a_server_starts_on_a_restored_directory) {
    ServerProcess first(data, {{"--backup-dir", directory / "backups"}, {}});
    first.start();
    const std::string admin = first.admin_token();
    BOOST_TEST(first.ask("POST", "/api/products", R"({"name":"before"})").status == 201);
    const httplib::Response answer = first.ask("POST", "/api/backups");
    BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
    const std::string name = json::parse(answer.body).at("name");
    BOOST_TEST(first.ask("POST", "/api/products", R"({"name":"after"})").status == 201);
    // A directory that a running server uses cannot be backed up by another process.
    const ProgramResult in_use = back_up(copy);
    BOOST_TEST(in_use.exit_code == 3);
    BOOST_TEST(in_use.err.find("is in use by another process") != std::string::npos, in_use.err);
    first.kill();

    BOOST_TEST(restore(directory / "backups" / name, target).exit_code == 0);
    ServerProcess second(target);
    // Backups do not contain the key that signs the log.
    BOOST_CHECK_THROW(second.start(), std::runtime_error);
    BOOST_TEST(second.log().find("the key is missing") != std::string::npos, second.log());
    fs::copy_file(data / "log-key", target / "log-key");
    second.start();
    // The admin token still exists, so no new one is created.
    BOOST_TEST(!fs::exists(target / "admin-token"));
    const auto products = second.client(admin).Get("/api/products");
    BOOST_TEST_REQUIRE(products.value().status == 200);
    const json list = json::parse(products->body);
    BOOST_TEST_REQUIRE(list.size() == 1U);
    BOOST_TEST(list[0]["name"] == "before");
    BOOST_TEST(second.stop() == 0);
    BOOST_TEST(run_server({"admin-token", "--data", target}).exit_code == 0);
    BOOST_TEST(fs::exists(target / "admin-token"));
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten) {
    import_into(data, made_up_log());
    fs::create_directory(copy);
    std::ofstream(copy / "thesis.txt") << "years of work";
    for (const ProgramResult& result : {back_up(copy), restore(data, copy), back_up(data)}) {
        BOOST_TEST(result.exit_code == 3);
        BOOST_TEST(result.out == "");
        BOOST_TEST(result.err.find("not empty") != std::string::npos, result.err);
    }
    BOOST_TEST(content_of(copy / "thesis.txt") == "years of work");
    BOOST_TEST(std::distance(fs::directory_iterator(copy), fs::directory_iterator()) == 1);
    const ProgramResult nothing = restore(directory / "nowhere", target);
    BOOST_TEST(nothing.exit_code == 3);
    BOOST_TEST(nothing.err.find("there is no data in") != std::string::npos, nothing.err);
    BOOST_TEST(restore(copy, target).exit_code == 3);
    BOOST_TEST(!fs::exists(target));
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_found_and_nothing_is_left) {
    import_into(data, made_up_log());
    const std::string before = export_of(data);
    BOOST_TEST(back_up(copy).exit_code == 0);
    damage(copy);
    const ProgramResult result = restore(copy, target);
    BOOST_TEST(result.exit_code == 3);
    BOOST_TEST(result.out == "");
    BOOST_TEST(result.err.starts_with("threatatlas: "), result.err);
    BOOST_TEST(!fs::exists(target));
    BOOST_TEST(export_of(data) == before);
}

BOOST_AUTO_TEST_CASE(a_missing_argument_is_named) {
    struct Case {
        std::vector<std::string> arguments;
        std::string named;
    };
    const std::vector<Case> cases{{{"backup", "--data", data}, "--to"},
                                  {{"backup", "--to", copy}, "--data"},
                                  {{"restore", "--data", target}, "--from"},
                                  {{"restore", "--from", copy}, "--data"}};
    for (const Case& wrong : cases) {
        const ProgramResult result = run_server(wrong.arguments);
        BOOST_TEST(result.exit_code == 2);
        BOOST_TEST(result.err.find(wrong.named) != std::string::npos, result.err);
    }
    BOOST_TEST(fs::is_empty(directory.path()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
