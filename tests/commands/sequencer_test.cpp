#define BOOST_TEST_MODULE sequencer
#include "commands/sequencer.hpp"

#include <condition_variable>
#include <future>
#include <set>

#include <boost/test/unit_test.hpp>

#include "desk.hpp"
#include "events/limits.hpp"
#include "projections/history.hpp"
#include "refused.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"
#include "support/twin_rows.hpp"

using namespace threatatlas;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds tick{1};
const Instant start{std::chrono::seconds{1'700'000'000}};

// A store, its sequencer, a clock that the test sets, and a way to hold the sequencer's thread in
// the midst of a group: where it asks for randomness.
class Writer {
  public:
    explicit Writer(const std::filesystem::path& data)
        : store_(Store::open(data, {.create = true, .cache_mebibytes = 8})) {
        access_.load(ReadView(*store_));
        sequencer_ = std::make_unique<Sequencer>(
            *store_, access_,
            SequencerEnvironment{.clock = [this] { return clock(); },
                                 .random = [this](auto bytes) { give_random(bytes); },
                                 .report_fault = {}});
    }
    ~Writer() {
        release();
        sequencer_.reset();
    }

    Sequencer& operator*() { return *sequencer_; }
    Sequencer* operator->() { return sequencer_.get(); }
    const Store& store() const { return *store_; }
    Access& access() { return access_; }

    Instant clock() const { return Instant{std::chrono::microseconds{clock_micros_.load()}}; }
    void set_clock(Instant instant) { clock_micros_ = instant.time_since_epoch().count(); }

    // From now on the sequencer stops at its next event, until release().
    void hold() {
        const std::lock_guard lock(mutex_);
        held_ = true;
    }
    void wait_until_held() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_; });
    }
    void release() {
        const std::lock_guard lock(mutex_);
        held_ = false;
        changed_.notify_all();
    }

    Accepted register_product() {
        return sequencer_->execute(Desk::about(0, parse_register_product(R"({"name":"P"})")));
    }
    Accepted identify(ProductId product = 1) { return sequencer_->execute(identify_in(product)); }
    static Command identify_in(ProductId product) {
        return Desk::about(product, parse_identify_threat(R"({"name":"T","severity":"high"})"));
    }

    std::future<Outcome> submit(Command command) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto outcome = promise->get_future();
        sequencer_->submit(std::move(command),
                           [promise](Outcome reached) { promise->set_value(std::move(reached)); });
        return outcome;
    }

    std::vector<Event> log() const {
        std::vector<Event> events;
        LineReader reader;
        scan_lines(ReadView(*store_), 1, [&](Position position, std::string_view line) {
            events.push_back(reader.read(line));
            BOOST_TEST(events.back().position == position);
            return true;
        });
        return events;
    }

  private:
    void give_random(std::span<std::byte> bytes) {
        std::unique_lock lock(mutex_);
        waiting_ = held_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !held_; });
        waiting_ = false;
        for (auto& byte : bytes) {
            byte = static_cast<std::byte>(++random_ % 256);
        }
    }

    std::unique_ptr<Store> store_;
    Access access_;
    std::atomic<std::int64_t> clock_micros_{start.time_since_epoch().count()};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;     // guarded by mutex_
    bool waiting_ = false;  // guarded by mutex_
    unsigned random_ = 0;   // guarded by mutex_
    std::unique_ptr<Sequencer> sequencer_;
};

// A Writer on a directory of its own, with products 1 and 2.
struct Fixture {
    TempDirectory directory;
    std::optional<Writer> writer{directory / "data"};

    Fixture() {
        writer->register_product();
        writer->register_product();
    }

    // Ends it and starts it again on the same data.
    void restart(Instant clock = start) {
        writer.reset();
        writer.emplace(directory / "data");
        writer->set_clock(clock);
    }
};

RefusalKind refusal_in(const Outcome& outcome) {
    BOOST_REQUIRE(std::holds_alternative<Refusal>(outcome));
    return std::get<Refusal>(outcome).kind();
}

Accepted accepted_in(std::future<Outcome>& outcome) {
    Outcome reached = outcome.get();
    BOOST_REQUIRE(std::holds_alternative<Accepted>(reached));
    return std::get<Accepted>(std::move(reached));
}

