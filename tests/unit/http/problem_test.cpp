#include "http/net/problem.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(problem_test)

using namespace threatatlas;
using namespace threatatlas::net;

BOOST_AUTO_TEST_CASE(a_problem_without_errors_has_four_members_in_order) {
    BOOST_TEST(to_json({.status = 404, .detail = "There is no product 7."}) ==
               R"({"type":"about:blank","title":"Not Found","status":404,)"
               R"("detail":"There is no product 7."})");
}

BOOST_AUTO_TEST_CASE(each_error_names_its_place_first) {
    const Problem problem{.status = 422,
                          .detail = "Mend the marked fields.",
                          .errors = {{ProblemError::Place::pointer, "/17/data/severity", "a"},
                                     {ProblemError::Place::parameter, "as_of", "b"},
                                     {ProblemError::Place::header, "Idempotency-Key", "c"}}};
    BOOST_TEST(to_json(problem) ==
               R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
               R"("detail":"Mend the marked fields.","errors":[)"
               R"({"pointer":"/17/data/severity","detail":"a"},)"
               R"({"parameter":"as_of","detail":"b"},)"
               R"({"header":"Idempotency-Key","detail":"c"}]})");
}

BOOST_AUTO_TEST_CASE(a_single_error_is_still_an_array_of_objects) {
    const auto document = nlohmann::json::parse(
        to_json({.status = 422,
                 .detail = "x",
                 .errors = {{ProblemError::Place::parameter, "min_threats", "y"}}}));
    BOOST_REQUIRE(document["errors"].is_array());
    BOOST_TEST(document["errors"][0]["parameter"].get<std::string>() == "min_threats");
}

BOOST_AUTO_TEST_CASE(outside_text_cannot_break_the_document) {
    const std::string text("quote \" backslash \\ nul \0 newline \n end \x1f", 42);
    const auto document = nlohmann::json::parse(to_json({.status = 400, .detail = text}));
    BOOST_TEST(document["detail"].get<std::string>() == text);

    const auto broken = nlohmann::json::parse(to_json({.status = 400, .detail = "a\xff\xfe z"}));
    BOOST_TEST(broken["detail"].get<std::string>() == "a\xef\xbf\xbd\xef\xbf\xbd z");
}

BOOST_AUTO_TEST_CASE(every_status_of_the_contract_has_a_title) {
    for (const int status : {400, 401, 403, 404, 405, 408, 409, 411, 412, 413,
                             414, 415, 417, 422, 429, 431, 500, 501, 503, 505}) {
        BOOST_TEST(status_title(status) != "Unknown Status", "status " << status);
    }
    BOOST_TEST(status_title(299) == "Unknown Status");
}

BOOST_AUTO_TEST_CASE(a_rejection_carries_its_problem) {
    try {
        throw Rejection({.status = 405, .detail = "Use GET.", .headers = {{"Allow", "GET"}}});
    } catch (const Rejection& rejection) {
        BOOST_TEST(rejection.problem().status == 405);
        BOOST_TEST(rejection.problem().headers.at(0).second == "GET");
        BOOST_TEST(rejection.what() == "Use GET.");
    }
}

BOOST_AUTO_TEST_SUITE_END()
