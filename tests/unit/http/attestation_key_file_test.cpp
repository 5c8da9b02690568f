#include <fstream>

#include <boost/test/unit_test.hpp>

#include "http/ops/attestation_key.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(attestation_key_file_test)

using namespace threatatlas;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct KeyFixture {
    tlog::AttestationKey open(const fs::path& given = {}) {
        return ops::open_attestation_key(*store, given, log);
    }
    // The message of a refusal, which never contains a part of the key.
    std::string fault_of(const std::string& content) {
        std::ofstream(file, std::ios::binary) << content;
        try {
            open();
        } catch (const store::StoreRefused& refused) {
            BOOST_TEST(content_of(file) == content);
            return refused.what();
        }
        return "";
    }

    TempDirectory directory;
    std::unique_ptr<store::Store> store = store::Store::open(directory / "data", {.create = true});
    fs::path file = directory / "data" / "attestation-key";
    std::string log_text;
    ops::Log log{[] { return base::Instant{}; },
                 [this](std::string_view line) { log_text += line; }};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(attestation_key_file, KeyFixture)

BOOST_AUTO_TEST_CASE(a_key_is_created_for_its_owner_alone) {
    const tlog::AttestationKey key = open();
    BOOST_CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    BOOST_TEST(content_of(file) == key.private_key_pem());
    BOOST_TEST(log_text.find(file.string()) != std::string::npos);
    BOOST_TEST(log_text.find(key.key_id()) != std::string::npos);
    const std::string private_key = key.private_key_pem();
    const std::size_t begin = private_key.find('\n') + 1;
    BOOST_TEST(log_text.find(private_key.substr(begin, 16)) == std::string::npos);
    BOOST_TEST(log_text.find("PRIVATE KEY") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_is_kept) {
    const std::string key_id = open().key_id();
    log_text.clear();
    BOOST_TEST(open().key_id() == key_id);
    BOOST_TEST(log_text == "");
}

BOOST_AUTO_TEST_CASE(a_lost_key_is_replaced_by_a_new_one) {
    const std::string key_id = open().key_id();
    fs::remove(file);
    log_text.clear();
    const std::string new_id = open().key_id();
    BOOST_TEST(new_id != key_id);
    BOOST_TEST(log_text.find(R"("event":"attestation_key")") != std::string::npos);
    BOOST_TEST(log_text.find(new_id) != std::string::npos);
}

// A file that exists is never overwritten.
BOOST_AUTO_TEST_CASE(what_is_not_a_key_is_refused) {
    BOOST_TEST(fault_of("").find("cannot be read") != std::string::npos);
    const std::string log_key = "PRIVATE+KEY+example.com/threats+01234567+c2VjcmV0\n";
    const std::string fault = fault_of(log_key);
    BOOST_TEST(fault.find(file.string()) != std::string::npos);
    BOOST_TEST(fault.find("it is not an unencrypted private key in PEM") != std::string::npos);
    BOOST_TEST(fault.find("c2VjcmV0") == std::string::npos);
    BOOST_TEST(log_text == "");
}

BOOST_AUTO_TEST_CASE(another_file_is_read_and_never_created) {
    const fs::path given = directory / "given.pem";
    BOOST_CHECK_THROW(open(given), store::StoreRefused);
    BOOST_TEST(!fs::exists(given));
    const tlog::AttestationKey key = tlog::AttestationKey::generate();
    std::ofstream(given) << key.private_key_pem();
    BOOST_TEST(open(given).key_id() == key.key_id());
    BOOST_TEST(!fs::exists(file));
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()
