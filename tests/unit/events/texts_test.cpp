// Compares an object's texts in one shared block of memory with separate strings.

#include <boost/test/unit_test.hpp>

#include "events/event.hpp"
#include "support/random.hpp"

BOOST_AUTO_TEST_SUITE(texts_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

using Twin = std::array<std::string, threat_field_count>;

std::string random_text(Random& random) {
    return std::string(random.chance(30) ? 0 : random.below(40),
                       static_cast<char>('a' + random.below(26)));
}

bool are_same(const ThreatTexts& texts, const Twin& twin) {
    for (std::size_t i = 0; i < twin.size(); ++i) {
        if (texts.at(i) != twin[i] || texts[static_cast<ThreatField>(i)] != twin[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_can_be_set_in_any_order) {
    Random random(test_seed());
    for (auto round = test_rounds(1'000); round > 0; --round) {
        ThreatTexts texts;
        Twin twin;
        for (int i = 0; i < 30; ++i) {
            const std::size_t field = random.below(twin.size());
            const std::string text = random_text(random);
            texts.set_at(field, text);
            twin[field] = text;
            BOOST_REQUIRE(are_same(texts, twin));
        }
        ThreatTexts in_order;
        for (std::size_t i = 0; i < twin.size(); ++i) {
            in_order.set_at(i, twin[i]);
        }
        BOOST_REQUIRE((in_order == texts));
        in_order.set(ThreatField::external_id, twin.back() + "x");
        BOOST_REQUIRE((in_order != texts));
    }
}

// The same bytes, split differently.
BOOST_AUTO_TEST_CASE(equality_depends_on_the_boundaries) {
    BOOST_TEST((ThreatTexts{{"ab", "c"}} != ThreatTexts{{"a", "bc"}}));
    BOOST_TEST((ThreatTexts{{"ab"}} != ThreatTexts{{"", "ab"}}));
    BOOST_TEST((ThreatTexts{{"ab", "c"}} == ThreatTexts{{"ab", "c"}}));
}

BOOST_AUTO_TEST_CASE(a_text_may_be_set_from_another_one) {
    ThreatTexts texts{{"name", std::string(100, 'd'), "category"}};
    texts.set(ThreatField::comments, texts[ThreatField::description]);
    texts.set(ThreatField::name, texts[ThreatField::category]);
    texts.set(ThreatField::category, texts[ThreatField::category].substr(3));
    BOOST_TEST(texts[ThreatField::name] == "category");
    BOOST_TEST(texts[ThreatField::description] == std::string(100, 'd'));
    BOOST_TEST(texts[ThreatField::category] == "egory");
    BOOST_TEST(texts[ThreatField::comments] == std::string(100, 'd'));
}

BOOST_AUTO_TEST_CASE(a_moved_from_object_is_empty_and_usable) {
    ThreatTexts texts{{"name", "description"}};
    const ThreatTexts taken = std::move(texts);
    BOOST_TEST(taken[ThreatField::description] == "description");
    BOOST_TEST((texts == ThreatTexts()));
    BOOST_TEST(texts[ThreatField::description] == "");
    texts.set(ThreatField::description, "again");
    BOOST_TEST(texts[ThreatField::name] == "");
    BOOST_TEST(texts[ThreatField::description] == "again");
}

BOOST_AUTO_TEST_CASE(changes_set_clear_or_keep) {
    ThreatTexts texts{{"name", "description", "category"}};
    ThreatChanges changes;
    BOOST_TEST(changes.empty());
    changes.set(ThreatField::description, "");
    changes.set(ThreatField::category, "another");
    BOOST_TEST(!changes.empty());
    changes.apply_to(texts);
    BOOST_TEST((texts == ThreatTexts{{"name", "", "another"}}));
}

// A model keeps a copy of the texts for every moment that it represents.
BOOST_AUTO_TEST_CASE(copies_share_memory_until_one_changes) {
    Random random(test_seed());
    for (auto round = test_rounds(200); round > 0; --round) {
        ThreatTexts texts{{"name", random_text(random), random_text(random)}};
        const ThreatTexts copy = texts;
        BOOST_REQUIRE(copy.are_shared_with(texts));
        const std::size_t field = random.below(ThreatTexts::size());
        const std::string before(texts.at(field));
        texts.set_at(field, before + "x");
        BOOST_REQUIRE(!copy.are_shared_with(texts));
        BOOST_REQUIRE(copy.at(field) == before);
        BOOST_REQUIRE(texts.at(field) == before + "x");
        BOOST_REQUIRE(copy.at(0) == "name");
        texts = copy;
        BOOST_REQUIRE((texts == copy && copy.are_shared_with(texts)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
