// The order of writes, groups, waiting, fair shares of the queue, and tokens that take effect at
// once.

#include "commands/sequencer/command_queue.hpp"
#include "events/limits.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(sequencer_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::sequencer;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace std::chrono_literals;

// --- Order ---------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(many_writers_leave_no_gap, SequencerFixture) {
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
    // The writers shared synced writes.
    BOOST_TEST((*writer)->counts().events == writers * writes_each + 2);
    BOOST_TEST((*writer)->counts().group_sizes.count() < writers * writes_each);
}

BOOST_FIXTURE_TEST_CASE(times_increase_when_the_clock_is_set_back, SequencerFixture) {
    writer->set_clock(start + 10s);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 10s);
    writer->set_clock(start - 1h);
    writer->identify();
    writer->identify();
    BOOST_CHECK((*writer)->end().time == start + 10s + 2 * tick);
    BOOST_CHECK((*writer)->now() == start + 10s + 2 * tick);
    // Also if the clock does not move, and across a restart.
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

BOOST_FIXTURE_TEST_CASE(a_transaction_has_one_time_and_consecutive_positions, SequencerFixture) {
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

BOOST_FIXTURE_TEST_CASE(acknowledged_events_survive_a_restart, SequencerFixture) {
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

// Commands of one group are decided one after another: a refused command does not affect the
// others, and each sees the effects of the previous ones.
BOOST_FIXTURE_TEST_CASE(a_refused_command_leaves_no_trace_in_its_group, SequencerFixture) {
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
    // The first command and then all others; or a single group, if the previous one was still in
    // flight.
    BOOST_TEST((*writer)->counts().group_sizes.count() - groups_before <= 2U);
    BOOST_TEST((*writer)->counts().commands_refused == 2U);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_readable_before_it_is_answered, SequencerFixture) {
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    BOOST_TEST((*writer)->end().position == 2U);
    BOOST_TEST(product_now(ReadView(writer->store()), 1, Instant::max())->posture.total_threats ==
               0U);
    writer->release();
    accepted_in(outcome);
    // Reads are never stale: an acknowledged write is visible to the next one.
    BOOST_TEST((*writer)->end().position == 3U);
    BOOST_TEST(product_now(ReadView(writer->store()), 1, Instant::max())->posture.total_threats ==
               1U);
}

namespace {

Command identify_by(TokenId token) {
    Command command = Writer::identify_in(1);
    command.token_id = token;
    return command;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_full_queue_answers_busy_and_loses_nothing, SequencerFixture) {
    constexpr std::size_t share = events::limits::queue_commands_max / 2;
    writer->issue_editors(3);
    const Position before = (*writer)->end().position;
    writer->hold();
    std::vector<std::future<Outcome>> waiting;
    waiting.push_back(writer->submit(Writer::identify_in(1)));
    writer->wait_until_held();
    for (std::size_t i = 0; i < share; ++i) {
        waiting.push_back(writer->submit(identify_by(1)));
    }
    // One token can fill half of the queue; the other half is for other tokens.
    BOOST_CHECK(refusal_in(writer->submit(identify_by(1)).get()) == RefusalKind::over_share);
    for (std::size_t i = 0; i < share; ++i) {
        waiting.push_back(writer->submit(identify_by(2)));
    }
    BOOST_TEST((*writer)->counts().commands_waiting == events::limits::queue_commands_max);
    BOOST_CHECK(refusal_in(writer->submit(identify_by(3)).get()) == RefusalKind::busy);
    BOOST_TEST((*writer)->counts().commands_over_share == 1U);
    writer->release();
    for (auto& outcome : waiting) {
        accepted_in(outcome);
    }
    BOOST_TEST((*writer)->end().position == before + events::limits::queue_commands_max + 1);
    writer->identify();
}

BOOST_FIXTURE_TEST_CASE(a_queue_is_limited_in_bytes, SequencerFixture) {
    writer->issue_editors(2);
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    Command large = identify_by(1);
    large.body_bytes = events::limits::queue_bytes_max / 2;
    auto second = writer->submit(large);
    Command small = identify_by(1);
    small.body_bytes = 1;
    BOOST_CHECK(refusal_in(writer->submit(small).get()) == RefusalKind::over_share);
    large.token_id = 2;
    auto third = writer->submit(large);
    small.token_id = 3;
    BOOST_CHECK(refusal_in(writer->submit(small).get()) == RefusalKind::busy);
    writer->release();
    accepted_in(first);
    accepted_in(second);
    accepted_in(third);
    small.token_id = 1;
    auto later = writer->submit(small);
    accepted_in(later);
}

// A token with a long queue of large writes delays the small writes of another token by at most one
// of them.
BOOST_FIXTURE_TEST_CASE(tokens_take_turns, SequencerFixture) {
    writer->issue_editors(2);
    writer->hold();
    auto first = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    std::vector<std::future<Outcome>> large;
    for (int i = 0; i < 5; ++i) {
        Command command = identify_by(1);
        command.items.resize(events::limits::group_events_max, command.items.front());
        large.push_back(writer->submit(std::move(command)));
    }
    std::vector<std::future<Outcome>> small;
    for (int i = 0; i < 20; ++i) {
        small.push_back(writer->submit(identify_by(2)));
    }
    const Position before = (*writer)->end().position;
    writer->release();
    accepted_in(first);
    Position last = 0;
    for (auto& outcome : small) {
        const Position position = accepted_in(outcome).position;
        BOOST_TEST(position > last);  // in the order of submission
        last = position;
    }
    BOOST_TEST(last <= before + 1 + events::limits::group_events_max + small.size());
    for (auto& outcome : large) {
        accepted_in(outcome);
    }
}

namespace {

PendingCommand pending_of(TokenId token, std::size_t items) {
    PendingCommand pending{.command = identify_by(token), .done = [](const Outcome&) {}};
    pending.command.items.resize(items, pending.command.items.front());
    return pending;
}

}  // namespace

// A command that does not fit into a group keeps its turn, without overtaking other tokens.
BOOST_AUTO_TEST_CASE(a_command_put_back_keeps_its_turn) {
    CommandQueue queue;
    constexpr std::size_t many = 2'000;
    queue.push(pending_of(1, many));
    queue.push(pending_of(1, many + 1));
    auto taken = queue.take();
    BOOST_TEST(taken.value.command.items.size() == many);
    queue.push(pending_of(1, many + 2));  // while the first one is taken
    queue.put_back(std::move(taken));
    queue.push(pending_of(2, 1));
    BOOST_TEST(queue.size() == 4U);
    BOOST_TEST(queue.take().value.command.token_id == 2U);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(queue.take().value.command.items.size() == many + i);
    }
    BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(a_long_command_begins_its_own_group) {
    TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    Group group{GroupChanges(*store)};
    const PendingCommand by_items = pending_of(1, long_command_items);
    PendingCommand by_rows = pending_of(1, 1);
    BOOST_TEST(group.can_add(by_rows));
    by_rows.rows = long_command_rows;
    BOOST_TEST(group.can_add(by_items));
    BOOST_TEST(group.can_add(by_rows));
    group.add(pending_of(1, 1), nothing_recorded());
    BOOST_TEST(group.can_add(pending_of(1, 1)));
    BOOST_TEST(!group.can_add(by_items));
    BOOST_TEST(!group.can_add(by_rows));

    Group long_group{GroupChanges(*store)};
    long_group.add(by_rows, nothing_recorded());
    BOOST_TEST(long_group.can_add(pending_of(1, 1)));
    BOOST_TEST(!long_group.can_add(by_rows));
}

// Each decision takes a second of the test's clock. No group is in flight when the first command is
// decided, so it is written at once, although others are queued.
BOOST_AUTO_TEST_CASE(deciding_a_group_is_limited_by_time) {
    TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    std::chrono::steady_clock::time_point steady;
    std::promise<void> may_go_on;
    auto going_on = may_go_on.get_future().share();
    Access access;
    std::optional<Sequencer> sequencer;
    sequencer.emplace(*store, access,
                      SequencerEnvironment{.clock = [] { return start; },
                                           .random =
                                               [&](std::span<std::byte> bytes) {
                                                   going_on.wait();
                                                   steady += 1s;
                                                   std::fill(bytes.begin(), bytes.end(),
                                                             std::byte{7});
                                               },
                                           .steady_clock = [&] { return steady; }});
    std::vector<std::future<Outcome>> outcomes;
    for (int i = 0; i < 4; ++i) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        outcomes.push_back(promise->get_future());
        sequencer->submit(Desk::about(0, parse_register_product(R"({"name":"P"})")),
                          [promise](Outcome reached) { promise->set_value(std::move(reached)); });
    }
    may_go_on.set_value();
    for (auto& outcome : outcomes) {
        BOOST_TEST(std::holds_alternative<Accepted>(outcome.get()));
    }
    BOOST_TEST(sequencer->counts().group_sizes.count() >= 2U);
    sequencer.reset();
}

BOOST_FIXTURE_TEST_CASE(queued_commands_are_executed_before_a_stop, SequencerFixture) {
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

BOOST_FIXTURE_TEST_CASE(a_reader_can_wait_for_the_log_to_grow, SequencerFixture) {
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

// --- Tokens --------------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(issuing_and_revoking_a_token_take_effect_at_once, SequencerFixture) {
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

BOOST_AUTO_TEST_SUITE_END()
