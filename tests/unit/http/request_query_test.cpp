#include "http/api/request_query.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(request_query_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::net;

namespace {

RequestQuery read(std::string_view raw) {
    return RequestQuery(raw, {"as_of", "limit", "fail_on_critical", "types"});
}

// The parameter named by the 422; "none" if nothing was thrown.
std::string refused(const std::function<void()>& run, std::string_view says = {}) {
    try {
        run();
    } catch (const Rejection& rejection) {
        const Problem& problem = rejection.problem();
        BOOST_TEST(problem.status == 422);
        BOOST_REQUIRE(problem.errors.size() == 1);
        BOOST_TEST((problem.errors[0].place == ProblemError::Place::parameter));
        BOOST_TEST(problem.errors[0].detail.find(says) != std::string::npos,
                   problem.errors[0].detail);
        return problem.errors[0].name;
    }
    return "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(decodes_values) {
    const RequestQuery query = read("as_of=2026-03-31T12%3A00%3a00%2B02%3A00&types=a+b&limit=");
    BOOST_TEST(query.text("as_of").value() == "2026-03-31T12:00:00+02:00");
    BOOST_TEST(query.text("types").value() == "a b");
    BOOST_TEST(query.text("limit").value() == "");
    BOOST_TEST(!query.text("fail_on_critical"));
}

BOOST_AUTO_TEST_CASE(decodes_names) {
    BOOST_TEST(read("as%5Fof=x").text("as_of").value() == "x");
    BOOST_TEST(refused([] { read("as_of=1&as%5fof=2"); }, "twice") == "as_of");
}

BOOST_AUTO_TEST_CASE(a_first_value_needs_no_known_parameters) {
    BOOST_TEST(first_value("a=1&token=x&token=y", "token") == "x");
    BOOST_TEST(first_value("tok%65n=%78", "token") == "x");
    for (const char* raw : {"", "token", "token=", "a=token", "xtoken=x", "token=%", "&&&", "=x"}) {
        BOOST_TEST(first_value(raw, "token") == "", raw);
    }
}

BOOST_AUTO_TEST_CASE(empty_parts_are_ignored) {
    BOOST_TEST(!read("").has("as_of"));
    BOOST_TEST(read("&&as_of=1&").text("as_of").value() == "1");
    BOOST_TEST(read("as_of").text("as_of").value() == "");
    BOOST_TEST(read("as_of=a=b").text("as_of").value() == "a=b");
}

BOOST_AUTO_TEST_CASE(refuses_unknown_parameters) {
    BOOST_TEST(refused([] { read("fail_on_crtical=true"); }, "Did you mean fail_on_critical?") ==
               "fail_on_crtical");
    BOOST_TEST(refused([] { read("color=red"); }, "Its parameters: as_of, limit") == "color");
    BOOST_TEST(refused([] { read("=x"); }) == "");
    BOOST_TEST(refused([] { RequestQuery("x=1", {}); }, "has no parameters") == "x");
    BOOST_TEST(refused([] { read("AS_OF=1"); }) == "AS_OF");
    BOOST_TEST(refused([] { read("a%zzof=1"); }) == "a%zzof");
}

BOOST_AUTO_TEST_CASE(refuses_repeated_parameters) {
    BOOST_TEST(refused([] { read("limit=1&as_of=x&limit=1"); }, "twice") == "limit");
}

BOOST_AUTO_TEST_CASE(refuses_a_broken_encoding) {
    for (const char* raw : {"as_of=%", "as_of=%2", "as_of=%zz", "as_of=%2x", "as_of=a%"}) {
        BOOST_TEST(refused([raw] { read(raw); }, "%25") == "as_of", raw);
    }
}

BOOST_AUTO_TEST_CASE(reads_booleans_in_all_their_forms) {
    for (const char* yes : {"true", "1", "yes", "on", "TRUE", "Yes", "oN"}) {
        BOOST_TEST(read(std::string("fail_on_critical=") + yes).flag("fail_on_critical"), yes);
    }
    for (const char* no : {"false", "0", "no", "off", "FALSE"}) {
        BOOST_TEST(!read(std::string("fail_on_critical=") + no).flag("fail_on_critical"), no);
    }
    BOOST_TEST(!read("").flag("fail_on_critical"));
    for (const char* bad : {"", "2", "y", "tru", "true ", "+1"}) {
        const std::string raw = std::string("fail_on_critical=") + bad;
        BOOST_TEST(refused([&] { read(raw).flag("fail_on_critical"); }) == "fail_on_critical", raw);
    }
}

BOOST_AUTO_TEST_CASE(reads_numbers_within_their_range) {
    BOOST_TEST(read("limit=1").number("limit", 1, 10).value() == 1);
    BOOST_TEST(read("limit=10").number("limit", 1, 10).value() == 10);
    BOOST_TEST(!read("").number("limit", 1, 10));
    for (const char* bad :
         {"", "0", "11", "-1", "%2B1", "1.0", "1e1", "x", "1x", "0x1", "99999999999999999999"}) {
        const std::string raw = std::string("limit=") + bad;
        BOOST_TEST(refused([&] { static_cast<void>(read(raw).number("limit", 1, 10)); },
                           "from 1 to 10") == "limit",
                   raw);
    }
}

BOOST_AUTO_TEST_CASE(splits_lists) {
    const RequestQuery query = read("types=a,b%2Cc,");
    const auto parts = query.list("types");
    const std::vector<std::string_view> expected{"a", "b", "c", ""};
    BOOST_TEST(parts == expected, boost::test_tools::per_element());
    BOOST_TEST(query.list("limit").empty());
}

BOOST_AUTO_TEST_CASE(a_link_keeps_the_other_parameters) {
    const RequestQuery query = read("types=a%26b,c&limit=5");
    BOOST_TEST(query.with("limit", "6") == "?types=a%26b%2Cc&limit=6");
    BOOST_TEST(read("").with("limit", "6") == "?limit=6");
    // The link preserves the values of the query.
    const std::string linked = query.with("limit", "5").substr(1);
    BOOST_TEST(read(linked).text("types").value() == "a&b,c");
}

BOOST_AUTO_TEST_CASE(too_many_parameters_are_refused_before_they_cost_anything) {
    std::string raw;
    for (int i = 0; i < 1'000; ++i) {
        raw += "types=x&";
    }
    BOOST_TEST(refused([&] { read(raw); }) == "types");
}

BOOST_AUTO_TEST_SUITE_END()
