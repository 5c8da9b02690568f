#include "projections/rows.hpp"

#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "events/store/keys.hpp"
#include "support/random_event.hpp"

BOOST_AUTO_TEST_SUITE(rows_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

Instant random_instant(Random& random) {
    return Instant{
        std::chrono::microseconds{static_cast<std::int64_t>(random.below(4'000'000'000'000'000))}};
}

std::uint64_t random_count(Random& random) {
    return random.chance(5) ? random.number() : random.below(300);
}

std::optional<Instant> random_optional_instant(Random& random) {
    return random.chance(50) ? std::optional(random_instant(random)) : std::nullopt;
}

std::vector<std::uint64_t> random_ids(Random& random, std::size_t count) {
    std::vector<std::uint64_t> ids;
    for (; count > 0; --count) {
        ids.push_back((ids.empty() ? 0 : ids.back()) + random.between(1, 100'000));
    }
    return ids;
}

SeverityCounts random_counts(Random& random) {
    SeverityCounts counts;
    for (auto& count : counts) {
        count = random_count(random);
    }
    return counts;
}

void fill_counts(ThreatCounts& counts, Random& random) {
    counts.by_severity = random_counts(random);
    counts.unscored = random_count(random);
    counts.unmitigated = random_counts(random);
}

Posture random_posture(Random& random) {
    Posture posture;
    fill_counts(posture, random);
    for (auto* count : {&posture.total_threats, &posture.mitigated_threats,
                        &posture.total_mitigations, &posture.active_mitigations}) {
        *count = random_count(random);
    }
    return posture;
}

Day random_day(Random& random) {
    return Day{std::chrono::days{static_cast<int>(random.below(2'900'000))}};
}

AcceptedDays random_accepted(Random& random) {
    AcceptedDays days;
    for (auto left = random.below(4); left > 0; --left) {
        AcceptedDay& day = days.add(
            days.empty() ? random_day(random)
                         : days.rbegin()->last_day +
                               std::chrono::days{static_cast<int>(random.between(1, 400))});
        day.approved = random_count(random);
        for (const AcceptanceId id : random_ids(random, random.below(4))) {
            days.add_in_force(day, id);
        }
        fill_counts(day.counts, random);
    }
    return days;
}

std::vector<std::optional<Severity>> random_severities(Random& random, std::size_t count) {
    std::vector<std::optional<Severity>> severities;
    for (; count > 0; --count) {
        severities.push_back(random_severity(random));
    }
    return severities;
}

AcceptanceStep random_step(Random& random) {
    return {random_instant(random), random_text(random, 20), random_text(random, 20),
            random.chance(50) ? random_text(random, 50) : std::string()};
}

PolicyAssignment random_assignment(Random& random) {
    return random.chance(50) ? PolicyAssignment{}
                             : PolicyAssignment{random_policy_name(random), random.chance(50)};
}

template <class Row>
Row random_row(Random& random);

template <>
Product random_row<Product>(Random& random) {
    return {.texts = random_product_texts(random),
            .posture = random_posture(random),
            .version = random_count(random),
            .transaction_first = random_count(random),
            .last_position = random_count(random),
            .state_id = random.below(std::numeric_limits<std::uint64_t>::max()),
            .created_at = random_instant(random),
            .updated_at = random_instant(random),
            .details_at = random_instant(random),
            .archived_at = random_optional_instant(random),
            .last_threat_id = random_count(random),
            .last_mitigation_id = random_count(random),
            .last_acceptance_id = random_count(random),
            .requested_acceptances = random_count(random),
            .accepted = random_accepted(random),
            .policy = random_assignment(random),
            .reviewed_at = random_optional_instant(random)};
}

template <>
Acceptance random_row<Acceptance>(Random& random) {
    Acceptance acceptance;
    acceptance.state = static_cast<AcceptanceState>(random.below(6));
    acceptance.threat_ids = random_ids(random, random.between(1, 4));
    acceptance.requested_severities = random_severities(random, acceptance.threat_ids.size());
    if (random.chance(50)) {
        acceptance.approved_severities = random_severities(random, acceptance.threat_ids.size());
        acceptance.assurance = random_name<Assurance>(random);
        acceptance.suspended = random.chance(50);
        acceptance.threats_in_force = random_count(random);
    }
    acceptance.texts = random_texts<AcceptanceField, acceptance_field_count>(random);
    acceptance.last_day = random_day(random);
    acceptance.while_mitigations = random_ids(random, random.below(3));
    acceptance.replaces = random_count(random);
    acceptance.replaced_by = random_count(random);
    acceptance.request = random_step(random);
    if (random.chance(50)) {
        acceptance.decision = random_step(random);
    }
    if (random.chance(50)) {
        acceptance.end = random_step(random);
    }
    return acceptance;
}

template <>
Threat random_row<Threat>(Random& random) {
    Threat threat;
    threat.removed = random.chance(20);
    threat.created_at = random_instant(random);
    threat.updated_at = random_instant(random);
    if (!threat.removed) {
        threat.texts = random_texts<ThreatField, threat_field_count>(random);
        threat.scoring = random_scoring(random);
        threat.status = random_name<ThreatStatus>(random);
    }
    return threat;
}

template <>
Exposure random_row<Exposure>(Random& random) {
    Exposure exposure;
    exposure.removed = random.chance(20);
    exposure.open_severity = random_severity(random);
    exposure.active_links = random_count(random);
    if (random.chance(50)) {
        exposure.element = sha256(be64_key(random.number()));
    }
    for (const AcceptanceId id : random_ids(random, random.below(3))) {
        exposure.acceptances.push_back({id, random_day(random), random_severity(random)});
    }
    if (!exposure.acceptances.empty()) {
        exposure.counted = random.chance(50);
        exposure.severity = random_severity(random);
    }
    return exposure;
}

template <>
Mitigation random_row<Mitigation>(Random& random) {
    Mitigation mitigation;
    mitigation.removed = random.chance(20);
    mitigation.created_at = random_instant(random);
    mitigation.updated_at = random_instant(random);
    if (!mitigation.removed) {
        mitigation.texts = random_texts<MitigationField, mitigation_field_count>(random);
        mitigation.status = random_name<MitigationStatus>(random);
        mitigation.scope.threat_ids = random_ids(random, random.below(4));
        mitigation.scope.diagram = random.chance(50) ? random_text_of(random, "diagram") : "";
        mitigation.scope.element_id = random.chance(50) ? random_text_of(random, "element_id") : "";
    }
    mitigation.controls = random_ids(random, random.below(3));
    return mitigation;
}

template <>
Element random_row<Element>(Random& random) {
    Element element{random_count(random), random_counts(random)};
    for (const AcceptedDay& day : random_accepted(random)) {
        element.accepted.emplace_back(day.last_day, random_counts(random));
    }
    return element;
}

template <>
Token random_row<Token>(Random& random) {
    Token token;
    token.name = random_text_of(random, "name");
    token.role = random_name<Role>(random);
    if (random.chance(50)) {
        token.product_ids = random_ids(random, random.between(1, 4));
    }
    token.prefix = "ta_abcd";
    token.sha256.assign(64, "0123456789abcdef"[random.below(16)]);
    token.created_at = random_instant(random);
    token.expires_at = random_optional_instant(random);
    token.revoked_at = random_optional_instant(random);
    token.issued_by = random_text(random, 20);
    return token;
}

template <>
HistoryRow random_row<HistoryRow>(Random& random) {
    return {.posture = random_posture(random),
            .version = random_count(random),
            .first_position = random_count(random),
            .last_position = random_count(random),
            .state_id = random.below(std::numeric_limits<std::uint64_t>::max()),
            .details_at = random_instant(random),
            .archived = random.chance(50),
            .had_acceptances = random.chance(50),
            .accepted = random_accepted(random)};
}

template <>
DetailsRow random_row<DetailsRow>(Random& random) {
    return {random_instant(random), random_product_texts(random), random_assignment(random),
            random_optional_instant(random)};
}

template <>
Check random_row<Check>(Random& random) {
    const GateChecked check = random_check(random);
    return {random_count(random), random_instant(random), check.pass, check.subject};
}
template <>
PolicyVersion random_row<PolicyVersion>(Random& random) {
    return {.definition = random_policy(random),
            .version = random_count(random),
            .defined_at = random_instant(random),
            .defined_by = random_text(random, 20),
            .removed = random.chance(20)};
}

using AllRows = boost::mpl::list<Product, Threat, Mitigation, Acceptance, Exposure, Element, Token,
                                 HistoryRow, DetailsRow, PolicyVersion, Check>;

template <class Row>
bool is_refused(std::string_view bytes) {
    try {
        static_cast<void>(decode<Row>(bytes));
        return false;
    } catch (const BadRow&) {
        return true;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_comes_back_from_its_bytes, Row, AllRows) {
    Random random(test_seed());
    for (auto round = test_rounds(1'000); round > 0; --round) {
        const Row row = random_row<Row>(random);
        const std::string bytes = encode(row);
        BOOST_REQUIRE(decode<Row>(bytes) == row);
        BOOST_REQUIRE(encode(decode<Row>(bytes)) == bytes);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_that_was_cut_short_is_refused, Row, AllRows) {
    Random random(test_seed());
    for (auto round = test_rounds(50); round > 0; --round) {
        const std::string bytes = encode(random_row<Row>(random));
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            // A copy of exactly this length, so that a sanitizer detects a read past its end.
            const std::string cut(bytes, 0, length);
            BOOST_REQUIRE_MESSAGE(is_refused<Row>(cut),
                                  "took " << length << " of " << bytes.size() << " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bytes_behind_a_row_are_refused, Row, AllRows) {
    Random random(test_seed());
    for (auto round = test_rounds(100); round > 0; --round) {
        const std::string bytes = encode(random_row<Row>(random));
        BOOST_REQUIRE(is_refused<Row>(bytes + '\0'));
        BOOST_REQUIRE(is_refused<Row>(bytes + static_cast<char>(random.below(256))));
        BOOST_REQUIRE(is_refused<Row>(bytes + bytes));
    }
}

// A damaged row is refused or has another value: every value has exactly one encoding.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_changed_byte_is_refused_or_changes_the_value, Row, AllRows) {
    Random random(test_seed());
    for (auto round = test_rounds(5'000); round > 0; --round) {
        const Row row = random_row<Row>(random);
        std::string bytes = encode(row);
        for (auto changes = random.between(1, 4); changes > 0; --changes) {
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        }
        try {
            BOOST_REQUIRE(encode(decode<Row>(bytes)) == bytes);
        } catch (const BadRow&) {
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(any_bytes_are_refused_or_a_row, Row, AllRows) {
    Random random(test_seed());
    std::uint64_t refused = 0;
    for (auto round = test_rounds(20'000); round > 0; --round) {
        std::string bytes;
        for (auto length = random.below(64); length > 0; --length) {
            bytes += static_cast<char>(random.chance(40) ? random.below(4) : random.below(256));
        }
        try {
            BOOST_REQUIRE(encode(decode<Row>(bytes)) == bytes);
        } catch (const BadRow&) {
            ++refused;
        }
    }
    BOOST_TEST(refused > 0U);
}

BOOST_AUTO_TEST_CASE(ids_that_rise_beyond_the_last_number_are_refused) {
    Mitigation mitigation;
    mitigation.scope.threat_ids = {2, std::numeric_limits<std::uint64_t>::max()};
    std::string bytes = encode(mitigation);
    BOOST_CHECK(decode<Mitigation>(bytes) == mitigation);
    // Increases the encoded distance between the two ids by one and by two.
    const auto distance = bytes.find('\xfd');
    BOOST_REQUIRE(distance != std::string::npos);
    bytes[distance] = '\xfe';
    BOOST_TEST(is_refused<Mitigation>(bytes));
    bytes[distance] = '\xff';
    BOOST_TEST(is_refused<Mitigation>(bytes));
}

// No prefix of an element or threat begins another one, and links cannot be mistaken for seats.
BOOST_AUTO_TEST_CASE(prefixes_of_the_coverage_table_do_not_overlap) {
    std::vector<std::string> prefixes;
    for (const ProductId product : {1U, 2U, 256U}) {
        for (const ThreatId threat : {1U, 2U, 256U, 0x01000000U}) {
            prefixes.push_back(link_prefix(product, threat));
        }
        for (const std::string diagram : {"", "a", "ab", "b", "a\nb"}) {
            for (const std::string element : {"a", "ab", "b", "bb", "漢"}) {
                prefixes.push_back(seat_prefix(product, key_of({diagram, element})));
            }
        }
    }
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
        for (std::size_t k = 0; k < prefixes.size(); ++k) {
            BOOST_TEST((i == k || !prefixes[i].starts_with(prefixes[k])), i << " and " << k);
        }
    }
}

// Names of policies are prefixes of others, but their keys are not.
BOOST_AUTO_TEST_CASE(a_policy_has_its_own_keys) {
    BOOST_TEST(policy_prefix("web") + be64_key(258) ==
               std::string("web\0\0\0\0\0\0\0\x01\x02", 12));
    const std::vector<std::string> names{"w", "we", "web", "web-2", "web0"};
    for (const std::string& name : names) {
        for (const std::string& other : names) {
            BOOST_TEST((policy_prefix(other) + be64_key(events::limits::id_max))
                           .starts_with(policy_prefix(name)) == (name == other));
        }
    }
}

// Keys of different external ids never overlap, even if one begins with the other or an id is
// large.
BOOST_AUTO_TEST_CASE(an_external_id_has_its_own_keys) {
    BOOST_TEST(external_id_prefix("shop") + be64_key(258) ==
               std::string("shop\0\0\0\0\0\0\0\x01\x02", 13));
    std::vector<std::string> prefixes;
    for (const std::string_view external_id : {"s", "sh", "shop", "shop\n", "shop 2", "漢"}) {
        prefixes.push_back(external_id_prefix(external_id));
    }
    for (const std::string& prefix : prefixes) {
        for (const std::string& other : prefixes) {
            BOOST_TEST((other + be64_key(events::limits::id_max)).starts_with(prefix) ==
                       (prefix == other));
        }
    }
}

BOOST_AUTO_TEST_CASE(elements_of_a_product_have_their_own_keys) {
    const auto key = [](std::string diagram, std::string element_id) {
        return element_key(1, key_of({std::move(diagram), std::move(element_id)}));
    };
    BOOST_TEST(key("a", "b") != key("", "ab"));
    BOOST_TEST(key("a", "b") != key("ab", ""));
    BOOST_TEST(key("", "b") != key("b", ""));
    BOOST_TEST(key("a", "b").starts_with(be64_key(1)));
    const ElementKey element = key_of({"a", "b"});
    BOOST_TEST(element_key(1, element) != element_key(2, element));
    BOOST_TEST(!exposure_key(1, 2).starts_with(exposure_key(1, 1)));
    // All elements of a product sort before its threats.
    BOOST_TEST((element_key(1, element) < exposure_key(1, 0)));
}

BOOST_AUTO_TEST_SUITE_END()
