// The statements of section 1 of the contract in order, and events that a valid log cannot contain.

#include <array>

#include <boost/test/unit_test.hpp>

#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/posture.hpp"
#include "projections/query/product_model.hpp"

BOOST_AUTO_TEST_SUITE(fold_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;

namespace {

// A product to which events are added one by one.
class Model {
  public:
    Model() { add(ProductRegistered{{{"P"}}}); }

    void add(EventData data, ProductId product = 1) {
        Event event;
        event.position = ++position_;
        event.time = Instant{std::chrono::seconds{position_}};
        event.product_id = product;
        event.data = std::move(data);
        fold(tables_, event);
        settle_coverage(tables_);
    }

    void threat(ThreatId id, std::optional<Severity> severity,
                ThreatStatus status = ThreatStatus::identified, std::string element_id = {},
                std::string diagram = {}) {
        ThreatTexts texts;
        texts.set(ThreatField::name, "T");
        texts.set(ThreatField::element_id, std::move(element_id));
        texts.set(ThreatField::diagram, std::move(diagram));
        add(ThreatIdentified{id, texts, {severity, std::nullopt, std::nullopt}, status});
    }
    void mitigation(MitigationId id, MitigationStatus status, CoverageScope scope) {
        add(MitigationProposed{id, {{"M"}}, status, std::move(scope)});
    }
    void score(ThreatId id, std::optional<Severity> severity) {
        add(ThreatScored{id, {severity, std::nullopt, std::nullopt}});
    }
    // Requests and approves an acceptance of one threat, at its severity.
    void accept(AcceptanceId id, ThreatId threat_id, Day last_day) {
        const auto severity = tables_.threat(1, threat_id)->scoring.severity;
        add(AcceptanceRequested{id, {threat_id}, {severity}, {{"J"}}, last_day, {}, 0});
        add(AcceptanceApproved{id, {severity}, Assurance::tokens, {}});
    }
    void move(ThreatId id, std::string element_id, std::optional<std::string> diagram = {}) {
        ThreatChanges changes;
        changes.set(ThreatField::element_id, element_id);
        if (diagram) {
            changes.set(ThreatField::diagram, *diagram);
        }
        add(ThreatDescribed{id, changes});
    }

    const Posture& posture() { return tables_.product(1)->posture; }
    std::uint64_t uncovered() { return posture().unmitigated_high(); }
    // Critical, high, medium, low.
    const SeverityCounts& unmitigated() { return posture().unmitigated; }
    SeverityCounts accepted_on(Day day) {
        return posture_at(*tables_.product(1), Instant{day}).accepted.unmitigated;
    }
    bool covered(ThreatId id) const {
        return product_model_of(tables_, 1, Instant::max())->view(id).covered();
    }
    MemoryTables& tables() { return tables_; }
    Position position() const { return position_; }

  private:
    MemoryTables tables_;
    Position position_ = 0;
};

constexpr auto implemented = MitigationStatus::implemented;

void check_refused(Model& model, EventData data, ProductId product = 1) {
    BOOST_CHECK_THROW(model.add(std::move(data), product), BadHistory);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_product_counts_nothing) {
    Model model;
    BOOST_CHECK(model.posture() == Posture{});
}

BOOST_AUTO_TEST_CASE(each_severity_and_none_is_counted) {
    Model model;
    model.threat(1, Severity::critical);
    model.threat(2, Severity::high);
    model.threat(3, Severity::high);
    model.threat(4, Severity::medium);
    model.threat(5, Severity::low);
    model.threat(6, std::nullopt);
    BOOST_TEST(model.posture().total_threats == 6U);
    BOOST_TEST(model.posture().of(Severity::critical) == 1U);
    BOOST_TEST(model.posture().of(Severity::high) == 2U);
    BOOST_TEST(model.posture().of(Severity::medium) == 1U);
    BOOST_TEST(model.posture().of(Severity::low) == 1U);
    BOOST_TEST(model.posture().unscored == 1U);
    BOOST_TEST(model.uncovered() == 3U);
}

BOOST_AUTO_TEST_CASE(removed_and_not_applicable_threats_are_not_counted) {
    Model model;
    model.threat(1, Severity::critical, ThreatStatus::not_applicable);
    model.threat(2, Severity::critical, ThreatStatus::mitigated);
    model.threat(3, std::nullopt);
    model.add(ThreatRemoved{2});
    model.add(ThreatRemoved{3});
    BOOST_CHECK(model.posture() == Posture{});
    model.add(ThreatStatusChanged{1, ThreatStatus::identified, ThreatStatus::not_applicable});
    BOOST_TEST(model.posture().total_threats == 1U);
    BOOST_TEST(model.uncovered() == 1U);
}

BOOST_AUTO_TEST_CASE(an_accepted_threat_is_still_open) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::accepted);
    BOOST_TEST(model.uncovered() == 1U);
    BOOST_TEST(model.posture().mitigated_threats == 0U);
}

