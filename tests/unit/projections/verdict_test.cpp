#include "projections/verdict.hpp"

#include <limits>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "projections/posture.hpp"

BOOST_AUTO_TEST_SUITE(verdict_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::projections;
namespace data = boost::unit_test::data;

namespace {

Posture mitigated_of(std::uint64_t mitigated, std::uint64_t total) {
    Posture posture;
    posture.total_threats = total;
    posture.mitigated_threats = mitigated;
    return posture;
}

Verdict judge_ratio(const Posture& posture, std::string_view ratio) {
    Thresholds thresholds;
    thresholds.min_mitigation_ratio = parse_ratio(ratio).value();
    return judge(posture, thresholds);
}

struct RatioText {
    std::string_view text;
    std::uint64_t units;
};
std::ostream& operator<<(std::ostream& out, const RatioText& ratio) {
    return out << ratio.text;
}

constexpr std::uint64_t tenth = 10'000'000'000'000'000;

const std::vector<RatioText> good_ratios{
    {"0", 0},
    {"1", Ratio::one},
    {"0.0", 0},
    {".0", 0},
    {"0.7", 7 * tenth},
    {".7", 7 * tenth},
    {"0.70", 7 * tenth},
    {".70000000000000000", 7 * tenth},
    {"0.70000000000000000", 7 * tenth},
    {"0.12345678901234567", 12'345'678'901'234'567},
    {"0.00000000000000001", 1},
    {".00000000000000001", 1},
    {"0.99999999999999999", Ratio::one - 1},
    {"0.69999999999999996", 69'999'999'999'999'996},
    {"1.0", Ratio::one},
    {"1.00000000000000000", Ratio::one},
};

const std::vector<std::string_view> bad_ratios{
    "",
    " ",
    "0.7 ",
    " 0.7",
    "+0.7",
    "-0",
    "-0.1",
    "-.1",
    ".",
    "..7",
    "0.",
    "1.",
    "7e-1",
    ".7e0",
    "0.7f",
    "0,7",
    "70%",
    "2",
    "1.1",
    "1.00000000000000001",
    "0.0.1",
    "00.7",
    "01",
    "10",
    "NaN",
    "inf",
    "0x1",
    "0.123456789012345678",
    "0.700000000000000000",
    ".700000000000000000",
    "1.000000000000000000",
    "true",
    "0..7",
    "0.-7",
    "０.7",
};

struct Shown {
    std::uint64_t mitigated;
    std::uint64_t total;
    std::string_view two_decimals;
    std::string_view exact;
};
std::ostream& operator<<(std::ostream& out, const Shown& shown) {
    return out << shown.mitigated << '/' << shown.total;
}

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

const std::vector<Shown> shown_ratios{
    {0, 0, "1.00", "1"},
    {0, 1, "0.00", "0"},
    {1, 1, "1.00", "1"},
    {1, 2, "0.50", "0.5"},
    {19, 24, "0.79", "0.7916666666666666"},
    {2, 3, "0.66", "0.6666666666666666"},
    {199, 200, "0.99", "0.995"},
    {1, 100, "0.01", "0.01"},
    {1, 101, "0.00", "0.009900990099009901"},
    {29, 100, "0.29", "0.29"},
    {57, 100, "0.57", "0.57"},
    {999'999, 1'000'000, "0.99", "0.999999"},
    {most - 1, most, "0.99", "1"},
    {most, most, "1.00", "1"},
};

struct Held {
    std::uint64_t mitigated;
    std::uint64_t total;
    std::string_view ratio;
    bool pass;
};
std::ostream& operator<<(std::ostream& out, const Held& held) {
    return out << held.mitigated << '/' << held.total << " against " << held.ratio;
}

const std::vector<Held> held_ratios{
    {7, 10, "0.7", true},
    {699'999'999, 1'000'000'000, "0.7", false},
    {700'000'000, 1'000'000'000, "0.7", true},
    {29, 100, "0.29", true},
    {57, 100, "0.57", true},
    {1, 3, "0.333333333", true},
    {1, 3, "0.333333334", false},
    {2, 3, "0.666666667", false},
    {0, 5, "0", true},
    {0, 5, "0.000000001", false},
    {0, 0, "1", true},
    {4, 5, "1", false},
    {5, 5, "1", true},
    {most - 1, most, "1", false},
    {most, most, "1", true},
    {most / 2, most, "0.5", false},
    {most / 2 + 1, most, "0.5", true},
    {most - 1, most, "0.99999999999999999", true},
    {most - 1, most, "1.00000000000000000", false},
    {7, 10, ".7", true},
    {7, 10, "0.70000000000000001", false},
    {7, 10, "0.69999999999999999", true},
    {1, 3, "0.33333333333333333", true},
    {1, 3, "0.33333333333333334", false},
};

struct Sentence {
    std::uint64_t mitigated;
    std::uint64_t total;
    std::string_view ratio;
    std::string_view text;
};
std::ostream& operator<<(std::ostream& out, const Sentence& sentence) {
    return out << sentence.text;
}

const std::vector<Sentence> ratio_sentences{
    {19, 24, "0.8", "Mitigation ratio 19/24 (79.16%) is below required threshold 80%"},
    {1, 2, "0.7", "Mitigation ratio 1/2 (50%) is below required threshold 70%"},
    {1, 8, "0.125000001", "Mitigation ratio 1/8 (12.5%) is below required threshold 12.5000001%"},
    {0, 3, "0.123456789", "Mitigation ratio 0/3 (0%) is below required threshold 12.3456789%"},
    {1, 20'000, "0.000500000", "Mitigation ratio 1/20000 (0%) is below required threshold 0.05%"},
    {1, 10'000, "0.005", "Mitigation ratio 1/10000 (0.01%) is below required threshold 0.5%"},
    {99'999, 100'000, "1",
     "Mitigation ratio 99999/100000 (99.99%) is below required threshold 100%"},
    {0, 1, "0.000000001", "Mitigation ratio 0/1 (0%) is below required threshold 0.0000001%"},
    {1, 2, ".7", "Mitigation ratio 1/2 (50%) is below required threshold 70%"},
    {1, 2, "0.70000000000000001",
     "Mitigation ratio 1/2 (50%) is below required threshold 70.000000000000001%"},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_ratio_keeps_the_decimal_as_sent, data::make(good_ratios), ratio) {
    BOOST_REQUIRE(parse_ratio(ratio.text));
    BOOST_TEST(parse_ratio(ratio.text)->units == ratio.units);
}

BOOST_DATA_TEST_CASE(no_other_form_is_a_ratio, data::make(bad_ratios), text) {
    BOOST_TEST(!parse_ratio(text));
}

BOOST_AUTO_TEST_CASE(a_bool_has_eight_words_in_any_case) {
    for (const std::string_view text : {"true", "TRUE", "True", "1", "yes", "Yes", "on", "ON"}) {
        BOOST_TEST((parse_bool(text) == std::optional(true)), text);
    }
    for (const std::string_view text : {"false", "FALSE", "0", "no", "NO", "off", "oFf"}) {
        BOOST_TEST((parse_bool(text) == std::optional(false)), text);
    }
    for (const std::string_view text : {"", "t", "f", "y", "n", "2", "-1", "00", "true ", " true",
                                        "truee", "tru", "enabled", "null"}) {
        BOOST_TEST(!parse_bool(text), text);
    }
}

BOOST_DATA_TEST_CASE(a_shown_ratio_is_never_rounded_up, data::make(shown_ratios), shown) {
    const Posture posture = mitigated_of(shown.mitigated, shown.total);
    BOOST_TEST(shown_ratio(posture) == shown.two_decimals);
    BOOST_TEST(judge_ratio(posture, "0").conditions.at(0).actual == shown.exact);
}

BOOST_DATA_TEST_CASE(a_ratio_is_compared_as_exact_integers, data::make(held_ratios), held) {
    const Verdict verdict = judge_ratio(mitigated_of(held.mitigated, held.total), held.ratio);
    BOOST_TEST(verdict.pass == held.pass);
    BOOST_TEST(verdict.conditions.at(0).pass == held.pass);
    BOOST_TEST(verdict.failures.empty() == held.pass);
}

BOOST_DATA_TEST_CASE(a_missed_ratio_is_reported_in_percent, data::make(ratio_sentences), sentence) {
    const Verdict verdict =
        judge_ratio(mitigated_of(sentence.mitigated, sentence.total), sentence.ratio);
    BOOST_REQUIRE(verdict.failures.size() == 1);
    BOOST_TEST(verdict.failures[0] == sentence.text);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_ratio_has_no_trailing_zeros) {
    const Posture posture = mitigated_of(1, 1);
    BOOST_TEST(judge_ratio(posture, "0").conditions.at(0).limit == "0");
    BOOST_TEST(judge_ratio(posture, "1.000").conditions.at(0).limit == "1");
    BOOST_TEST(judge_ratio(posture, "0.70").conditions.at(0).limit == "0.7");
    BOOST_TEST(judge_ratio(posture, "0.000000001").conditions.at(0).limit == "0.000000001");
    BOOST_TEST(judge_ratio(posture, ".7").conditions.at(0).limit == "0.7");
    BOOST_TEST(judge_ratio(posture, "0.12345678901234567").conditions.at(0).limit ==
               "0.12345678901234567");
}

BOOST_AUTO_TEST_CASE(without_thresholds_the_verdict_passes) {
    Posture posture = mitigated_of(0, 9);
    posture.by_severity = {9, 0, 0, 0};
    posture.unmitigated = {9, 0, 0, 0};
    const Verdict verdict = judge(posture, Thresholds{});
    BOOST_TEST(verdict.pass);
    BOOST_TEST(verdict.failures.empty());
    BOOST_TEST(verdict.conditions.empty());
}

BOOST_AUTO_TEST_CASE(every_threshold_missed_gives_every_sentence_in_order) {
    Posture posture = mitigated_of(1, 4);
    posture.by_severity = {1, 1, 0, 0};
    posture.unscored = 2;
    posture.unmitigated = {1, 1, 0, 0};
    Thresholds thresholds;
    thresholds.fail_on_critical = true;
    thresholds.fail_on_unmitigated_high = true;
    thresholds.min_mitigation_ratio = parse_ratio("0.7");
    thresholds.fail_on_unscored = true;
    thresholds.min_threats = 5;

    const Verdict verdict = judge(posture, thresholds);
    BOOST_TEST(!verdict.pass);
    const std::vector<std::string> failures{
        "1 critical threat(s) require immediate attention",
        "2 high/critical threat(s) have no active mitigation",
        "Mitigation ratio 1/4 (25%) is below required threshold 70%",
        "2 threat(s) have no severity yet",
        "4 threat(s) on record, at least 5 expected",
    };
    BOOST_TEST(verdict.failures == failures, boost::test_tools::per_element());

    const std::vector<std::array<std::string_view, 3>> conditions{
        {"fail_on_critical", "0", "1"},
        {"fail_on_unmitigated_high", "0", "2"},
        {"min_mitigation_ratio", "0.7", "0.25"},
        {"fail_on_unscored", "0", "2"},
        {"min_threats", "5", "4"},
    };
    BOOST_REQUIRE(verdict.conditions.size() == conditions.size());
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        BOOST_TEST(verdict.conditions[i].rule == conditions[i][0]);
        BOOST_TEST(verdict.conditions[i].limit == conditions[i][1]);
        BOOST_TEST(verdict.conditions[i].actual == conditions[i][2]);
        BOOST_TEST(!verdict.conditions[i].pass);
    }
}

BOOST_AUTO_TEST_CASE(each_threshold_fails_alone_and_passes_at_its_limit) {
    Posture clean = mitigated_of(2, 2);
    Thresholds all;
    all.fail_on_critical = true;
    all.fail_on_unmitigated_high = true;
    all.min_mitigation_ratio = parse_ratio("1");
    all.fail_on_unscored = true;
    all.min_threats = 2;
    BOOST_TEST(judge(clean, all).pass);
    BOOST_TEST(judge(clean, all).conditions.size() == 5U);

    const auto failed_rule = [&](const Posture& posture) {
        const Verdict verdict = judge(posture, all);
        BOOST_REQUIRE(verdict.failures.size() == 1);
        for (const auto& condition : verdict.conditions) {
            if (!condition.pass) {
                return condition.rule;
            }
        }
        return std::string_view{};
    };
    Posture critical = clean;
    critical.by_severity[0] = 1;
    BOOST_TEST(failed_rule(critical) == "fail_on_critical");
    Posture uncovered = clean;
    uncovered.unmitigated = {0, 1, 3, 3};
    BOOST_TEST(failed_rule(uncovered) == "fail_on_unmitigated_high");
    Posture unscored = clean;
    unscored.unscored = 1;
    BOOST_TEST(failed_rule(unscored) == "fail_on_unscored");
    BOOST_TEST(failed_rule(mitigated_of(2, 3)) == "min_mitigation_ratio");
    BOOST_TEST(failed_rule(mitigated_of(1, 1)) == "min_threats");
}

// No part of a row depends on elapsed time yet: as long as a row is the newest one, its stored
// posture holds at any instant.
BOOST_AUTO_TEST_CASE(a_row_gives_the_posture_while_it_is_the_newest) {
    const Posture stored = mitigated_of(3, 7);
    Product product;
    product.posture = stored;
    HistoryRow row;
    row.posture = stored;
    for (const Instant instant : {Instant{}, Instant{std::chrono::hours{24}}, Instant::max()}) {
        BOOST_CHECK(posture_at(product, instant) == stored);
        BOOST_CHECK(posture_at(row, instant) == stored);
    }
}

// --- Acceptances ---------------------------------------------------------------------------------

namespace {

constexpr Day first_day{std::chrono::days{20'000}};

void accept_until(AcceptedDays& days, int after, AcceptanceId id, std::uint64_t critical,
                  std::uint64_t high) {
    AcceptedDay& day = days.add(first_day + std::chrono::days{after});
    day.approved = 1;
    days.add_in_force(day, id);
    day.counts.by_severity = {critical, high, 0, 0};
    day.counts.unmitigated = day.counts.by_severity;
}

// Two critical threats and a high one, none of them covered. One critical threat is accepted for
// three days more, the other threats for ten.
Product accepting_product() {
    Product product;
    product.posture.total_threats = 3;
    product.posture.by_severity = {2, 1, 0, 0};
    product.posture.unmitigated = {2, 1, 0, 0};
    product.last_acceptance_id = 7;
    accept_until(product.accepted, 3, 5, 1, 0);
    accept_until(product.accepted, 10, 7, 1, 1);
    return product;
}

Verdict judge_on(int after, const Thresholds& thresholds) {
    return judge(posture_at(accepting_product(), first_day + std::chrono::days{after}), thresholds);
}

const Thresholds strict{.fail_on_critical = true, .fail_on_unmitigated_high = true};

}  // namespace

BOOST_AUTO_TEST_CASE(accepted_risks_do_not_fail_until_their_last_day_is_over) {
    const Verdict first = judge_on(0, strict);
    BOOST_TEST(first.pass);
    BOOST_TEST(first.conditions.at(0).actual == "0");
    BOOST_TEST(first.conditions.at(0).accepted == 2U);
    BOOST_TEST(first.conditions.at(1).accepted == 3U);
    BOOST_TEST(first.acceptances.value().in_force == 2U);
    BOOST_TEST(format_day(first.acceptances->next_expiry.value()) ==
               format_day(first_day + std::chrono::days{3}));
    BOOST_TEST(format_day(first.fails_on.value()) == format_day(first_day + std::chrono::days{4}));
    BOOST_TEST(first.ended_by_then == std::vector<AcceptanceId>{5});
    BOOST_TEST(!first.acceptances->pass_without);

    BOOST_TEST(judge_on(3, strict).pass);
    const Instant last{end_of(first_day + std::chrono::days{3}) - Instant::duration{1}};
    BOOST_TEST(judge(posture_at(accepting_product(), last), strict).pass);
    const Verdict after = judge_on(4, strict);
    BOOST_TEST(!after.pass);
    BOOST_TEST(after.failures.at(0) == "1 critical threat(s) require immediate attention");
    BOOST_TEST(after.acceptances.value().in_force == 1U);
    BOOST_TEST(!after.fails_on.has_value());
    const Verdict end = judge_on(11, strict);
    BOOST_TEST(end.failures.size() == 2U);
    BOOST_TEST(end.acceptances.value().in_force == 0U);
    BOOST_TEST(!end.acceptances->next_expiry.has_value());
}

BOOST_AUTO_TEST_CASE(only_what_a_question_is_about_is_forecast) {
    // Both ends matter for each threshold, but none for a question without them.
    BOOST_TEST(judge_on(0, {.fail_on_critical = true}).fails_on.has_value());
    const Verdict none = judge_on(0, {});
    BOOST_TEST(none.pass);
    BOOST_TEST(none.acceptances.value().pass_without);
    BOOST_TEST(!none.fails_on.has_value());
    // The first end leaves the verdict as it is, so the second one is forecast.
    Product product = accepting_product();
    AcceptedDay& first = *product.accepted.find(first_day + std::chrono::days{3});
    first.counts = {};
    product.accepted.remove_in_force(first, 5);
    product.posture.by_severity[0] = 1;
    product.posture.unmitigated = {1, 1, 0, 0};
    const Verdict later = judge(posture_at(product, first_day), strict);
    BOOST_TEST(later.pass);
    BOOST_TEST(format_day(later.fails_on.value()) == format_day(first_day + std::chrono::days{11}));
    BOOST_TEST(later.ended_by_then == std::vector<AcceptanceId>{7});
}

BOOST_AUTO_TEST_CASE(a_question_may_ignore_acceptances) {
    Thresholds ignoring = strict;
    ignoring.ignores_acceptances = true;
    const Verdict verdict = judge_on(0, ignoring);
    BOOST_TEST(!verdict.pass);
    BOOST_TEST(verdict.conditions.at(0).actual == "2");
    BOOST_TEST(verdict.conditions.at(0).accepted == 0U);
    BOOST_TEST(verdict.acceptances.value().in_force == 2U);
    BOOST_TEST(!verdict.acceptances->pass_without);
}

BOOST_AUTO_TEST_CASE(a_product_without_acceptances_has_no_effect_of_them) {
    BOOST_TEST(!judge(Posture{}, strict).acceptances.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
