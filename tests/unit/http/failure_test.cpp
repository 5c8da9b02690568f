// Failures: what the response tells a client, and what only the log contains.

#include "http/api/failure.hpp"

#include <boost/test/unit_test.hpp>

#include "events/store/store.hpp"
#include "http/ops/service_limits.hpp"

BOOST_AUTO_TEST_SUITE(failure_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::store;

namespace {

struct Told {
    template <class Error>
    Problem of(const Error& error) {
        return to_problem(std::make_exception_ptr(error), log, read_errors);
    }
    bool is_logged(std::string_view text) const { return logged.find(text) != std::string::npos; }

    Instant now{};
    ReadErrors read_errors{[this] { return now; }};
    std::string logged;
    const Log log{[] { return Instant{}; }, [this](std::string_view line) { logged += line; }};
};

std::string header(const Problem& problem, std::string_view name) {
    for (const auto& [key, value] : problem.headers) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(failures, Told)

BOOST_AUTO_TEST_CASE(each_refusal_has_its_status) {
    const std::vector<std::pair<RefusalKind, int>> statuses{{RefusalKind::malformed, 400},
                                                            {RefusalKind::unauthorized, 401},
                                                            {RefusalKind::not_found, 404},
                                                            {RefusalKind::conflict, 409},
                                                            {RefusalKind::precondition_failed, 412},
                                                            {RefusalKind::unacceptable, 422},
                                                            {RefusalKind::busy, 503},
                                                            {RefusalKind::storage_failing, 503}};
    for (const auto& [kind, status] : statuses) {
        const Problem problem = of(Refusal(kind, "What to do."));
        BOOST_TEST(problem.status == status);
        BOOST_TEST(header(problem, "Retry-After").empty() == (status != 503));
        BOOST_TEST(header(problem, "WWW-Authenticate").empty() == (status != 401));
        BOOST_TEST((problem.detail == "What to do.") == (status != 401));
    }
    BOOST_TEST(logged == "");
}

BOOST_AUTO_TEST_CASE(the_places_of_errors_are_kept) {
    const Problem problem = of(Refusal(RefusalKind::unacceptable, "Look here.",
                                       {{FieldError::Where::pointer, "/name", "too long"},
                                        {FieldError::Where::parameter, "reason", "empty"},
                                        {FieldError::Where::header, "If-Match", "unknown"}}));
    BOOST_TEST_REQUIRE(problem.errors.size() == 3U);
    BOOST_TEST((problem.errors[0].place == ProblemError::Place::pointer));
    BOOST_TEST(problem.errors[0].name == "/name");
    BOOST_TEST(problem.errors[0].detail == "too long");
    BOOST_TEST((problem.errors[1].place == ProblemError::Place::parameter));
    BOOST_TEST((problem.errors[2].place == ProblemError::Place::header));
}

BOOST_AUTO_TEST_CASE(a_rejection_is_reported_unchanged) {
    const Problem problem = of(Rejection({.status = 415, .detail = "Send JSON."}));
    BOOST_TEST(problem.status == 415);
    BOOST_TEST(problem.detail == "Send JSON.");
}

BOOST_AUTO_TEST_CASE(internal_faults_are_only_logged) {
    const std::string inner = "/var/lib/threatatlas/rocksdb/000012.sst: checksum mismatch";
    const Problem storage = of(StorageError(inner));
    BOOST_TEST(storage.status == 503);
    BOOST_TEST(!header(storage, "Retry-After").empty());
    const Problem unexpected = of(std::logic_error(inner));
    BOOST_TEST(unexpected.status == 500);
    BOOST_TEST(of(42).status == 500);
    for (const Problem& problem : {storage, unexpected}) {
        BOOST_TEST(problem.detail.find("sst") == std::string::npos);
        BOOST_TEST(problem.errors.empty());
    }
    BOOST_TEST(is_logged(R"("level":"error","event":"storage_error","detail":")" + inner));
    BOOST_TEST(is_logged(R"("level":"error","event":"internal_error","detail":")" + inner));
    BOOST_TEST(is_logged(R"("event":"internal_error"})"));
}

BOOST_AUTO_TEST_CASE(unreadable_data_is_remembered_for_a_while) {
    BOOST_TEST(!read_errors.is_recent());
    // These errors do not mean that stored data is unreadable, for example while the database is
    // being reopened.
    of(StorageError("the database is being opened again"));
    of(Refusal(RefusalKind::storage_failing, "Later."));
    of(std::logic_error("a slip"));
    BOOST_TEST(read_errors.count() == 0U);
    BOOST_TEST(!read_errors.is_recent());

    BOOST_TEST(of(ReadError("reading a row: Corruption")).status == 503);
    BOOST_TEST(is_logged(R"("event":"storage_error","detail":"reading a row: Corruption")"));
    BOOST_TEST(read_errors.count() == 1U);
    now += ops::limits::read_error_shown - std::chrono::seconds(1);
    BOOST_TEST(read_errors.is_recent());
    of(ReadError("reading a row: Corruption"));
    now += ops::limits::read_error_shown - std::chrono::microseconds(1);
    BOOST_TEST(read_errors.is_recent());
    now += std::chrono::microseconds(1);
    BOOST_TEST(!read_errors.is_recent());
    BOOST_TEST(read_errors.count() == 2U);
    of(ReadError("reading a row: Corruption"));
    now -= std::chrono::seconds(1);
    BOOST_TEST(!read_errors.is_recent());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