BOOST_AUTO_TEST_CASE(a_mitigated_threat_needs_no_mitigation_on_record) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::mitigated);
    BOOST_TEST(model.uncovered() == 0U);
    BOOST_TEST(model.posture().mitigated_threats == 1U);
    BOOST_TEST(!model.covered(1));
}

BOOST_AUTO_TEST_CASE(only_an_active_mitigation_covers) {
    Model model;
    model.threat(1, Severity::high);
    model.mitigation(1, MitigationStatus::proposed, {{1}, "", ""});
    BOOST_TEST(model.uncovered() == 1U);
    MitigationStatus from = MitigationStatus::proposed;
    for (const auto& [status, covers] :
         {std::pair(MitigationStatus::implemented, true),
          std::pair(MitigationStatus::verified, true), std::pair(MitigationStatus::retired, false),
          std::pair(MitigationStatus::verified, true)}) {
        model.add(MitigationStatusChanged{1, status, from});
        from = status;
        BOOST_TEST(model.covered(1) == covers);
        BOOST_TEST(model.uncovered() == (covers ? 0U : 1U));
        BOOST_TEST(model.posture().active_mitigations == (covers ? 1U : 0U));
        BOOST_TEST(model.posture().total_mitigations == 1U);
    }
    model.add(MitigationRemoved{1});
    BOOST_TEST(model.uncovered() == 1U);
    BOOST_TEST(model.posture().total_mitigations == 0U);
}

BOOST_AUTO_TEST_CASE(a_retired_mitigation_is_still_on_record) {
    Model model;
    model.mitigation(1, MitigationStatus::retired, {});
    BOOST_TEST(model.posture().total_mitigations == 1U);
    BOOST_TEST(model.posture().active_mitigations == 0U);
}

BOOST_AUTO_TEST_CASE(two_controls_on_one_threat_count_it_once) {
    Model model;
    model.threat(1, Severity::high);
    model.mitigation(1, implemented, {{1}, "", ""});
    model.mitigation(2, implemented, {{1}, "", ""});
    model.add(MitigationRemoved{1});
    BOOST_TEST(model.covered(1));
    BOOST_TEST(model.uncovered() == 0U);
    model.add(MitigationRemoved{2});
    BOOST_TEST(model.uncovered() == 1U);
}

BOOST_AUTO_TEST_CASE(a_mitigation_without_links_covers_its_element) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::identified, "node", "D");
    model.threat(2, Severity::high, ThreatStatus::identified, "node", "D");
    model.threat(3, Severity::high, ThreatStatus::identified, "other", "D");
    model.threat(4, Severity::high);
    model.mitigation(1, implemented, {{}, "D", "node"});
    BOOST_TEST(model.uncovered() == 2U);
    BOOST_TEST(model.covered(1));
    BOOST_TEST(!model.covered(3));
    BOOST_TEST(!model.covered(4));
    model.threat(5, Severity::critical, ThreatStatus::identified, "node", "D");
    BOOST_TEST(model.uncovered() == 2U);
    model.move(1, "other");
    BOOST_TEST(model.uncovered() == 3U);
    model.move(3, "node");
    BOOST_TEST(model.uncovered() == 2U);
}

