// A first admin token supplied by the operator: it must be hard to guess and unreadable for others.

#include "http/ops/admin_token.hpp"

#include <cstdlib>
#include <fstream>
#include <random>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "projections/access.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(admin_token_test)

using namespace threatatlas;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

const std::string good = "ta_uV3m0bQ1xJcWq8Zs-Rk5tYh2LdEo7NfGpA_9iKwCzTM";

std::string repeated(std::string_view part) {
    std::string chars;
    while (chars.size() < 43) {
        chars += part;
    }
    return "ta_" + chars.substr(0, 43);
}

// The error for a bad secret, which must not contain the secret itself.
std::string fault_of_secret(const std::string& secret) {
    try {
        require_good_secret(secret);
    } catch (const BadAdminToken& bad) {
        BOOST_TEST(std::string(bad.what()).find(secret) == std::string::npos);
        BOOST_TEST(std::string(bad.what()).find("basenc") != std::string::npos);
        return bad.what();
    }
    return "";
}

std::string fault_of_file(const fs::path& file) {
    try {
        BOOST_TEST(read_admin_token(file) == good);
    } catch (const BadAdminToken& bad) {
        BOOST_TEST(std::string(bad.what()).find(file.string()) != std::string::npos);
        return bad.what();
    }
    return "";
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(generated_secrets_are_accepted) {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const std::string secret = make_secret([&](std::span<std::byte> bytes) {
            for (auto& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
        });
        BOOST_REQUIRE_EQUAL(fault_of_secret(secret), "");
    }
}

BOOST_AUTO_TEST_CASE(secrets_that_can_be_guessed_are_refused) {
    for (const std::string& part :
         {std::string("A"), std::string("ab"), std::string("0123456789"),
          std::string("correct-horse-battery"), std::string("admin_token_")}) {
        BOOST_TEST(has(fault_of_secret(repeated(part)), "can be guessed"), part);
    }
    BOOST_TEST(has(fault_of_secret(repeated("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS")),
                   "alphabet"));
    BOOST_TEST(has(fault_of_secret(repeated("zyxwvutsrqponmlkjihgfedcba9876543210")), "alphabet"));
    BOOST_TEST(has(fault_of_secret(repeated("uV3m0bQ1xJcWq8Zs-Rk5")), "repeats"));
    // A random secret, except for its middle.
    const std::string half = good.substr(0, 13) + std::string(22, 'A') + good.substr(35);
    BOOST_TEST(has(fault_of_secret(half), "repeats"));
    BOOST_TEST(fault_of_secret(good) == "");
    for (const std::string& malformed : {std::string(), good.substr(1), good + "A"}) {
        BOOST_CHECK_THROW(require_good_secret(malformed), BadAdminToken);
    }
}

BOOST_AUTO_TEST_CASE(a_secret_is_read_from_a_private_file) {
    const TempDirectory directory;
    const fs::path file = directory / "token";
    const auto write = [&](const std::string& text, fs::perms mode = fs::perms::owner_read) {
        fs::remove(file);
        std::ofstream(file) << text;
        fs::permissions(file, mode);
    };
    BOOST_TEST(has(fault_of_file(file), "cannot be read"));
    for (const char* const end : {"", "\n", "\r\n"}) {
        write(good + end);
        BOOST_TEST(fault_of_file(file) == "");
    }
    write(good, fs::perms::owner_read | fs::perms::group_read);
    BOOST_TEST(fault_of_file(file) == "");
    fs::create_symlink(file, directory / "link");
    BOOST_TEST(fault_of_file(directory / "link") == "");
    for (const fs::perms right : {fs::perms::others_read, fs::perms::others_write}) {
        write(good, fs::perms::owner_read | right);
        BOOST_TEST(has(fault_of_file(file), "chmod o="));
    }
    write(repeated("A"));
    BOOST_TEST(has(fault_of_file(file), "can be guessed"));
    for (const std::string& text : {std::string(), good + "\n" + good, " " + good}) {
        write(text);
        BOOST_TEST(has(fault_of_file(file), "43 characters"));
    }
    BOOST_TEST(has(fault_of_file(directory.path()), "is not a regular file"));
    // Reading a named pipe fails at once instead of blocking.
    BOOST_REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    BOOST_TEST(has(fault_of_file(directory / "pipe"), "is not a regular file"));
}

BOOST_AUTO_TEST_CASE(a_credential_is_found_by_its_name) {
    const TempDirectory directory;
    ::unsetenv("CREDENTIALS_DIRECTORY");
    BOOST_TEST(!credential_file("admin-token"));
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    BOOST_TEST(!credential_file("admin-token"));
    std::ofstream(directory / "admin-token") << good;
    BOOST_CHECK(credential_file("admin-token") == directory / "admin-token");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

BOOST_AUTO_TEST_CASE(a_variable_is_removed_from_the_environment) {
    const char* const name = "THREATATLAS_ADMIN_TOKEN";
    BOOST_TEST(take_from_environment(name) == "");
    ::setenv(name, good.c_str(), 1);
    const char* const value = std::getenv(name);
    BOOST_TEST(take_from_environment(name) == good);
    BOOST_TEST(std::getenv(name) == nullptr);
    // The value is overwritten as well, because other processes can read the memory of the
    // environment.
    BOOST_TEST(*value == '\0');
}

BOOST_AUTO_TEST_SUITE_END()
