// Lists of names within a report, with many threats and mitigations on one element. The size of a
// row must not grow with the model.

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(long_lists_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

void add_mitigations(EventMaker& maker, MitigationId first, std::size_t count,
                     const std::string& name, MitigationStatus status) {
    for (std::size_t i = 0; i < count; ++i) {
        MitigationProposed mitigation;
        mitigation.mitigation_id = first + i;
        mitigation.texts.set(MitigationField::name, name);
        mitigation.status = status;
        mitigation.scope.element_id = "e";
        maker.add(mitigation);
    }
}

// All are on one element. The last mitigations are added 60 days later, so that every threat has
// changed.
ReportInputs inputs_with(std::size_t threats, std::size_t mitigations, const std::string& name) {
    EventMaker maker;
    ProductRegistered product;
    product.texts.set(ProductField::name, "P");
    maker.add(product);
    for (ThreatId id = 1; id <= threats; ++id) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.texts.set(ThreatField::name, "t");
        threat.texts.set(ThreatField::element_id, "e");
        maker.add(threat);
    }
    const std::size_t half = mitigations / 2;
    add_mitigations(maker, 1, half, name, MitigationStatus::verified);
    add_mitigations(maker, 1 + half, half, name, MitigationStatus::proposed);
    maker.wait(std::chrono::hours{24 * 60});
    add_mitigations(maker, 1 + 2 * half, half, name, MitigationStatus::verified);
    return collect(maker.events(), 1, std::nullopt, false);
}

std::string longest_name() {
    std::string name;
    for (std::size_t i = 0; i < events::limits::name_points_max; ++i) {
        name += "\U0001F512";
    }
    return name;
}

constexpr std::string_view human_forms[] = {"csv", "md", "html"};

}  // namespace

BOOST_AUTO_TEST_CASE(the_cost_of_a_threat_does_not_depend_on_the_number_of_mitigations) {
    constexpr std::size_t threats = 50;
    constexpr std::size_t bytes_of_a_threat = 8'000;
    const ReportInputs some = inputs_with(threats, 1'600, "m");
    const ReportInputs more = inputs_with(2 * threats, 1'600, "m");
    for (const std::string_view form : human_forms) {
        const std::size_t grown = written(more, form).size() - written(some, form).size();
        BOOST_TEST(grown < threats * bytes_of_a_threat, form << ": " << grown);
    }
    for (const std::string_view form : human_forms) {
        const std::string text = written(some, form);
        BOOST_TEST(text.find("and 1,550 more") != std::string::npos, form);
        BOOST_TEST(text.find("and 750 more") != std::string::npos, form);
    }
}

BOOST_AUTO_TEST_CASE(a_row_of_the_longest_names_is_bounded) {
    const std::string csv = written(inputs_with(10, 200, longest_name()), "csv");
    for (const auto& row : read_csv(csv)) {
        std::size_t bytes = 0;
        for (const std::string& cell : row) {
            bytes += cell.size();
        }
        BOOST_TEST(bytes <= 2 * (names_bytes_max + 4 * events::limits::name_points_max + 64) + 512);
    }
}

BOOST_AUTO_TEST_CASE(machine_readable_forms_are_complete) {
    const std::string json = written(inputs_with(10, 200, "m"), "json");
    BOOST_TEST(json.find("99,100,201,202") != std::string::npos);
    BOOST_TEST(json.find(" more") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