// "The same element_id in two diagrams is two elements; a missing diagram is one of its own."
BOOST_AUTO_TEST_CASE(an_element_belongs_to_its_diagram) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::identified, "node", "A");
    model.threat(2, Severity::high, ThreatStatus::identified, "node", "B");
    model.threat(3, Severity::high, ThreatStatus::identified, "node", "");
    model.mitigation(1, implemented, {{}, "A", "node"});
    BOOST_TEST(model.covered(1));
    BOOST_TEST(!model.covered(2));
    BOOST_TEST(!model.covered(3));
    BOOST_TEST(model.uncovered() == 2U);
    model.mitigation(2, implemented, {{}, "", "node"});
    BOOST_TEST(model.covered(3));
    BOOST_TEST(!model.covered(2));
    model.move(1, "node", "B");
    BOOST_TEST(!model.covered(1));
    BOOST_TEST(model.uncovered() == 2U);
}

BOOST_AUTO_TEST_CASE(a_diagram_without_an_element_covers_nothing) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::identified, "", "A");
    model.mitigation(1, implemented, {{}, "A", ""});
    model.mitigation(2, implemented, {});
    BOOST_TEST(!model.covered(1));
    BOOST_TEST(model.uncovered() == 1U);
}

// "A mitigation that names threats covers those and no others, also when one of them has been
// removed since: losing a link must never widen what a control covers."
BOOST_AUTO_TEST_CASE(a_link_to_a_removed_threat_does_not_widen_a_control) {
    Model model;
    model.threat(1, Severity::high, ThreatStatus::identified, "node", "D");
    model.threat(2, Severity::high, ThreatStatus::identified, "node", "D");
    model.mitigation(1, implemented, {{1}, "D", "node"});
    BOOST_TEST(model.uncovered() == 1U);
    model.add(ThreatRemoved{1});
    BOOST_TEST(!model.covered(2));
    BOOST_TEST(model.uncovered() == 1U);
    // Later changes of other kinds do not widen it either.
    model.add(MitigationStatusChanged{1, MitigationStatus::retired, implemented});
    model.add(MitigationStatusChanged{1, MitigationStatus::verified, MitigationStatus::retired});
    model.add(MitigationLinked{1, {{1}, "", "node"}});
    BOOST_TEST(!model.covered(2));
    BOOST_TEST(model.uncovered() == 1U);
    // Only an explicit change of its links does.
    model.add(MitigationLinked{1, {{}, "D", "node"}});
    BOOST_TEST(model.covered(2));
    BOOST_TEST(model.uncovered() == 0U);
}

BOOST_AUTO_TEST_CASE(a_relinked_mitigation_covers_its_new_scope) {
    Model model;
    model.threat(1, Severity::high);
    model.threat(2, Severity::high);
    model.mitigation(1, implemented, {{1}, "", ""});
    model.add(MitigationLinked{1, {{2}, "", ""}});
    BOOST_TEST(!model.covered(1));
    BOOST_TEST(model.covered(2));
    model.add(MitigationLinked{1, {{1, 2}, "", ""}});
    BOOST_TEST(model.uncovered() == 0U);
    model.add(MitigationLinked{1, {}});
    BOOST_TEST(model.uncovered() == 2U);
}

BOOST_AUTO_TEST_CASE(a_rescored_threat_moves_between_the_counts) {
    Model model;
    model.threat(1, Severity::high);
    model.add(ThreatScored{1, {Severity::low, std::nullopt, std::nullopt}});
    BOOST_TEST(model.posture().of(Severity::high) == 0U);
    BOOST_TEST(model.posture().of(Severity::low) == 1U);
    BOOST_TEST(model.uncovered() == 0U);
    model.add(ThreatScored{1, {}});
    BOOST_TEST(model.posture().of(Severity::low) == 0U);
    BOOST_TEST(model.posture().unscored == 1U);
    model.add(ThreatScored{1, {Severity::critical, std::uint8_t{5}, std::uint8_t{5}}});
    BOOST_TEST(model.posture().of(Severity::critical) == 1U);
    BOOST_TEST(model.uncovered() == 1U);
}

