#define BOOST_TEST_MODULE conditional
#include "http/conditional.hpp"

#include <boost/test/unit_test.hpp>

#include "http/problem.hpp"

using namespace threatatlas;

namespace {

httplib::Request with(const std::string& name, const std::string& value) {
    httplib::Request request;
    request.headers.emplace(name, value);
    return request;
}

}  // namespace

BOOST_AUTO_TEST_CASE(if_none_match_compares_weakly) {
    const std::string tag = gate_tag(17);
    BOOST_TEST(tag.starts_with("W/\""));
    const std::string strong = tag.substr(2);
    for (const std::string& value :
         {tag, strong, std::string("*"), std::string(" * "), "\"x\", " + tag, tag + ",\"y\"",
          "W/\"a\" , " + strong + " "}) {
        BOOST_TEST(names_tag(with("If-None-Match", value), tag), value);
    }
    for (const std::string& value :
         {std::string(""), std::string("\"1-18\""), std::string("17"), std::string("**"),
          strong.substr(1), tag + " " + tag, std::string("w/\"1-17\"")}) {
        BOOST_TEST(!names_tag(with("If-None-Match", value), tag), value);
    }
    BOOST_TEST(!names_tag(httplib::Request(), tag));
}

BOOST_AUTO_TEST_CASE(another_position_is_another_tag) {
    BOOST_TEST(gate_tag(17) != gate_tag(18));
    BOOST_TEST(version_tag(3) == "\"3\"");
}

BOOST_AUTO_TEST_CASE(answers_304_with_the_tag_and_nothing_else) {
    httplib::Response response;
    BOOST_TEST(answered_not_modified(with("If-None-Match", "\"3\""), response, version_tag(3)));
    BOOST_TEST(response.status == 304);
    BOOST_TEST(response.get_header_value("ETag") == "\"3\"");
    BOOST_TEST(response.body.empty());
}

BOOST_AUTO_TEST_CASE(if_match_reads_versions) {
    BOOST_TEST(!read_if_match(httplib::Request()));
    const auto one = read_if_match(with("If-Match", "\"17\"")).value();
    BOOST_TEST(!one.any);
    BOOST_TEST(one.versions == std::vector<std::uint64_t>{17}, boost::test_tools::per_element());
    const auto several = read_if_match(with("If-Match", "\"1\", \"2\" ,\"x\"")).value();
    const std::vector<std::uint64_t> expected{1, 2};
    BOOST_TEST(several.versions == expected, boost::test_tools::per_element());
    BOOST_TEST(read_if_match(with("If-Match", "*")).value().any);
}

BOOST_AUTO_TEST_CASE(a_weak_tag_never_matches_strongly) {
    const auto condition = read_if_match(with("If-Match", "W/\"17\"")).value();
    BOOST_TEST(!condition.any);
    BOOST_TEST(condition.versions.empty());
}

BOOST_AUTO_TEST_CASE(if_match_of_another_form_is_refused) {
    for (const char* value : {"", "17", "\"17", "17\"", "* , \"1\"", "\"1\" \"2\"", "abc"}) {
        BOOST_CHECK_EXCEPTION(read_if_match(with("If-Match", value)), Rejection,
                              [](const Rejection& rejection) {
                                  return rejection.problem().status == 422 &&
                                         rejection.problem().errors.at(0).name == "If-Match";
                              });
    }
}

BOOST_AUTO_TEST_CASE(a_write_takes_if_none_match_only_as_an_asterisk) {
    BOOST_TEST(!reads_only_if_absent(httplib::Request()));
    BOOST_TEST(reads_only_if_absent(with("If-None-Match", "*")));
    BOOST_TEST(reads_only_if_absent(with("if-none-match", " * ")));
    for (const char* value : {"\"1\"", "W/\"1\"", "\"1\", \"2\"", "", "1", "* , \"1\""}) {
        BOOST_CHECK_EXCEPTION(reads_only_if_absent(with("If-None-Match", value)), Rejection,
                              [](const Rejection& rejection) {
                                  return rejection.problem().status == 422 &&
                                         rejection.problem().errors.at(0).name == "If-None-Match";
                              });
    }
    // The server gives no dates, so conditions on them are ignored.
    BOOST_TEST(!reads_only_if_absent(with("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT")));
}
