// The rows that lists read and the lookups of a fold, for the worst product and the worst
// transaction. No time is measured.

#include <functional>

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "integration/commands/cost_desk.hpp"
#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/product_model.hpp"

BOOST_AUTO_TEST_SUITE(read_cost_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

// Counts the lookups of a fold, and its changes of threats and elements.
class CountedTables : public Tables {
  public:
    const Product* product(ProductId id) override { return tables_.product(id); }
    const Threat* threat(ProductId id, ThreatId threat) override {
        ++visits;
        return tables_.threat(id, threat);
    }
    const Mitigation* mitigation(ProductId id, MitigationId mitigation) override {
        return tables_.mitigation(id, mitigation);
    }
    const Exposure* exposure(ProductId id, ThreatId threat) override {
        ++visits;
        return tables_.exposure(id, threat);
    }
    const Element* element(ProductId id, const ElementKey& element) override {
        ++visits;
        return tables_.element(id, element);
    }
    const Acceptance* acceptance(ProductId id, AcceptanceId acceptance) override {
        ++visits;
        return tables_.acceptance(id, acceptance);
    }
    const Token* token(TokenId token) override { return tables_.token(token); }
    const PolicyVersion* policy(const std::string& name) override { return tables_.policy(name); }
    const Check* check(ProductId id, CheckId check) override { return tables_.check(id, check); }
    Product& edit_product(ProductId id) override { return tables_.edit_product(id); }
    Threat& edit_threat(ProductId id, ThreatId threat) override {
        ++visits;
        return tables_.edit_threat(id, threat);
    }
    Mitigation& edit_mitigation(ProductId id, MitigationId mitigation) override {
        return tables_.edit_mitigation(id, mitigation);
    }
    Exposure& edit_exposure(ProductId id, ThreatId threat) override {
        ++visits;
        return tables_.edit_exposure(id, threat);
    }
    Element& edit_element(ProductId id, const ElementKey& element) override {
        ++visits;
        return tables_.edit_element(id, element);
    }
    Acceptance& edit_acceptance(ProductId id, AcceptanceId acceptance) override {
        ++visits;
        return tables_.edit_acceptance(id, acceptance);
    }
    Token& edit_token(TokenId token) override { return tables_.edit_token(token); }
    PolicyVersion& edit_policy(const std::string& name) override {
        return tables_.edit_policy(name);
    }
    Check& edit_check(ProductId id, CheckId check) override {
        return tables_.edit_check(id, check);
    }
    void set_link(ProductId, ThreatId, MitigationId, bool) override { ++visits; }
    void set_seat(ProductId, const ElementKey&, MitigationId, bool) override { ++visits; }
    void set_external_id(ProductId, std::string_view, bool) override {}
    void set_policy_user(ProductId, std::string_view, bool) override {}
    void put_seen(ProductId, const SeenKey&, std::string_view) override { ++visits; }
    void put_history(ProductId, Instant, const HistoryRow&) override {}
    void put_details(ProductId, Instant, const DetailsRow&) override {}
    void put_policy_version(std::string_view, Instant, const PolicyVersion&) override {}

    std::size_t visits = 0;

  private:
    MemoryTables tables_;
};

class CountedLog {
  public:
    CountedLog() { add(ProductRegistered{{{"P"}}}); }

    void add(EventData data) {
        Event event;
        event.position = ++position_;
        event.time = Instant{std::chrono::seconds{time_}};
        event.product_id = 1;
        event.data = std::move(data);
        log_.next(std::move(event));
    }
    void end_transaction() { ++time_; }
    // The number of lookups and changes in a transaction that consists of `events`.
    std::size_t visits_of(const std::function<void()>& events) {
        end_transaction();
        log_.finish();
        const std::size_t before = tables_.visits;
        events();
        log_.finish();
        return tables_.visits - before;
    }

  private:
    CountedTables tables_;
    LogFold log_{tables_};
    Position position_ = 0;
    std::int64_t time_ = 1;
};

}  // namespace

// Coverage of an element is one lookup, regardless of the number of mitigations on it.
BOOST_AUTO_TEST_CASE(a_list_by_coverage_costs_threats_not_pairs) {
    std::vector<std::size_t> reads;
    for (const std::size_t objects : {500U, 1'000U}) {
        CostDesk desk;
        desk.add(objects, [](std::size_t i) { return threat_on(i % 2 == 0 ? "e" : "f"); });
        desk.add(objects, [](std::size_t) { return mitigation_of({{}, "", "e"}, implemented); });
        desk.add(1, [](std::size_t) { return mitigation_of({{}, "", "f"}, implemented); });
        const ReadView view(desk.store());
        const auto any = [](const Threat&) { return true; };
        std::size_t found = 0;
        const auto visit = [&](const ThreatView& shown) {
            BOOST_REQUIRE(shown.covered());
            ++found;
            return found < 10;
        };
        const RowsRead read;
        scan_threats(view, 1, {}, 0, any, false, visit);
        reads.push_back(read.count());
        BOOST_TEST(found == 0U);
        BOOST_TEST(read.count() <= 4 * objects + 10);
        scan_threats(view, 1, {}, 0, any, true, visit);
        BOOST_TEST(found == 10U);
        BOOST_TEST(read.count() <=
                   4 * objects + 10 + 10 * (events::limits::covered_by_ids_max + 10));
    }
    BOOST_TEST(reads[1] <= 2 * reads[0]);
}

// Logs written before such transactions were limited are folded as fast as any other.
BOOST_AUTO_TEST_CASE(a_transaction_of_many_toggles_is_folded_in_linear_time) {
    CountedLog log;
    for (std::size_t i = 1; i <= events::limits::threat_ids_max; ++i) {
        ThreatIdentified threat{i, {{"T"}}, {Severity::high, {}, {}}, ThreatStatus::identified};
        threat.texts.set(ThreatField::element_id, element_id(i, ElementNames::longest));
        log.add(std::move(threat));
    }
    log.end_transaction();
    log.add(MitigationProposed{
        1, {{"M"}}, retired, {ids_from_1(events::limits::threat_ids_max), "", ""}});
    const auto turn = [&](std::size_t times) {
        return [&log, times] {
            for (std::size_t i = 1; i <= times; ++i) {
                log.add(MitigationStatusChanged{1, by_turns(i), by_turns(i + 1)});
            }
        };
    };
    const std::size_t once = log.visits_of(turn(1));
    BOOST_TEST(once >= events::limits::threat_ids_max);
    BOOST_TEST(once <= 6 * events::limits::threat_ids_max);
    // Ends with the original status, then with the opposite one.
    BOOST_TEST(log.visits_of(turn(20'000)) <= once);
    BOOST_TEST(log.visits_of(turn(20'001)) <= once);
}

BOOST_AUTO_TEST_SUITE_END()