BOOST_AUTO_TEST_CASE(unmitigated_threats_are_counted_by_severity) {
    Model model;
    model.threat(1, Severity::critical);
    model.threat(2, Severity::high);
    model.threat(3, Severity::medium);
    model.threat(4, Severity::medium);
    model.threat(5, Severity::low);
    model.threat(6, std::nullopt);
    model.threat(7, Severity::medium, ThreatStatus::mitigated);
    model.threat(8, Severity::low, ThreatStatus::not_applicable);
    model.threat(9, Severity::low, ThreatStatus::accepted);
    BOOST_TEST(model.unmitigated() == (SeverityCounts{1, 1, 2, 2}));
    BOOST_TEST(model.posture().unmitigated_at_or_above(Severity::critical) == 1U);
    BOOST_TEST(model.posture().unmitigated_at_or_above(Severity::high) == 2U);
    BOOST_TEST(model.posture().unmitigated_at_or_above(Severity::medium) == 4U);
    BOOST_TEST(model.posture().unmitigated_at_or_above(Severity::low) == 6U);
    BOOST_TEST(model.posture().unmitigated_high() == 2U);
    BOOST_TEST(model.posture().at_or_above(Severity::high) == 2U);
    BOOST_TEST(model.posture().at_or_above(Severity::medium) == 5U);
    BOOST_TEST(model.posture().at_or_above(Severity::low) == 7U);
    model.add(ThreatStatusChanged{3, ThreatStatus::mitigated, ThreatStatus::identified});
    model.add(ThreatRemoved{5});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{1, 1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(a_covered_medium_threat_is_not_unmitigated) {
    Model model;
    model.threat(1, Severity::medium);
    model.threat(2, Severity::medium, ThreatStatus::identified, "node");
    model.threat(3, Severity::low, ThreatStatus::identified, "node");
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 0, 2, 1}));
    model.mitigation(1, implemented, {{1}, "", ""});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 0, 1, 1}));
    model.mitigation(2, implemented, {{}, "", "node"});
    BOOST_TEST(model.unmitigated() == SeverityCounts{});
    model.add(MitigationRemoved{1});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(a_rescored_threat_moves_between_the_unmitigated_counts) {
    Model model;
    model.threat(1, Severity::critical);
    model.threat(2, Severity::critical, ThreatStatus::identified, "node");
    const std::array<SeverityCounts, 4> each{{{2}, {0, 2}, {0, 0, 2}, {0, 0, 0, 2}}};
    for (const Severity severity : {Severity::high, Severity::low, Severity::medium}) {
        model.score(1, severity);
        model.score(2, severity);
        BOOST_TEST(model.unmitigated() == each.at(index_of(severity)));
    }
    model.score(1, std::nullopt);
    model.score(2, std::nullopt);
    BOOST_TEST(model.unmitigated() == SeverityCounts{});
    // While it is unscored, its element has nothing to cover.
    BOOST_TEST(model.tables().element(1, key_of({"", "node"}))->empty());
    model.score(2, Severity::low);
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_retired_mitigation_uncovers_each_severity_of_its_element) {
    Model model;
    model.mitigation(1, implemented, {{}, "", "node"});
    ThreatId id = 0;
    for (const auto severity : {std::optional(Severity::critical), std::optional(Severity::high),
                                std::optional(Severity::medium), std::optional(Severity::medium),
                                std::optional(Severity::low), std::optional<Severity>()}) {
        model.threat(++id, severity, ThreatStatus::identified, "node");
    }
    BOOST_TEST(model.unmitigated() == SeverityCounts{});
    // A threat that changes while it is covered.
    model.score(1, Severity::low);
    model.add(MitigationStatusChanged{1, MitigationStatus::retired, implemented});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 1, 2, 2}));
    model.mitigation(2, implemented, {{3}, "", ""});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 1, 1, 2}));
    model.add(MitigationStatusChanged{1, MitigationStatus::verified, MitigationStatus::retired});
    BOOST_TEST(model.unmitigated() == SeverityCounts{});
}