// Positions 1..N without gaps, times rising strictly from transaction to transaction, and every
// table as the slow twin has it.
void check_log(const Writer& writer) {
    Twin twin;
    std::vector<Event> transaction;
    Position position = 0;
    Instant time{};
    for (const Event& event : writer.log()) {
        BOOST_REQUIRE_EQUAL(event.position, ++position);
        BOOST_REQUIRE(event.time >= time);
        if (event.time > time && !transaction.empty()) {
            twin.add_transaction(transaction);
            transaction.clear();
        }
        time = event.time;
        BOOST_REQUIRE(transaction.empty() || transaction.front().product_id == event.product_id);
        transaction.push_back(event);
    }
    if (!transaction.empty()) {
        twin.add_transaction(transaction);
    }
    const ReadView view(writer.store());
    for (const Table table : projection_tables()) {
        BOOST_TEST(difference(wanted_rows(twin, table), stored_rows(view, table)) == "",
                   table_name(table));
    }
}

Command with_key(Command command, std::string key, std::string digest = "digest") {
    command.idempotency_key = std::move(key);
    command.request_digest = std::move(digest);
    return command;
}

}  // namespace

// --- Order ---------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(many_writers_leave_no_gap, Fixture) {
    constexpr int writers = 64;
    constexpr int writes_each = 12;
    std::mutex mutex;
    std::map<Position, std::string> acknowledged;  // threat paths
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&, product = static_cast<ProductId>(i % 2 + 1)] {
            for (int k = 0; k < writes_each; ++k) {
                const auto accepted = writer->identify(product);
                const std::lock_guard lock(mutex);
                acknowledged.emplace(accepted.position, accepted.location);
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST(acknowledged.size() == writers * writes_each);
    const auto events = writer->log();
    BOOST_TEST(events.size() == writers * writes_each + 2);
    for (const auto& [position, location] : acknowledged) {
        const Event& event = events.at(position - 1);
        BOOST_TEST(location == "/api/products/" + std::to_string(event.product_id) + "/threats/" +
                                   std::to_string(threat_of(event)));
    }
    check_log(*writer);
    // They shared their synced writes.
    BOOST_TEST((*writer)->counts().events == writers * writes_each + 2);
    BOOST_TEST((*writer)->counts().group_sizes.count() < writers * writes_each);
}

BOOST_FIXTURE_TEST_CASE(times_rise_when_the_clock_is_set_back, Fixture) {
    writer->set_clock(start + 10s);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 10s);
    writer->set_clock(start - 1h);
    writer->identify();
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 10s + 2 * tick);
    BOOST_CHECK((*writer)->now() == start + 10s + 2 * tick);
    // Also when the clock stands still, and over a restart.
    restart(start - 24h);
    BOOST_CHECK((*writer)->now() == start + 10s + 2 * tick);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 10s + 3 * tick);
    writer->set_clock(start + 1h);
    BOOST_CHECK((*writer)->now() == start + 1h);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 1h);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(a_transaction_has_one_time_and_follows_on, Fixture) {
    const std::string item = R"({"type":"threat.identified","data":{"name":"T"}})"
                             "\n";
    (*writer)->execute(Desk::many(1, item + item + item));
    (*writer)->execute(Desk::many(2, item + item));
    const auto events = writer->log();
    BOOST_REQUIRE_EQUAL(events.size(), 7U);
    BOOST_CHECK(events[2].time == events[4].time);
    BOOST_CHECK(events[5].time == events[6].time);
    BOOST_CHECK(events[5].time > events[4].time);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(what_was_acknowledged_is_there_after_a_restart, Fixture) {
    const auto first = writer->identify();
    const LogEnd end = (*writer)->end();
    restart();
    BOOST_TEST((*writer)->end().position == end.position);
    BOOST_CHECK((*writer)->end().time == end.time);
    const auto second = writer->identify();
    BOOST_TEST(second.position == first.position + 1);
    BOOST_TEST(second.location == "/api/products/1/threats/2");
    check_log(*writer);
}

// --- Groups --------------------------------------------------------------------------------------

// One after the other in one group: what is refused leaves the others alone, what follows sees what
// went before.
BOOST_FIXTURE_TEST_CASE(a_refused_command_leaves_no_trace_in_its_group, Fixture) {
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    auto bad =
        writer->submit(Desk::many(1, R"({"type":"threat.identified","data":{"name":"T"}})"
                                     "\n"
                                     R"({"type":"threat.removed","data":{"threat_id":99}})"));
    auto second = writer->submit(Writer::identify_in(1));
    auto gone = writer->submit(Writer::identify_in(9));
    auto other = writer->submit(Writer::identify_in(2));
    const auto groups_before = (*writer)->counts().group_sizes.count();
    writer->release();
    BOOST_TEST(accepted_in(first).location == "/api/products/1/threats/1");
    BOOST_CHECK(refusal_in(bad.get()) == RefusalKind::unacceptable);
    BOOST_TEST(accepted_in(second).location == "/api/products/1/threats/2");
    BOOST_CHECK(refusal_in(gone.get()) == RefusalKind::not_found);
    BOOST_TEST(accepted_in(other).position == 5U);
    // The first alone, then all that had come meanwhile.
    BOOST_TEST((*writer)->counts().group_sizes.count() - groups_before == 2U);
    BOOST_TEST((*writer)->counts().commands_refused == 2U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_readable_before_it_is_answered, Fixture) {
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    BOOST_TEST((*writer)->end().position == 2U);
    BOOST_TEST(product_at(ReadView(writer->store()), 1, {})->posture.total_threats == 0U);
    writer->release();
    accepted_in(outcome);
    // Never stale: the write that was acknowledged is in the next answer.
    BOOST_TEST((*writer)->end().position == 3U);
    BOOST_TEST(product_at(ReadView(writer->store()), 1, {})->posture.total_threats == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_says_busy_and_loses_nothing, Fixture) {
    writer->hold();
    std::vector<std::future<Outcome>> waiting;
    waiting.push_back(writer->submit(Writer::identify_in(1)));
    writer->wait_until_held();
    for (std::size_t i = 0; i < limits::queue_commands_max; ++i) {
        waiting.push_back(writer->submit(Writer::identify_in(1)));
    }
    BOOST_TEST((*writer)->counts().commands_waiting == limits::queue_commands_max);
    BOOST_CHECK(refusal_in(writer->submit(Writer::identify_in(1)).get()) == RefusalKind::busy);
    writer->release();
    for (auto& outcome : waiting) {
        accepted_in(outcome);
    }
    BOOST_TEST((*writer)->end().position == limits::queue_commands_max + 3);
    writer->identify();
}

BOOST_FIXTURE_TEST_CASE(a_queue_is_full_of_bytes_too, Fixture) {
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    Command large = Writer::identify_in(1);
    large.body_bytes = limits::queue_bytes_max;
    auto second = writer->submit(large);
    Command small = Writer::identify_in(1);
    small.body_bytes = 1;
    BOOST_CHECK(refusal_in(writer->submit(small).get()) == RefusalKind::busy);
    writer->release();
    accepted_in(first);
    accepted_in(second);
    auto later = writer->submit(small);
    accepted_in(later);
}

BOOST_FIXTURE_TEST_CASE(what_waits_is_carried_out_before_it_stops, Fixture) {
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    auto second = writer->submit(Writer::identify_in(1));
    (*writer)->stop_accepting();
    BOOST_CHECK(refusal_in(writer->submit(Writer::identify_in(1)).get()) == RefusalKind::busy);
    writer->release();
    accepted_in(first);
    accepted_in(second);
    restart();
    BOOST_TEST((*writer)->end().position == 4U);
}

// --- Waiting for events --------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(one_can_wait_for_the_log_to_grow, Fixture) {
    BOOST_TEST((*writer)->wait_beyond(0, 0ms));
    BOOST_TEST((*writer)->wait_beyond(1, 0ms));
    BOOST_TEST(!(*writer)->wait_beyond(2, 0ms));
    BOOST_TEST(!(*writer)->wait_beyond(2, 20ms));
    auto waiting = std::async(std::launch::async, [&] { return (*writer)->wait_beyond(2, 10min); });
    writer->identify();
    BOOST_TEST(waiting.get());
    auto stopped = std::async(std::launch::async, [&] { return (*writer)->wait_beyond(3, 10min); });
    (*writer)->stop_accepting();
    BOOST_TEST(!stopped.get());
}

// --- Answers about the past are final ------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(no_event_is_recorded_at_an_instant_that_was_answered_for, Fixture) {
    writer->set_clock(start + 1h);
    const Instant answered = (*writer)->now();
    BOOST_CHECK(answered == start + 1h);
    (*writer)->settle(answered);
    writer->set_clock(start + 30min);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == answered + tick);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(nor_after_a_restart_with_a_clock_that_is_behind, Fixture) {
    writer->set_clock(start + 1h);
    (*writer)->settle(start + 1h);
    (*writer)->settle(start + 20min);  // an earlier one does not undo it
    restart(start);
    writer->identify();
    BOOST_CHECK((*writer)->end().time > start + 1h);
}

// The group in flight may still record something at or before the instant: the answer waits for it,
// and then contains it.
BOOST_FIXTURE_TEST_CASE(an_answer_waits_for_the_group_that_is_being_written, Fixture) {
    writer->set_clock(start + 1h);
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    const Instant as_of = (*writer)->now();
    std::atomic<bool> settled = false;
    auto answer = std::async(std::launch::async, [&] {
        (*writer)->settle(as_of);
        settled = true;
        return product_at(ReadView(writer->store()), 1, as_of)->posture.total_threats;
    });
    std::this_thread::sleep_for(30ms);
    BOOST_TEST(!settled);
    writer->release();
    accepted_in(outcome);
    const auto answered = answer.get();
    BOOST_CHECK((*writer)->end().time <= as_of);
    BOOST_TEST(answered == 1U);
    // Repeated later, with more recorded since, it is the same.
    writer->identify();
    (*writer)->settle(as_of);
    BOOST_TEST(product_at(ReadView(writer->store()), 1, as_of)->posture.total_threats == answered);
}

// Times only rise: nothing can be added there any more, and nobody waits.
BOOST_FIXTURE_TEST_CASE(an_instant_before_the_newest_event_needs_no_waiting, Fixture) {
    const LogEnd end = (*writer)->end();
    writer->set_clock(start + 1h);
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    (*writer)->settle(end.time);
    (*writer)->settle(start - 1h);
    writer->release();
    accepted_in(outcome);
}

// Many ask and many write, and the clock jumps: what was once answered for an instant stays.
BOOST_FIXTURE_TEST_CASE(answers_stay_as_they_were_given, Fixture) {
    Random random(test_seed());
    std::atomic<bool> done = false;
    std::vector<std::thread> writers;
    for (int i = 0; i < 3; ++i) {
        writers.emplace_back([&] {
            for (int k = 0; k < 60; ++k) {
                writer->identify();
            }
        });
    }
    std::thread clock([&] {
        while (!done) {
            writer->set_clock(
                start + std::chrono::milliseconds{static_cast<std::int64_t>(random.below(10'000))});
        }
    });
    std::map<Instant, std::uint64_t> answers;
    std::uint64_t contradictions = 0;
    std::mutex mutex;
    std::vector<std::thread> askers;
    for (int i = 0; i < 2; ++i) {
        askers.emplace_back([&] {
            for (int k = 0; k < 200; ++k) {
                const Instant as_of = (*writer)->now();
                (*writer)->settle(as_of);
                const auto at = product_at(ReadView(writer->store()), 1, as_of);
                const std::lock_guard lock(mutex);
                const auto threats = at ? at->posture.total_threats : 0;
                const auto [known, is_new] = answers.emplace(as_of, threats);
                contradictions += !is_new && known->second != threats ? 1 : 0;
            }
        });
    }
    for (auto& thread : writers) {
        thread.join();
    }
    for (auto& thread : askers) {
        thread.join();
    }
    done = true;
    clock.join();
    BOOST_TEST(contradictions == 0U);
    const ReadView view(writer->store());
    for (const auto& [as_of, threats] : answers) {
        const auto at = product_at(view, 1, as_of);
        BOOST_TEST((at ? at->posture.total_threats : 0) == threats, format_instant(as_of));
    }
    check_log(*writer);
}

// --- Idempotency ---------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_repeated_request_gets_the_first_answer, Fixture) {
    const Command command = with_key(Writer::identify_in(1), "k");
    const auto first = (*writer)->execute(command);
    writer->identify();
    writer->set_clock(start + 47h);
    BOOST_CHECK((*writer)->execute(command) == first);
    restart(start + 47h);
    BOOST_CHECK((*writer)->execute(command) == first);
    BOOST_TEST((*writer)->end().position == 4U);
    BOOST_TEST(writer->log().at(2).idempotency_key == "k");
}

BOOST_FIXTURE_TEST_CASE(also_within_one_group, Fixture) {
    writer->hold();
    auto other = writer->submit(Writer::identify_in(2));
    writer->wait_until_held();
    auto first = writer->submit(with_key(Writer::identify_in(1), "k"));
    auto again = writer->submit(with_key(Writer::identify_in(1), "k"));
    auto differs = writer->submit(with_key(Writer::identify_in(1), "k", "another"));
    writer->release();
    accepted_in(other);
    const auto answer = accepted_in(first);
    BOOST_CHECK(accepted_in(again) == answer);
    BOOST_CHECK(refusal_in(differs.get()) == RefusalKind::conflict);
    BOOST_TEST((*writer)->end().position == 4U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(a_key_belongs_to_one_request_of_one_token, Fixture) {
    (*writer)->execute(with_key(Writer::identify_in(1), "k"));
    BOOST_CHECK(refused([&] {
                    (*writer)->execute(with_key(Writer::identify_in(1), "k", "another"));
                })->kind() == RefusalKind::conflict);
    for (const TokenId token : {1U, 2U}) {
        Item item = parse_issue_token(R"({"name":"e","role":"editor"})");
        std::get<IssueToken>(item.change).secret = std::string(46, 'x') + std::to_string(token);
        (*writer)->execute(Desk::about(0, item));
        Command command = with_key(Writer::identify_in(1), "k", "another");
        command.token_id = token;
        BOOST_TEST((*writer)->execute(command).location ==
                   "/api/products/1/threats/" + std::to_string(token + 1));
    }
}

BOOST_FIXTURE_TEST_CASE(only_what_was_done_is_kept, Fixture) {
    Command bad = with_key(Desk::about(1, parse_change_threat(R"({"name":"N"})", 1)), "k");
    BOOST_CHECK(refused([&] { (*writer)->execute(bad); })->kind() == RefusalKind::not_found);
    writer->identify();
    // Repeated after its cause is gone, it is carried out.
    const auto changed = (*writer)->execute(bad);
    BOOST_TEST(changed.version == 3U);
    // A write that changed nothing was carried out as well.
    Command same = with_key(Desk::about(1, parse_change_threat(R"({"name":"N"})", 1)), "n");
    const auto unchanged = (*writer)->execute(same);
    BOOST_TEST(unchanged.version == 3U);
    writer->identify();
    restart();
    BOOST_CHECK((*writer)->execute(same) == unchanged);
}

BOOST_FIXTURE_TEST_CASE(a_key_can_be_used_again_after_two_days, Fixture) {
    const auto first = (*writer)->execute(with_key(Writer::identify_in(1), "k"));
    for (int round = 1; round <= 3; ++round) {
        writer->set_clock(start + round * 49h);
        if (round == 2) {
            writer->identify(2);  // the sweeper comes first
        }
        const auto digest = "request " + std::to_string(round);
        const auto later = (*writer)->execute(with_key(Writer::identify_in(1), "k", digest));
        BOOST_TEST(later.location == "/api/products/1/threats/" + std::to_string(round + 1));
        // And is kept for as long.
        BOOST_CHECK((*writer)->execute(with_key(Writer::identify_in(1), "k", digest)) == later);
        writer->set_clock(start + round * 49h + 47h);
        BOOST_CHECK((*writer)->execute(with_key(Writer::identify_in(1), "k", digest)) == later);
    }
}

BOOST_FIXTURE_TEST_CASE(old_answers_are_swept_away, Fixture) {
    const auto kept = [&] {
        return stored_rows(ReadView(writer->store()), Table::idempotency).size();
    };
    for (int i = 0; i < 10; ++i) {
        (*writer)->execute(with_key(Writer::identify_in(1), "k" + std::to_string(i)));
    }
    BOOST_TEST(kept() == 10U);
    writer->set_clock(start + 49h);
    for (int i = 0; i < 20; ++i) {
        writer->identify();
    }
    BOOST_TEST(kept() == 0U);
}

// --- Tokens --------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_token_holds_and_is_revoked_at_once, Fixture) {
    const std::string secret = "ta_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    Item item = parse_issue_token(R"({"name":"e","role":"editor"})");
    std::get<IssueToken>(item.change).secret = secret;
    (*writer)->execute(Desk::about(0, item));
    const auto bearer = writer->access().authenticate(secret, start);
    BOOST_REQUIRE(bearer);
    BOOST_TEST(bearer->actor() == "e#1");
    restart();
    BOOST_TEST(!!writer->access().authenticate(secret, start));
    (*writer)->execute(Desk::about(0, Desk::item_of(RevokeToken{1}), AnswerForm::nothing));
    BOOST_TEST(!writer->access().authenticate(secret, start));
    restart();
    BOOST_TEST(!writer->access().authenticate(secret, start));
}
