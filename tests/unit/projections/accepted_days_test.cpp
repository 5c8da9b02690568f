#include "projections/accepted_days.hpp"

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "support/random.hpp"

BOOST_AUTO_TEST_SUITE(accepted_days_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::projections;
using namespace threatatlas::testing;

namespace {

Day day_at(std::uint64_t number) {
    return Day{std::chrono::days{static_cast<int>(number)}};
}

using Model = std::map<Day, std::set<AcceptanceId>>;

void require_equal(const AcceptedDays& days, const Model& wanted) {
    BOOST_REQUIRE(days.size() == wanted.size());
    BOOST_REQUIRE(days.empty() == wanted.empty());
    auto expected = wanted.begin();
    for (const AcceptedDay& day : days) {
        BOOST_REQUIRE(day.last_day == expected->first);
        const auto ids = days.in_force(day);
        BOOST_REQUIRE(std::vector(ids.begin(), ids.end()) ==
                      std::vector(expected->second.begin(), expected->second.end()));
        BOOST_REQUIRE(day.in_force.size() == ids.size());
        BOOST_REQUIRE(day.in_force.empty() == ids.empty());
        ++expected;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_changes_give_the_same_as_a_map_of_sets) {
    Random random(test_seed());
    AcceptedDays days;
    Model wanted;
    for (auto round = test_rounds(20'000); round > 0; --round) {
        const Day last_day = day_at(random.below(12));
        const AcceptanceId id = random.between(1, 20);
        AcceptedDay* const day = days.find(last_day);
        BOOST_REQUIRE((day != nullptr) == wanted.contains(last_day));
        if (random.chance(2)) {
            days.remove_before(last_day);
            wanted.erase(wanted.begin(), wanted.lower_bound(last_day));
        } else if (day == nullptr || random.chance(10)) {
            BOOST_REQUIRE(days.add(last_day).last_day == last_day);
            wanted[last_day];
        } else if (random.chance(10)) {
            days.remove(*day);
            wanted.erase(last_day);
        } else if (wanted[last_day].erase(id) > 0) {
            days.remove_in_force(*day, id);
        } else {
            days.add_in_force(*day, id);
            wanted[last_day].insert(id);
        }
        require_equal(days, wanted);
    }
}

BOOST_AUTO_TEST_SUITE_END()
