// Random histories of files and of people's changes: plan_import() does what its slow twin does.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/random.hpp"
#include "unit/import/model_files.hpp"
#include "unit/import/plan_product.hpp"
#include "unit/import/plan_twin.hpp"
#include "unit/import/random_edits.hpp"

BOOST_AUTO_TEST_SUITE(plan_random_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;

namespace {

std::vector<std::string> lines_of(const TwinObject& object) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : object.fields) {
        lines.push_back(name + ": " + value);
    }
    return lines;
}

void check_same(const TwinProduct& found, const TwinProduct& expected) {
    BOOST_TEST((found.last_ids == expected.last_ids));
    for (std::size_t kind = 0; kind < 2; ++kind) {
        BOOST_TEST(found.objects[kind].size() == expected.objects[kind].size());
        for (const auto& [id, object] : expected.objects[kind]) {
            const auto same = found.objects[kind].find(id);
            BOOST_REQUIRE(same != found.objects[kind].end());
            check_equal(lines_of(same->second), lines_of(object));
            BOOST_TEST((same->second.scope == object.scope));
        }
    }
}

void check_same(const ImportPlan& found, const TwinPlan& expected) {
    check_equal(shown(found.added), expected.added);
    check_equal(shown(found.changed), expected.changed);
    check_equal(shown(found.removed), expected.removed);
    check_equal(shown(found.missing), expected.missing);
    check_equal(shown(found.conflicts), expected.conflicts);
    BOOST_TEST(found.unchanged == expected.unchanged);
}

// Three sources and people change one product. The third is a download.
void play_history(std::uint64_t seed, std::set<std::string>& used_rules) {
    Random random(seed);
    PlanProduct product;
    PlanTwin twin;
    RandomPeople people(random, product);
    std::map<std::string, RandomFile> files;
    files.emplace("first", RandomFile(random, false));
    files.emplace("second", RandomFile(random, false));
    files.emplace("third", RandomFile(random, true));
    for (auto round = threatatlas::testing::test_rounds(40); round > 0; --round) {
        const auto chosen = std::next(files.begin(), static_cast<std::ptrdiff_t>(random.below(3)));
        const std::string& source = chosen->first;
        people.edit();
        chosen->second.edit();
        const ImportedModel file = chosen->second.model();
        const PlanOptions options{source, static_cast<MissingObjects>(random.below(3))};

        const TwinPlan expected = twin.import(file, product, options);
        const ImportPlan plan = plan_import(file, product.current(source), options);
        product.apply(source, plan);
        check_same(plan, expected);
        check_same(twin_of(product), expected.after);

        const ImportPlan again = plan_import(file, product.current(source), options);
        BOOST_TEST(again.events.empty());
        BOOST_TEST(again.seen_threats.empty());
        BOOST_TEST(again.seen_mitigations.empty());
        BOOST_TEST(again.conflicts.empty());
    }
    used_rules.insert(twin.used_rules().begin(), twin.used_rules().end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plan_equals_that_of_the_slow_twin) {
    constexpr std::size_t rules = 112;  // of both kinds, with one for each field
    const std::uint64_t seed = threatatlas::testing::test_seed();
    std::set<std::string> used_rules;
    // Some rules are needed rarely: a few histories may do without.
    for (std::uint64_t history = 0; history < 50 || (history < 2'000 && used_rules.size() < rules);
         ++history) {
        BOOST_TEST_CONTEXT("history " << history) {
            play_history(seed + history, used_rules);
        }
    }
    BOOST_TEST(used_rules.size() == rules);
}

BOOST_AUTO_TEST_SUITE_END()
