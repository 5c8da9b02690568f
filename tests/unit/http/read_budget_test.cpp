// The memory budget of long reads: grants, and requests that wait.

#include "http/api/read_budget.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(read_budget_test)

using namespace threatatlas;
using namespace threatatlas::api;

namespace {

constexpr std::size_t whole = 1'600;
constexpr std::size_t small_part = whole / 4;
constexpr std::size_t large_part = whole - small_part;
constexpr std::size_t small_share = whole / 16;
constexpr std::size_t waiting_max = 4;

using Share = std::shared_ptr<ReadBudget::Share>;

struct Desk {
    ReadBudget budget{whole, waiting_max};
    std::vector<std::pair<TokenId, Share>> granted;

    bool ask(TokenId token, std::size_t bytes, bool is_awaited = true) {
        return budget.ask(
            {.token = token,
             .bytes = bytes,
             .granted = [this,
                         token](Share share) { granted.emplace_back(token, std::move(share)); },
             .is_awaited = [is_awaited] { return is_awaited; }});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(read_budget, Desk)

BOOST_AUTO_TEST_CASE(large_reads_leave_a_part_to_small_ones) {
    BOOST_TEST(budget.share_max() == large_part);
    const Share all = budget.take(1, large_part);
    BOOST_TEST_REQUIRE((all != nullptr));
    BOOST_TEST((budget.take(2, small_share + 1) == nullptr));
    std::vector<Share> shares;
    for (TokenId token = 2; token < 2 + small_part / small_share; ++token) {
        shares.push_back(budget.take(token, small_share));
        BOOST_TEST((shares.back() != nullptr));
    }
    BOOST_TEST((budget.take(100, small_share) == nullptr));
    BOOST_TEST(budget.use().bytes == whole);
    shares.clear();
    BOOST_TEST(budget.use().bytes == large_part);
}

BOOST_AUTO_TEST_CASE(several_reads_of_one_token_get_at_most_half) {
    const Share first = budget.take(1, large_part / 2);
    BOOST_TEST((budget.take(1, small_share + 1) == nullptr));
    BOOST_TEST_REQUIRE(ask(1, small_share + 1));
    // Other owners need not wait for this request.
    const Share other = budget.take(2, large_part / 2);
    BOOST_TEST((other != nullptr));
    BOOST_TEST(granted.empty());
    BOOST_TEST(budget.use().waiting == 1U);
}

BOOST_AUTO_TEST_CASE(waiting_reads_are_served_in_order) {
    Share all = budget.take(1, large_part);
    BOOST_TEST(ask(2, large_part / 2));
    BOOST_TEST(ask(3, large_part));
    BOOST_TEST(ask(4, small_share + 1));
    BOOST_TEST(granted.empty());
    all = nullptr;
    // The last request would fit now, but must not starve the one before it.
    BOOST_TEST_REQUIRE(granted.size() == 1U);
    BOOST_TEST(granted[0].first == 2U);
    BOOST_TEST((budget.take(5, small_share + 1) == nullptr));
    granted[0].second = nullptr;
    BOOST_TEST_REQUIRE(granted.size() == 2U);
    BOOST_TEST(granted[1].first == 3U);
    granted[1].second = nullptr;
    BOOST_TEST_REQUIRE(granted.size() == 3U);
    BOOST_TEST(granted[2].first == 4U);
    BOOST_TEST(budget.use().waiting == 0U);
    granted.clear();
    BOOST_TEST(budget.use().bytes == 0U);
}

BOOST_AUTO_TEST_CASE(a_share_grows_only_into_free_memory) {
    const Share first = budget.take(1, 10);
    const Share second = budget.take(2, large_part - 100);
    BOOST_TEST(first->grow(small_share));
    BOOST_TEST(!first->grow(small_share + 1));
    BOOST_TEST(first->bytes() == small_share);
    second->shrink(large_part / 2);
    BOOST_TEST(first->grow(large_part / 2));
    BOOST_TEST(budget.use().bytes == large_part);
    first->shrink(10);
    BOOST_TEST(budget.use().bytes == large_part / 2 + 10);
    // The only share left may take all of the memory.
    second->shrink(0);
    BOOST_TEST(first->grow(large_part));
    BOOST_TEST(!first->grow(large_part + 1));
}

BOOST_AUTO_TEST_CASE(reads_beyond_the_queue_are_refused_unless_others_have_gone) {
    const Share all = budget.take(1, large_part);
    for (std::size_t i = 0; i + 1 < waiting_max; ++i) {
        BOOST_TEST(ask(2, large_part));
    }
    BOOST_TEST(ask(2, large_part, false));
    BOOST_TEST(ask(3, large_part));
    BOOST_TEST(!ask(4, large_part));
    BOOST_TEST(budget.use().waiting == waiting_max);
    budget.finish();
    BOOST_TEST(budget.use().waiting == 0U);
    BOOST_TEST(!ask(4, 1));
    BOOST_TEST((budget.take(4, 1) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
