// The worst command for each limit, derived from the limits themselves, and its cost: rows written,
// rows read, bytes written. No time is measured.

#include "commands/command_cost.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <numeric>

#include <boost/test/unit_test.hpp>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include "commands/refusal.hpp"
#include "events/limits.hpp"
#include "projections/fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/product_model.hpp"
#include "support/desk.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(command_cost_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

constexpr std::string_view widest = "\U0001F512";  // four bytes a code point

std::string widest_text(std::size_t points, std::size_t number) {
    std::string text = std::to_string(number) + ' ';
    for (std::size_t left = points - text.size(); left > 0; --left) {
        text += widest;
    }
    return text;
}

// Names of elements: short ones or the longest.
enum class Names { short_ones, longest };

std::string element_id(std::size_t number, Names names) {
    return names == Names::longest ? widest_text(events::limits::other_text_points_max, number)
                                   : "e" + std::to_string(number);
}

Change threat_on(std::string element, std::string_view description = {}) {
    IdentifyThreat change;
    change.texts.set(ThreatField::name, "T");
    change.texts.set(ThreatField::description, description);
    change.texts.set(ThreatField::element_id, element);
    change.scoring.severity = Severity::high;
    return change;
}

Change mitigation_of(CoverageScope scope, MitigationStatus status = MitigationStatus::proposed) {
    ProposeMitigation change;
    change.texts.set(MitigationField::name, "M");
    change.scope = std::move(scope);
    change.status = status;
    return change;
}

Change turned(MitigationId id, MitigationStatus status) {
    ChangeMitigation change;
    change.mitigation_id = id;
    change.status = status;
    return change;
}

Change scored(ThreatId id, std::optional<Severity> severity) {
    ChangeThreat change;
    change.threat_id = id;
    change.scoring.severity = severity;
    return change;
}

std::vector<ThreatId> ids_from_1(std::size_t count) {
    std::vector<ThreatId> ids(count);
    std::iota(ids.begin(), ids.end(), 1);
    return ids;
}

// Counts the rows that the store examines, as long as they are in memory.
class RowsRead {
  public:
    RowsRead() {
        rocksdb::SetPerfLevel(rocksdb::kEnableCount);
        rocksdb::get_perf_context()->Reset();
    }
    ~RowsRead() { rocksdb::SetPerfLevel(rocksdb::kDisable); }
    RowsRead(const RowsRead&) = delete;
    RowsRead& operator=(const RowsRead&) = delete;

    std::size_t count() const {
        const auto& seen = *rocksdb::get_perf_context();
        return seen.get_from_memtable_count + seen.seek_on_memtable_count +
               seen.next_on_memtable_count;
    }
};

struct Work {
    std::size_t reckoned = 0;  // rows, as the limit counts them
    std::size_t written = 0;   // rows
    std::size_t read = 0;      // rows
    std::size_t bytes = 0;     // of the rows written
};

// A desk with product 1, whose rows are in the store.
class Desktop : public Desk {
  public:
    Desktop() {
        register_product();
        write_group();
    }

    void add(std::size_t count, const std::function<Change(std::size_t)>& change) {
        for (std::size_t done = 0; done < count;) {
            Command command = batch();
            for (; done < count && command.items.size() < events::limits::bulk_items_max; ++done) {
                command.items.push_back(item_of(change(done + 1)));
            }
            run(std::move(command));
            write_group();
        }
    }

    // Executes a command alone in its group.
    Work measure(Command command) {
        Work work;
        work.reckoned = cost_of(overlay(), command).rows;
        overlay().clear();
        const RowsRead read;
        last_ = run(std::move(command));
        work.read = read.count();
        RowBatch rows(store());
        overlay().write_to(rows);
        work.written = rows.count() + lines().size();
        work.bytes = rows.bytes();
        write_group();
        return work;
    }
    Work measure(Change change) { return measure(about(1, item_of(std::move(change)))); }
    Work measure(std::size_t count, const std::function<Change(std::size_t)>& change) {
        Command command = batch();
        for (std::size_t i = 1; i <= count; ++i) {
            command.items.push_back(item_of(change(i)));
        }
        return measure(std::move(command));
    }