BOOST_AUTO_TEST_CASE(an_accepted_medium_threat_is_counted_until_its_last_day) {
    constexpr Day first{};
    constexpr Day last_day = first + std::chrono::days{3};
    Model model;
    model.threat(1, Severity::medium, ThreatStatus::identified, "node");
    model.threat(2, Severity::low, ThreatStatus::identified, "node");
    model.threat(3, Severity::medium);
    model.threat(4, std::nullopt);
    for (const ThreatId id : {1U, 2U, 3U, 4U}) {
        model.accept(id, id, id == 2 ? last_day - std::chrono::days{1} : last_day);
    }
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 2, 1}));
    BOOST_TEST(model.accepted_on(last_day) == (SeverityCounts{0, 0, 2, 0}));
    BOOST_TEST(model.accepted_on(last_day + std::chrono::days{1}) == SeverityCounts{});
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 0, 2, 1}));
    // Covered threats need no acceptance.
    model.mitigation(1, implemented, {{}, "", "node"});
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 1, 0}));
    model.add(MitigationStatusChanged{1, MitigationStatus::retired, implemented});
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 2, 1}));
    // Less severe than what was accepted, then more severe.
    model.score(1, Severity::low);
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 1, 2}));
    BOOST_TEST(model.accepted_on(last_day) == (SeverityCounts{0, 0, 1, 1}));
    model.score(1, Severity::high);
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 1, 1}));
    BOOST_TEST(model.unmitigated() == (SeverityCounts{0, 1, 1, 1}));
    model.add(AcceptanceRevoked{3, {}});
    BOOST_TEST(model.accepted_on(first) == (SeverityCounts{0, 0, 0, 1}));
}

BOOST_AUTO_TEST_CASE(products_are_independent) {
    Model model;
    model.add(ProductRegistered{{{"Q"}}}, 2);
    model.threat(1, Severity::high, ThreatStatus::identified, "node");
    model.add(MitigationProposed{1, {{"M"}}, implemented, {{}, "", "node"}}, 2);
    BOOST_TEST(model.uncovered() == 1U);
    BOOST_TEST(model.tables().product(2)->posture.active_mitigations == 1U);
}

BOOST_AUTO_TEST_CASE(an_event_about_a_missing_object_is_refused) {
    Model model;
    model.threat(1, Severity::high);
    model.mitigation(1, implemented, {{1}, "", ""});
    check_refused(model, ProductRegistered{{{"P"}}});
    check_refused(model, ThreatRemoved{1}, 2);
    check_refused(model, ThreatIdentified{1, {{"T"}}, {}, ThreatStatus::identified});
    check_refused(model, ThreatScored{2, {}});
    check_refused(model, ThreatStatusChanged{2, {}, {}});
    check_refused(model, ThreatDescribed{2, {}});
    check_refused(model, ThreatRemoved{2});
    check_refused(model, MitigationProposed{1, {{"M"}}, implemented, {}});
    check_refused(model, MitigationStatusChanged{2, {}, {}});
    check_refused(model, MitigationLinked{2, {}});
    check_refused(model, MitigationDescribed{2, {}});
    check_refused(model, MitigationRemoved{2});
    check_refused(model, TokenRevoked{1}, 0);
    check_refused(model, TokenRevoked{1}, 1);
    check_refused(model, ThreatRemoved{1}, 0);
}

BOOST_AUTO_TEST_CASE(removed_objects_stay_removed) {
    Model model;
    model.threat(1, Severity::high);
    model.mitigation(1, implemented, {{1}, "", ""});
    model.add(ThreatRemoved{1});
    model.add(MitigationRemoved{1});
    check_refused(model, ThreatRemoved{1});
    check_refused(model, ThreatScored{1, {}});
    check_refused(model, ThreatIdentified{1, {{"T"}}, {}, ThreatStatus::identified});
    check_refused(model, MitigationRemoved{1});
    check_refused(model, MitigationLinked{1, {}});
    check_refused(model, MitigationProposed{1, {{"M"}}, implemented, {}});
    model.add(TokenIssued{1, "t", Role::gate, {}, {}, "ta_x", std::string(64, 'a')}, 0);
    check_refused(model, TokenIssued{1, "t", Role::gate, {}, {}, "ta_x", std::string(64, 'a')}, 0);
    model.add(TokenRevoked{1}, 0);
    check_refused(model, TokenRevoked{1}, 0);
}

