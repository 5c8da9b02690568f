#include "base/uuid.hpp"

#include <array>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(uuid_test)

using namespace threatatlas;
using namespace threatatlas::base;

namespace {

std::array<std::byte, uuid_random_bytes> bytes_of(std::uint8_t value) {
    std::array<std::byte, uuid_random_bytes> bytes{};
    bytes.fill(static_cast<std::byte>(value));
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_random_bits_are_in_the_last_two_groups) {
    BOOST_TEST(random_bits_of("019352a4-0000-7000-8123-456789abcdef") == 0x8123456789abcdefU);
    BOOST_TEST(random_bits_of("ffffffff-ffff-7fff-bfff-ffffffffffff") == 0xbfffffffffffffffU);
    BOOST_TEST(random_bits_of("") == 0U);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_standard) {
    // RFC 9562 appendix A.6: 2022-02-22T19:22:22Z, rand_a CC3, rand_b 18C4DC0C0C07398F.
    constexpr std::array<std::uint8_t, uuid_random_bytes> given{0x0C, 0xC3, 0x18, 0xC4, 0xDC,
                                                                0x0C, 0x0C, 0x07, 0x39, 0x8F};
    std::array<std::byte, uuid_random_bytes> random{};
    for (std::size_t i = 0; i < given.size(); ++i) {
        random[i] = static_cast<std::byte>(given[i]);
    }
    const Instant instant{std::chrono::milliseconds{1'645'557'742'000}};
    BOOST_TEST(make_uuid_v7(instant, random) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

BOOST_AUTO_TEST_CASE(version_and_variant_do_not_depend_on_the_random_bits) {
    const Instant instant{std::chrono::microseconds{1'999}};
    BOOST_TEST(make_uuid_v7(instant, bytes_of(0x00)) == "00000000-0001-7000-8000-000000000000");
    BOOST_TEST(make_uuid_v7(instant, bytes_of(0xFF)) == "00000000-0001-7fff-bfff-ffffffffffff");
    BOOST_TEST(is_uuid_v7(make_uuid_v7(instant, bytes_of(0x00))));
    BOOST_TEST(is_uuid_v7(make_uuid_v7(instant, bytes_of(0xFF))));
}

BOOST_AUTO_TEST_CASE(uuids_sort_by_time) {
    const Instant earlier{std::chrono::milliseconds{1'795'446'759'659}};
    const Instant later = earlier + std::chrono::milliseconds{1};
    BOOST_TEST(make_uuid_v7(earlier, bytes_of(0xFF)) < make_uuid_v7(later, bytes_of(0x00)));
}

BOOST_AUTO_TEST_CASE(other_forms_are_refused) {
    BOOST_TEST(is_uuid_v7("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    for (const std::string_view text :
         {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
          "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
          "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", "017f22e2-79b0-7cc3-78c4-dc0c0c07398f",
          "017f22e2079b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
          "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"}) {
        BOOST_TEST(!is_uuid_v7(text), "took " << text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