    const WriteAnswer& last() const { return last_; }

    static Command batch() {
        Command command;
        command.product_id = 1;
        command.answer = AnswerForm::counts;
        return command;
    }

  private:
    WriteAnswer last_;
};

// Rows that are not counted per item: those of the product, its history and its details.
constexpr std::size_t rows_of_command = 8;
// Upper bound for a row that counts as one, including its key and the overhead of a batch.
constexpr std::size_t bytes_of_row = events::limits::row_bytes + 128;

void check(const Work& work, std::string_view shape) {
    BOOST_TEST_CONTEXT(shape << ": reckoned " << work.reckoned << ", written " << work.written
                             << ", read " << work.read << ", bytes " << work.bytes) {
        BOOST_TEST(work.reckoned <= events::limits::transaction_rows_max);
        BOOST_TEST(work.written <= work.reckoned + rows_of_command);
        BOOST_TEST(work.read <= 2 * (work.reckoned + rows_of_command));
    }
}

// Texts of a command are limited by its body; this check is for commands without texts.
void check_bytes(const Work& work) {
    BOOST_TEST(work.bytes <= (work.reckoned + rows_of_command) * bytes_of_row);
}

constexpr auto implemented = MitigationStatus::implemented;
constexpr auto retired = MitigationStatus::retired;

MitigationStatus by_turns(std::size_t number) {
    return number % 2 == 1 ? implemented : retired;
}

}  // namespace

// --- One event -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_mitigation_of_all_the_links_it_may_have_costs_the_same_whatever_the_texts) {
    std::array<Work, 2> works;
    for (const Names names : {Names::short_ones, Names::longest}) {
        Desktop desk;
        const std::string description =
            names == Names::longest ? widest_text(events::limits::description_points_max / 4, 1)
                                    : "D";
        desk.add(events::limits::threat_ids_max,
                 [&](std::size_t i) { return threat_on(element_id(i, names), description); });
        desk.measure(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}));
        Work& work = works[names == Names::longest ? 1 : 0];
        work = desk.measure(turned(1, implemented));
        check(work, "turned on");
        check_bytes(work);
        BOOST_TEST(desk.posture().unmitigated_high == 0U);
        check(desk.measure(turned(1, retired)), "turned off");
        BOOST_TEST(desk.posture().unmitigated_high == events::limits::threat_ids_max);
        desk.measure(turned(1, implemented));
        check(desk.measure(RemoveMitigation{1}), "removed");
        BOOST_TEST(desk.posture().unmitigated_high == events::limits::threat_ids_max);
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
    BOOST_TEST(works[1].bytes <= works[0].bytes + events::limits::threat_ids_max);
}

