// Names and definitions of policies: which ones are valid, and why others are not.

#include "events/policy.hpp"

#include <array>
#include <limits>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/limits.hpp"
#include "support/random_event.hpp"

BOOST_AUTO_TEST_SUITE(policy_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::testing;
using enum RuleKind;
using enum Severity;
namespace data = boost::unit_test::data;

namespace {

Policy policy_of(std::vector<PolicyRule> rules) {
    Policy policy;
    policy.texts.set(PolicyField::title, "T");
    policy.rules = std::move(rules);
    return policy;
}

PolicyRule rule(RuleKind kind, std::uint64_t limit, RuleMode mode = RuleMode::fail) {
    return {.kind = kind, .limit = limit, .mode = mode};
}
PolicyRule rule(RuleKind kind, Severity severity, std::uint64_t limit,
                RuleMode mode = RuleMode::fail) {
    return {.kind = kind, .severity = severity, .limit = limit, .mode = mode};
}
PolicyRule ratio(std::uint64_t units, RuleMode mode = RuleMode::fail) {
    return {.kind = min_mitigation_ratio, .ratio = {units}, .mode = mode};
}

std::string fault_in(const Policy& policy) {
    return fault_of_policy(policy).value_or("");
}
std::string fault_in(std::vector<PolicyRule> rules) {
    return fault_in(policy_of(std::move(rules)));
}

const std::vector<RuleKind> all_kinds{max_threats,  max_unmitigated,      min_mitigation_ratio,
                                      max_unscored, min_threats,          max_open_days,
                                      max_accepted, max_days_since_review};

// A rule of a kind whose limit is as strict as can be, or as lax.
PolicyRule extreme(RuleKind kind, bool strict, RuleMode mode) {
    PolicyRule extreme{.kind = kind, .mode = mode};
    if (has_severity(kind)) {
        extreme.severity = high;
    }
    const bool is_high = strict == (kind == min_threats || kind == min_mitigation_ratio);
    if (kind == min_mitigation_ratio) {
        extreme.ratio.units = is_high ? Ratio::one : 0;
    } else {
        extreme.limit = is_high ? 30'000 : 0;
    }
    return extreme;
}

const std::vector<std::string> good_names{"a",   "7",     "web-baseline", "a--b",
                                          "0-0", "nones", "none-1",       std::string(64, 'x')};
const std::vector<std::string> bad_names{"",
                                         "-",
                                         "-a",
                                         "a-",
                                         "Web",
                                         "a b",
                                         "a_b",
                                         "a.b",
                                         "..",
                                         "a/b",
                                         "é",
                                         "a\n",
                                         "%2e%2e",
                                         "a\"b",
                                         "a:b",
                                         "NONE",
                                         "ａ",
                                         "*",
                                         "a,b",
                                         std::string("a\0b", 3),
                                         "\xff",
                                         std::string(65, 'x'),
                                         std::string(100'000, 'x')};

}  // namespace

BOOST_DATA_TEST_CASE(a_name_is_made_of_letters_digits_and_hyphens, data::make(good_names), name) {
    BOOST_TEST(fault_of_policy_name(name).value_or("") == "");
}

BOOST_AUTO_TEST_CASE(other_names_are_refused) {
    for (const std::string& name : bad_names) {
        BOOST_TEST(fault_of_policy_name(name).value_or("") ==
                       "is 1 to 64 lower-case letters, digits and hyphens, and begins and ends "
                       "with a letter or digit",
                   name.substr(0, 100));
    }
    BOOST_TEST(fault_of_policy_name("none").value_or("") ==
               "is not \"none\", which stands for no policy");
}

BOOST_AUTO_TEST_CASE(random_policies_are_valid) {
    Random random(test_seed());
    std::array<bool, 8> seen{};
    for (auto round = test_rounds(2'000); round > 0; --round) {
        const Policy policy = random_policy(random);
        BOOST_REQUIRE_EQUAL(fault_in(policy), "");
        BOOST_REQUIRE_EQUAL(fault_of_policy_name(random_policy_name(random)).value_or(""), "");
        for (const PolicyRule& of_policy : policy.rules) {
            seen[static_cast<std::size_t>(of_policy.kind)] = true;
        }
    }
    for (const RuleKind kind : all_kinds) {
        BOOST_TEST(seen[static_cast<std::size_t>(kind)], "no rule " << name_of(kind));
    }
}

BOOST_AUTO_TEST_CASE(a_policy_has_a_title_and_rules) {
    Policy policy = policy_of({rule(max_unscored, 0)});
    BOOST_TEST(fault_in(policy) == "");
    policy.texts.set(PolicyField::title, "");
    BOOST_TEST(fault_in(policy) == "title is missing");
    BOOST_TEST(fault_in(std::vector<PolicyRule>{}) == "a policy has 1 to 50 rules");
    BOOST_TEST(fault_in(std::vector<PolicyRule>(51, rule(max_unscored, 0))) ==
               "a policy has 1 to 50 rules");
}

BOOST_AUTO_TEST_CASE(rules_of_some_kinds_have_a_severity) {
    for (const RuleKind kind : all_kinds) {
        const std::string name(name_of(kind));
        PolicyRule one{.kind = kind};
        PolicyRule other{.kind = kind, .severity = low};
        const bool wants = kind == max_threats || kind == max_unmitigated || kind == max_open_days;
        BOOST_TEST(has_severity(kind) == wants, name);
        BOOST_TEST(fault_in({one}) == (wants ? name + " needs a severity" : ""));
        BOOST_TEST(fault_in({other}) == (wants ? "" : name + " does not have a severity"));
    }
}

BOOST_AUTO_TEST_CASE(limits_have_a_range) {
    constexpr std::uint64_t beyond = std::numeric_limits<std::uint64_t>::max();
    for (const RuleKind kind : all_kinds) {
        if (kind == min_mitigation_ratio) {
            continue;
        }
        const bool days = kind == max_open_days || kind == max_days_since_review;
        const std::uint64_t most = days ? 36'500 : 1'000'000'000;
        PolicyRule limited{.kind = kind, .limit = most};
        std::string words(name_of(kind));
        if (has_severity(kind)) {
            limited.severity = critical;
            words += " of critical";
        }
        BOOST_TEST(fault_in({limited}) == "", words);
        for (const std::uint64_t more : {most + 1, beyond}) {
            limited.limit = more;
            BOOST_TEST(fault_in({limited}) ==
                       fmt::format("the limit of {} is from 0 to {}", words, most));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_ratio_and_a_count_do_not_mix) {
    PolicyRule mixed = ratio(Ratio::one);
    BOOST_TEST(fault_in({mixed}) == "");
    mixed.limit = 1;
    BOOST_TEST(fault_in({mixed}) == "min_mitigation_ratio has the limit of another kind of rule");
    mixed = rule(min_threats, 1);
    mixed.ratio = {1};
    BOOST_TEST(fault_in({mixed}) == "min_threats has the limit of another kind of rule");
}

BOOST_AUTO_TEST_CASE(the_same_rule_is_there_once_in_each_mode) {
    for (const RuleMode mode : {RuleMode::fail, RuleMode::warn}) {
        for (const RuleKind kind : all_kinds) {
            const PolicyRule lax = extreme(kind, false, mode);
            const PolicyRule strict = extreme(kind, true, mode);
            const std::string twice =
                fmt::format("{}{} is there twice with the mode {}", name_of(kind),
                            has_severity(kind) ? " of high" : "", name_of(mode));
            BOOST_TEST(fault_in({lax, lax}) == twice);
            BOOST_TEST(fault_in({lax, strict}) == twice);
            BOOST_TEST(fault_in({strict, rule(max_accepted, 3), lax}) != "");
        }
    }
    // Rules of other severities are other rules.
    BOOST_TEST(fault_in({rule(max_threats, high, 3), rule(max_threats, low, 1),
                         rule(max_unmitigated, high, 1)}) == "");
}

BOOST_AUTO_TEST_CASE(a_warning_comes_before_its_failure) {
    for (const RuleKind kind : all_kinds) {
        const PolicyRule lax = extreme(kind, false, RuleMode::fail);
        const PolicyRule strict = extreme(kind, true, RuleMode::fail);
        PolicyRule lax_warning = lax;
        PolicyRule strict_warning = strict;
        lax_warning.mode = strict_warning.mode = RuleMode::warn;
        const std::string never =
            fmt::format("{}{} never warns before it fails: give the warning a stricter limit",
                        name_of(kind), has_severity(kind) ? " of high" : "");
        BOOST_TEST(fault_in({lax, strict_warning}) == "", name_of(kind));
        BOOST_TEST(fault_in({strict_warning, lax}) == "", name_of(kind));
        BOOST_TEST(fault_in({strict, lax_warning}) == never);
        BOOST_TEST(fault_in({lax_warning, strict}) == never);
        BOOST_TEST(fault_in({lax, lax_warning}) == never);
        BOOST_TEST(fault_in({strict_warning, strict}) == never);
    }
    BOOST_TEST(fault_in({ratio(7), ratio(8, RuleMode::warn)}) == "");
    BOOST_TEST(fault_in({ratio(8), ratio(7, RuleMode::warn)}) != "");
}

BOOST_AUTO_TEST_CASE(more_threats_than_the_other_rules_allow_cannot_be_required) {
    const std::vector<PolicyRule> rules{rule(max_threats, low, 3), rule(max_unscored, 2),
                                        rule(max_accepted, 4), rule(min_threats, 9)};
    BOOST_TEST(fault_in(rules) == "");
    std::vector<PolicyRule> more = rules;
    more[3].limit = 10;
    const std::string fault =
        "min_threats wants 10 threats, and the other rules allow no more than 9";
    BOOST_TEST(fault_in(more) == fault);
    // Each of the limits counts, whatever the order.
    std::swap(more[0], more[3]);
    BOOST_TEST(fault_in(more) == fault);
    for (std::size_t i = 1; i < more.size(); ++i) {
        std::vector<PolicyRule> relaxed = more;
        relaxed[i].limit += 1;
        BOOST_TEST(fault_in(relaxed) == "", i);
        // A rule that only warns allows everything, and so does none, and one of another severity.
        relaxed = more;
        relaxed[i].mode = RuleMode::warn;
        BOOST_TEST(fault_in(relaxed) == "", i);
        relaxed.erase(relaxed.begin() + static_cast<std::ptrdiff_t>(i));
        BOOST_TEST(fault_in(relaxed) == "", i);
    }
    std::vector<PolicyRule> severe = more;
    severe[3].severity = medium;
    BOOST_TEST(fault_in(severe) == "");
    std::vector<PolicyRule> warning = more;
    warning[0].mode = RuleMode::warn;
    BOOST_TEST(fault_in(warning) == "");
    // Accepted threats count like others if acceptances are not honoured.
    Policy policy = policy_of(more);
    policy.honours_acceptances = false;
    BOOST_TEST(fault_in(policy) ==
               "min_threats wants 10 threats, and the other rules allow no more than 5");
    policy.rules[0].limit = 5;
    BOOST_TEST(fault_in(policy) == "");
}

BOOST_AUTO_TEST_CASE(acceptances_last_up_to_a_year_if_they_are_honoured) {
    Policy policy = policy_of({rule(max_unscored, 0)});
    for (const std::uint64_t days : {1U, 366U}) {
        policy.acceptance_days_max = days;
        BOOST_TEST(fault_in(policy) == "");
    }
    for (const std::uint64_t days :
         {std::uint64_t{0}, std::uint64_t{367}, std::numeric_limits<std::uint64_t>::max()}) {
        policy.acceptance_days_max = days;
        BOOST_TEST(fault_in(policy) == "acceptances last 1 to 366 days");
    }
    policy.acceptance_days_max = 1;
    policy.honours_acceptances = false;
    BOOST_TEST(fault_in(policy) == "acceptances that are not honoured have no longest time");
    policy.acceptance_days_max.reset();
    BOOST_TEST(fault_in(policy) == "");
}

BOOST_AUTO_TEST_CASE(a_policy_comes_into_effect_on_a_day_from_1970_to_9999) {
    Policy policy = policy_of({rule(max_unscored, 0)});
    for (const char* const day : {"1970-01-01", "2027-01-31", "9999-12-30"}) {
        policy.effective_from = parse_day(day).value();
        BOOST_TEST(fault_in(policy) == "", day);
    }
    for (const char* const day : {"1969-12-31", "9999-12-31"}) {
        policy.effective_from = parse_day(day).value();
        BOOST_TEST(fault_in(policy) == "effective_from is out of range", day);
    }
}

BOOST_AUTO_TEST_CASE(only_rules_about_open_days_depend_on_the_age_of_threats) {
    for (const RuleKind kind : all_kinds) {
        BOOST_TEST(depends_on_age(kind) == (kind == max_open_days), name_of(kind));
        const Policy policy =
            policy_of({rule(max_unscored, 0, RuleMode::warn), extreme(kind, true, RuleMode::warn)});
        BOOST_TEST(depends_on_age(policy) == (kind == max_open_days), name_of(kind));
    }
}

BOOST_AUTO_TEST_SUITE_END()
