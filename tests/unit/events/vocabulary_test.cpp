#include "events/vocabulary.hpp"

#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "events/event.hpp"

BOOST_AUTO_TEST_SUITE(vocabulary_test)

using namespace threatatlas;
using namespace threatatlas::events;

namespace {

template <class Enum>
std::string all_names() {
    std::string text;
    for (const auto name : names_of<Enum>()) {
        text += text.empty() ? "" : " ";
        text += name;
    }
    return text;
}

template <class Enum>
void check_round_trip() {
    const auto names = names_of<Enum>();
    for (std::size_t i = 0; i < names.size(); ++i) {
        BOOST_CHECK(parse_name<Enum>(names[i]) == static_cast<Enum>(i));
        BOOST_TEST(name_of(static_cast<Enum>(i)) == names[i]);
    }
    BOOST_CHECK(!parse_name<Enum>(""));
    BOOST_CHECK(!parse_name<Enum>("no such name"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_words_are_those_of_the_contract) {
    BOOST_TEST(all_names<Severity>() == "critical high medium low");
    BOOST_TEST(all_names<ThreatStatus>() ==
               "identified in_progress mitigated accepted not_applicable");
    BOOST_TEST(all_names<MitigationStatus>() == "proposed implemented verified retired");
    BOOST_TEST(all_names<Role>() == "gate monitor auditor editor admin badge approver");
    BOOST_TEST(all_names<EventType>() ==
               "product.registered product.described product.archived threat.identified "
               "threat.scored threat.status_changed threat.described threat.removed "
               "mitigation.proposed mitigation.status_changed mitigation.linked "
               "mitigation.described mitigation.removed token.issued token.revoked "
               "model.imported acceptance.requested acceptance.approved acceptance.rejected "
               "acceptance.withdrawn acceptance.revoked policy.defined policy.removed "
               "product.policy_assigned product.reviewed gate.checked");
    BOOST_TEST(all_names<RuleKind>() ==
               "max_threats max_unmitigated min_mitigation_ratio max_unscored min_threats "
               "max_open_days max_accepted max_days_since_review");
    BOOST_TEST(all_names<RuleMode>() == "fail warn");
    BOOST_TEST(all_names<PolicyField>() == "title description");
    BOOST_TEST(all_names<AcceptanceField>() == "justification conditions reference");
    BOOST_TEST(all_names<Assurance>() == "tokens persons");
    BOOST_TEST(all_names<ProductField>() ==
               "name description status business_area owner_name owner_email repository_url "
               "application_url confluence_url external_id");
    BOOST_TEST(all_names<ThreatField>() ==
               "name description category diagram element_id element_name comments external_id");
    BOOST_TEST(all_names<MitigationField>() == "name description category comments external_id");
    std::string statuses;
    for (const auto status : product_statuses()) {
        statuses += std::string(status) + " ";
    }
    BOOST_TEST(statuses == "design development testing deployment production ");
}

BOOST_AUTO_TEST_CASE(names_and_values_correspond) {
    check_round_trip<Severity>();
    check_round_trip<ThreatStatus>();
    check_round_trip<MitigationStatus>();
    check_round_trip<Role>();
    check_round_trip<EventType>();
    check_round_trip<ProductField>();
    check_round_trip<ThreatField>();
    check_round_trip<MitigationField>();
    BOOST_TEST(names_of<ProductField>().size() == product_field_count);
    BOOST_TEST(names_of<ThreatField>().size() == threat_field_count);
    BOOST_TEST(names_of<MitigationField>().size() == mitigation_field_count);
    BOOST_TEST(names_of<Severity>().size() == severity_count);
    BOOST_TEST(names_of<EventType>().size() == std::variant_size_v<EventData>);
}

BOOST_AUTO_TEST_CASE(an_event_type_has_a_short_and_a_full_form) {
    BOOST_TEST(full_type_of(EventType::threat_status_changed) ==
               "threatatlas.threat.status_changed.v1");
    for (std::size_t i = 0; i < names_of<EventType>().size(); ++i) {
        const auto type = static_cast<EventType>(i);
        BOOST_CHECK(parse_event_type(name_of(type)) == type);
        BOOST_CHECK(parse_event_type(full_type_of(type)) == type);
        BOOST_TEST(full_type_of(type) == "threatatlas." + std::string(name_of(type)) + ".v1");
    }
    for (const std::string_view text :
         {"", "threat", "threat.identified.v1", "threatatlas.threat.identified",
          "threatatlas.threat.identified.v2", "threatatlas..v1", "threatatlas.v1",
          "threatatlas.threatatlas.threat.identified.v1.v1", "Threat.identified"}) {
        BOOST_CHECK_MESSAGE(!parse_event_type(text), "took " << text);
    }
}

BOOST_AUTO_TEST_CASE(active_means_implemented_or_verified) {
    BOOST_TEST(!is_active(MitigationStatus::proposed));
    BOOST_TEST(is_active(MitigationStatus::implemented));
    BOOST_TEST(is_active(MitigationStatus::verified));
    BOOST_TEST(!is_active(MitigationStatus::retired));
}

// Written by hand: rows are likelihood 1 to 5, columns are impact 1 to 5.
BOOST_AUTO_TEST_CASE(severity_follows_from_likelihood_and_impact) {
    constexpr std::array<std::string_view, 5> matrix{"LLLLL", "LLMMM", "LMMHH", "LMHHC", "LMHCC"};
    for (std::uint8_t likelihood = 1; likelihood <= 5; ++likelihood) {
        for (std::uint8_t impact = 1; impact <= 5; ++impact) {
            const auto letter =
                static_cast<char>(std::toupper(name_of(severity_from(likelihood, impact)).front()));
            BOOST_TEST(letter == matrix[likelihood - 1U][impact - 1U],
                       +likelihood << " x " << +impact);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