BOOST_AUTO_TEST_CASE(a_mitigation_on_an_element_costs_the_same_whatever_sits_there) {
    std::vector<Work> works;
    for (const std::size_t threats : {10U, 2'000U}) {
        Desktop desk;
        desk.add(threats, [](std::size_t) { return threat_on("e"); });
        desk.add(threats, [](std::size_t) { return mitigation_of({{}, "", "e"}); });
        works.push_back(desk.measure(turned(1, implemented)));
        check(works.back(), "on an element");
        BOOST_TEST(desk.posture().unmitigated_high == 0U);
        check(desk.measure(turned(1, retired)), "off an element");
        BOOST_TEST(desk.posture().unmitigated_high == threats);
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
}

// The response lists the mitigations that cover a threat, up to a limit.
BOOST_AUTO_TEST_CASE(a_change_of_a_threat_costs_the_same_however_many_mitigations_cover_it) {
    std::vector<Work> works;
    const std::size_t listed = events::limits::covered_by_ids_max;
    for (const std::size_t mitigations : {listed, 2 * listed, 30 * listed}) {
        Desktop desk;
        desk.add(2, [](std::size_t) { return threat_on("e"); });
        desk.add(mitigations, [](std::size_t) {
            return mitigation_of({{}, "", "e"}, implemented);
        });
        desk.add(mitigations, [](std::size_t) {
            return mitigation_of({{2}, "", ""}, implemented);
        });
        desk.add(mitigations, [](std::size_t) { return mitigation_of({{}, "", "e"}); });
        for (const ThreatId id : {1U, 2U}) {
            works.push_back(desk.measure(scored(id, Severity::low)));
            const auto body = body_of(desk.last());
            const std::size_t covering = id * mitigations;
            BOOST_TEST(body.at("covered") == true);
            BOOST_TEST(body.at("covered_by").size() == std::min(listed, covering));
            BOOST_TEST(body.at("covered_by").front() == 1);
            BOOST_TEST(body.contains("covered_by_count") == (covering > listed));
            if (covering > listed) {
                BOOST_TEST(body.at("covered_by_count") == covering);
            }
        }
    }
    for (const std::size_t other : {2U, 4U}) {
        for (const std::size_t threat : {0U, 1U}) {
            BOOST_TEST(works[other + threat].written == works[threat].written);
            BOOST_TEST(works[other + threat].read == works[threat].read);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_product_is_archived_at_the_same_cost_whatever_it_has) {
    std::vector<Work> works;
    for (const std::size_t objects : {1U, 2'000U}) {
        Desktop desk;
        desk.add(objects, [](std::size_t) { return threat_on("e"); });
        desk.add(objects, [](std::size_t i) { return mitigation_of({{i}, "", ""}, implemented); });
        works.push_back(desk.measure(ArchiveProduct{}));
    }
    BOOST_TEST(works[1].written == works[0].written);
    BOOST_TEST(works[1].read == works[0].read);
}

// --- Many events ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_full_body_of_plain_events_is_within_the_limit) {
    Desktop desk;
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) { return threat_on(element_id(i, Names::short_ones)); }),
          "threats");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) { return scored(i, Severity::critical); }),
          "scores");
    check(desk.measure(
              events::limits::bulk_items_max,
              [](std::size_t i) {
                  return mitigation_of({{}, "", element_id(i, Names::short_ones)}, implemented);
              }),
          "mitigations on elements");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) {
                           const ThreatId first = i % (events::limits::bulk_items_max - 4) + 1;
                           return mitigation_of({{first, first + 1, first + 2, first + 3}, "", ""},
                                                implemented);
                       }),
          "mitigations of four links");
    check(desk.measure(events::limits::bulk_items_max,
                       [](std::size_t i) { return turned(i, retired); }),
          "mitigations turned off");
}

// Coverage is counted once per transaction, regardless of how often the mitigation is turned.
BOOST_AUTO_TEST_CASE(turning_a_mitigation_often_costs_what_turning_it_once_costs) {
    Desktop desk;
    desk.add(events::limits::threat_ids_max,
             [](std::size_t i) { return threat_on(element_id(i, Names::longest)); });
    desk.measure(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}));
    const Work once = desk.measure(turned(1, implemented));
    // The last turn restores the original status, or leaves the opposite one.
    for (const std::size_t turns :
         {events::limits::bulk_items_max, events::limits::bulk_items_max - 1}) {
        const Work often =
            desk.measure(turns, [](std::size_t i) { return turned(1, by_turns(i + 1)); });
        check(often, "turned often");
        BOOST_TEST(often.written <= once.written + turns);
        BOOST_TEST(often.read <= once.read + 10);
        BOOST_TEST(desk.posture().unmitigated_high ==
                   (turns % 2 == 0 ? 0U : events::limits::threat_ids_max));
    }
}