BOOST_AUTO_TEST_CASE(events_of_an_archived_product_are_refused) {
    Model model;
    model.threat(1, Severity::high);
    model.add(ProductArchived{});
    check_refused(model, ProductArchived{});
    check_refused(model, ThreatRemoved{1});
    check_refused(model, ProductDescribed{});
    BOOST_TEST(model.uncovered() == 1U);
    BOOST_CHECK(model.tables().product(1)->archived_at.has_value());
}

// Otherwise its links would be counted for the mitigation, but never for the threat.
BOOST_AUTO_TEST_CASE(a_mitigation_cannot_name_a_threat_that_never_existed) {
    Model model;
    model.threat(1, Severity::high);
    check_refused(model, MitigationProposed{1, {{"M"}}, implemented, {{1, 2}, "", ""}});
    model.mitigation(2, implemented, {{1}, "", ""});
    check_refused(model, MitigationLinked{2, {{2}, "", ""}});
}

namespace {

Event event_at(Position position, std::int64_t second, ProductId product, EventData data) {
    Event event;
    event.position = position;
    event.time = Instant{std::chrono::seconds{second}};
    event.product_id = product;
    event.data = std::move(data);
    return event;
}

}  // namespace

BOOST_AUTO_TEST_CASE(gaps_and_decreasing_times_are_refused) {
    const ProductDescribed describes{};
    const auto refused = [&](const Event& next) {
        MemoryTables tables;
        LogFold log(tables);
        log.next(event_at(1, 10, 1, ProductRegistered{{{"P"}}}));
        log.next(event_at(2, 20, 2, ProductRegistered{{{"Q"}}}));
        try {
            log.next(next);
            return false;
        } catch (const BadHistory&) {
            return true;
        }
    };
    BOOST_TEST(!refused(event_at(3, 20, 2, describes)));
    BOOST_TEST(!refused(event_at(3, 21, 1, describes)));
    BOOST_TEST(refused(event_at(2, 21, 1, describes)));
    BOOST_TEST(refused(event_at(4, 21, 1, describes)));
    BOOST_TEST(refused(event_at(3, 19, 1, describes)));
    // All events of a transaction are about one product.
    BOOST_TEST(refused(event_at(3, 20, 1, describes)));

    MemoryTables tables;
    LogFold log(tables);
    BOOST_CHECK_THROW(log.next(event_at(2, 10, 1, ProductRegistered{{{"P"}}})), BadHistory);
}

BOOST_AUTO_TEST_CASE(a_transaction_leaves_one_row) {
    std::vector<std::pair<Instant, HistoryRow>> rows;
    MemoryTables tables(
        {[&](ProductId, Instant time, const HistoryRow& row) { rows.emplace_back(time, row); },
         {}});
    LogFold log(tables);
    log.next(event_at(1, 10, 1, ProductRegistered{{{"P"}}}));
    log.next(event_at(2, 20, 1, ThreatIdentified{1, {{"T"}}, {}, ThreatStatus::identified}));
    log.next(event_at(3, 20, 1, ThreatRemoved{1}));
    BOOST_TEST(rows.size() == 1U);
    log.next(event_at(4, 30, 1, ProductArchived{}));
    log.finish();
    BOOST_REQUIRE_EQUAL(rows.size(), 3U);
    BOOST_TEST(rows[1].second.first_position == 2U);
    BOOST_TEST(rows[1].second.last_position == 3U);
    BOOST_TEST(rows[1].second.version == 3U);
    BOOST_CHECK(rows[1].second.details_at == rows[0].first);
    BOOST_TEST(!rows[1].second.archived);
    BOOST_TEST(rows[2].second.archived);
    BOOST_TEST(log.position() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