BOOST_AUTO_TEST_CASE(what_costs_too_much_is_refused_and_leaves_nothing) {
    const std::size_t rows_of_turn = 6 + 3 * events::limits::threat_ids_max;
    const std::size_t most = events::limits::transaction_rows_max / rows_of_turn;
    Desktop desk;
    desk.add(events::limits::threat_ids_max + 1,
             [](std::size_t i) { return threat_on(std::to_string(i)); });
    const CoverageScope scope{ids_from_1(events::limits::threat_ids_max), "", ""};
    for (std::size_t made = 0; made <= most; ++made) {
        desk.run(Desk::about(1, Desk::item_of(mitigation_of(scope))));
    }
    desk.write_group();

    Command command = Desktop::batch();
    command.items.push_back(Desk::item_of(scored(1, Severity::critical)));
    for (std::size_t id = 1; id <= most + 1; ++id) {
        command.items.push_back(Desk::item_of(turned(id, implemented)));
        command.items.back().pointer = "/" + std::to_string(id) + "/data";
    }
    const Position next = desk.next_position();
    try {
        desk.run(command);
        BOOST_FAIL("not refused");
    } catch (const Refusal& refusal) {
        BOOST_CHECK(refusal.kind() == RefusalKind::unacceptable);
        const std::string& detail = refusal.detail();
        for (const std::string& part :
             {std::to_string(events::limits::transaction_rows_max), std::to_string(rows_of_turn),
              std::string("split it"), std::string("number 2"), std::string("mitigation 1")}) {
            BOOST_TEST((detail.find(part) != std::string::npos), detail << " lacks " << part);
        }
        BOOST_REQUIRE(refusal.errors().size() == 1U);
        BOOST_TEST(refusal.errors().front().name == "/1/data");
    }
    BOOST_TEST(desk.next_position() == next);
    BOOST_TEST(!desk.has_changes());

    // As many as fit within the limit.
    const Work work = desk.measure(most, [](std::size_t id) { return turned(id, implemented); });
    check(work, "as much as is allowed");
    check_bytes(work);
    BOOST_TEST(work.reckoned + rows_of_turn > events::limits::transaction_rows_max);
    BOOST_TEST(desk.posture().unmitigated_high == 1U);
}

BOOST_AUTO_TEST_CASE(a_list_is_reckoned_each_time_it_is_given) {
    Desktop desk;
    desk.add(events::limits::threat_ids_max, [](std::size_t) { return threat_on("e"); });
    desk.measure(mitigation_of({{}, "", ""}, implemented));
    const auto linked = [](std::size_t i) {
        ChangeMitigation change;
        change.mitigation_id = 1;
        change.scope.threat_ids = ids_from_1(i % 2 == 1 ? events::limits::threat_ids_max : 1);
        return change;
    };
    check(desk.measure(101, linked), "linked anew");
    BOOST_TEST(desk.posture().unmitigated_high == 0U);
    Command command = Desktop::batch();
    for (std::size_t i = 1;
         i <= 2 * events::limits::transaction_rows_max / events::limits::threat_ids_max / 3; ++i) {
        command.items.push_back(Desk::item_of(linked(1)));
    }
    BOOST_CHECK_THROW(desk.run(command), Refusal);
}

BOOST_AUTO_TEST_CASE(long_texts_cost_what_they_take) {
    Desktop desk;
    const std::string text = widest_text(events::limits::description_points_max, 1);
    desk.add(100, [&](std::size_t) { return threat_on("e", text); });
    const Work work = desk.measure(100, [](std::size_t i) { return scored(i, Severity::low); });
    check(work, "long texts");
    check_bytes(work);
    BOOST_TEST(work.reckoned >= 100 * (text.size() / events::limits::row_bytes));
    // The same threats again: each row is written once.
    const Work again = desk.measure(
        300, [](std::size_t i) { return scored(i % 100 + 1, static_cast<Severity>(i / 100)); });
    check(again, "long texts, changed often");
    check_bytes(again);
    BOOST_TEST(again.reckoned <= work.reckoned + 300 * 6);
}

// --- Lists ---------------------------------------------------------------------------------------

// Coverage of an element is one lookup, regardless of the number of mitigations on it.
BOOST_AUTO_TEST_CASE(a_list_by_coverage_costs_the_threats_and_not_the_pairs) {
    std::vector<std::size_t> reads;
    for (const std::size_t objects : {500U, 1'000U}) {
        Desktop desk;
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

// --- Folds of whole logs -------------------------------------------------------------------------

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
    const Token* token(TokenId token) override { return tables_.token(token); }
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
    Token& edit_token(TokenId token) override { return tables_.edit_token(token); }
    void set_link(ProductId, ThreatId, MitigationId, bool) override { ++visits; }
    void set_seat(ProductId, const ElementKey&, MitigationId, bool) override { ++visits; }
    void set_external_id(ProductId, std::string_view, bool) override {}
    void put_seen(ProductId, const SeenKey&, std::string_view) override { ++visits; }
    void put_history(ProductId, Instant, const HistoryRow&) override {}
    void put_details(ProductId, Instant, const DetailsRow&) override {}

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

// Logs written before such transactions were limited are folded as fast as any other.
BOOST_AUTO_TEST_CASE(a_transaction_of_many_turns_is_folded_at_the_cost_of_its_events) {
    CountedLog log;
    for (std::size_t i = 1; i <= events::limits::threat_ids_max; ++i) {
        ThreatIdentified threat{i, {{"T"}}, {Severity::high, {}, {}}, ThreatStatus::identified};
        threat.texts.set(ThreatField::element_id, element_id(i, Names::longest));
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

// --- Groups --------------------------------------------------------------------------------------

// Commands before a costly one do not wait for it, and commands after it are not in its group.
BOOST_FIXTURE_TEST_CASE(a_costly_command_is_a_group_of_its_own, SequencerFixture) {
    const std::size_t mitigations =
        events::limits::group_rows_max / (3 * events::limits::threat_ids_max) + 1;
    Command threats = Desktop::batch();
    for (std::size_t i = 1; i <= events::limits::threat_ids_max; ++i) {
        threats.items.push_back(Desk::item_of(threat_on("e")));
    }
    (*writer)->execute(std::move(threats));
    Command costly = Desktop::batch();
    for (std::size_t id = 1; id <= mitigations; ++id) {
        (*writer)->execute(Desk::about(
            1, Desk::item_of(mitigation_of({ids_from_1(events::limits::threat_ids_max), "", ""}))));
        costly.items.push_back(Desk::item_of(turned(id, implemented)));
    }
    const auto groups_before = (*writer)->counts().group_sizes.count();
    writer->hold();
    auto first = writer->submit(Writer::identify_in(2));
    writer->wait_until_held();
    auto before = writer->submit(Writer::identify_in(2));
    auto expensive = writer->submit(std::move(costly));
    auto after = writer->submit(Writer::identify_in(2));
    writer->release();
    accepted_in(first);
    BOOST_TEST(accepted_in(before).position + mitigations == accepted_in(expensive).position);
    accepted_in(after);
    // The first two may share a group.
    BOOST_TEST((*writer)->counts().group_sizes.count() - groups_before >= 3U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(a_command_that_nobody_waits_for_is_not_begun, SequencerFixture) {
    std::atomic<bool> is_awaited{true};
    const auto submit = [&] {
        auto promise = std::make_shared<std::promise<Outcome>>();
        (*writer)->submit(
            Writer::identify_in(1),
            [promise](Outcome outcome) { promise->set_value(std::move(outcome)); },
            [&] { return is_awaited.load(); });
        return promise->get_future();
    };
    auto awaited = submit();
    accepted_in(awaited);
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    auto given_up = submit();
    is_awaited = false;
    (*writer)->stop_accepting();
    writer->release();
    accepted_in(first);
    BOOST_CHECK(refusal_in(given_up.get()) == RefusalKind::busy);
    BOOST_TEST((*writer)->end().position == 4U);
    check_log(*writer);
}

BOOST_AUTO_TEST_SUITE_END()
