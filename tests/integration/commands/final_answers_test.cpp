// Results are final: those of queries about the past, and those of repeated requests.

#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(final_answers_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace std::chrono_literals;

// --- Results about the past are final ------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(no_event_is_recorded_at_an_instant_with_a_final_answer, SequencerFixture) {
    writer->set_clock(start + 1h);
    const Instant answered = (*writer)->now();
    BOOST_CHECK(answered == start + 1h);
    wait_until_final(**writer, answered);
    writer->set_clock(start + 30min);
    writer->identify();
    BOOST_CHECK((*writer)->end().time == answered + tick);
    check_log(*writer);
}

BOOST_FIXTURE_TEST_CASE(a_final_instant_survives_a_restart_with_an_earlier_clock,
                        SequencerFixture) {
    writer->set_clock(start + 1h);
    wait_until_final(**writer, start + 1h);
    wait_until_final(**writer, start + 20min);  // an earlier instant does not undo it
    restart(start);
    writer->identify();
    BOOST_CHECK((*writer)->end().time > start + 1h);
}

// The group in flight may still record an event at or before the instant: the query waits for it
// and then includes it. No thread is blocked meanwhile.
BOOST_FIXTURE_TEST_CASE(an_answer_waits_for_the_group_that_is_being_written, SequencerFixture) {
    writer->set_clock(start + 1h);
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    const Instant as_of = (*writer)->now();
    BOOST_TEST(!(*writer)->await_final(as_of));
    BOOST_TEST(!(*writer)->await_final(as_of));
    std::atomic<int> calls = 0;
    std::promise<std::uint64_t> answer;
    (*writer)->when_final(as_of, [&] {
        ++calls;
        BOOST_TEST((*writer)->await_final(as_of));
        answer.set_value(product_at(ReadView(writer->store()), 1, as_of)->posture.total_threats);
    });
    const auto forgotten = (*writer)->when_final(as_of, [&] { ++calls; });
    (*writer)->forget(forgotten);
    BOOST_TEST(calls == 0);
    writer->release();
    accepted_in(outcome);
    const auto answered = answer.get_future().get();
    BOOST_TEST(calls == 1);
    BOOST_CHECK((*writer)->end().time <= as_of);
    BOOST_TEST(answered == 1U);
    // Repeated later, after more was recorded, the result is the same.
    writer->identify();
    BOOST_TEST((*writer)->await_final(as_of));
    BOOST_TEST(product_at(ReadView(writer->store()), 1, as_of)->posture.total_threats == answered);
}

// Continuous writes do not delay a query: groups that begin later get later times.
BOOST_FIXTURE_TEST_CASE(a_final_answer_does_not_change_while_others_write, SequencerFixture) {
    writer->set_clock(start + 1h);
    const Instant as_of = (*writer)->now();
    wait_until_final(**writer, as_of);
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    BOOST_TEST((*writer)->await_final(as_of));
    bool called = false;
    if (!(*writer)->await_final(as_of + 1us)) {
        (*writer)->when_final(as_of + 1us, [&] { called = true; });
    }
    BOOST_TEST(!called);
    writer->release();
    accepted_in(outcome);
    wait_until_final(**writer, as_of + 1us);
    writer.reset();
    BOOST_TEST(called);
}

// Times only increase, so nothing can be added at these instants, and there is no wait.
BOOST_FIXTURE_TEST_CASE(an_instant_before_the_newest_event_is_final, SequencerFixture) {
    const LogEnd end = (*writer)->end();
    writer->set_clock(start + 1h);
    writer->hold();
    auto outcome = writer->submit(Writer::identify_in(1));
    writer->wait_until_held();
    BOOST_TEST((*writer)->await_final(end.time));
    BOOST_TEST((*writer)->await_final(start - 1h));
    writer->release();
    accepted_in(outcome);
}

// Many readers, many writers and a jumping clock: the result for an instant never changes.
BOOST_FIXTURE_TEST_CASE(answers_stay_as_they_were_given, SequencerFixture) {
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
                wait_until_final(**writer, as_of);
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

BOOST_FIXTURE_TEST_CASE(a_repeated_request_gets_the_first_answer, SequencerFixture) {
    const Command command = with_key(Writer::identify_in(1), "k");
    const auto first = writer->execute(command);
    writer->identify();
    writer->set_clock(start + 47h);
    BOOST_CHECK(writer->execute(command) == first);
    restart(start + 47h);
    BOOST_CHECK(writer->execute(command) == first);
    BOOST_TEST((*writer)->end().position == 4U);
    BOOST_TEST(writer->log().at(2).idempotency_key == "k");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_request_in_the_same_group_gets_the_first_answer,
                        SequencerFixture) {
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

BOOST_FIXTURE_TEST_CASE(a_key_belongs_to_one_request_of_one_token, SequencerFixture) {
    writer->execute(with_key(Writer::identify_in(1), "k"));
    BOOST_CHECK(refused([&] {
                    writer->execute(with_key(Writer::identify_in(1), "k", "another"));
                })->kind() == RefusalKind::conflict);
    for (const TokenId token : {1U, 2U}) {
        Item item = parse_issue_token(R"({"name":"e","role":"editor"})");
        std::get<IssueToken>(item.change).secret = std::string(46, 'x') + std::to_string(token);
        writer->execute(Desk::about(0, item));
        Command command = with_key(Writer::identify_in(1), "k", "another");
        command.token_id = token;
        BOOST_TEST(writer->execute(command).location ==
                   "/api/products/1/threats/" + std::to_string(token + 1));
    }
}

BOOST_FIXTURE_TEST_CASE(only_executed_commands_are_remembered, SequencerFixture) {
    Command bad = with_key(Desk::about(1, parse_change_threat(R"({"name":"N"})", 1)), "k");
    BOOST_CHECK(refused([&] { writer->execute(bad); })->kind() == RefusalKind::not_found);
    writer->identify();
    // A repetition is executed once the cause of the refusal is gone.
    const auto changed = writer->execute(bad);
    BOOST_TEST(changed.version == 3U);
    // A write that changed nothing counts as executed, too.
    Command same = with_key(Desk::about(1, parse_change_threat(R"({"name":"N"})", 1)), "n");
    const auto unchanged = writer->execute(same);
    BOOST_TEST(unchanged.version == 3U);
    writer->identify();
    restart();
    BOOST_CHECK(writer->execute(same) == unchanged);
}

BOOST_FIXTURE_TEST_CASE(a_key_can_be_used_again_after_two_days, SequencerFixture) {
    const auto first = writer->execute(with_key(Writer::identify_in(1), "k"));
    for (int round = 1; round <= 3; ++round) {
        writer->set_clock(start + round * 49h);
        if (round == 2) {
            writer->identify(2);  // removes old keys first
        }
        const auto digest = "request " + std::to_string(round);
        const auto later = writer->execute(with_key(Writer::identify_in(1), "k", digest));
        BOOST_TEST(later.location == "/api/products/1/threats/" + std::to_string(round + 1));
        // The new response is kept for as long.
        BOOST_CHECK(writer->execute(with_key(Writer::identify_in(1), "k", digest)) == later);
        writer->set_clock(start + round * 49h + 47h);
        BOOST_CHECK(writer->execute(with_key(Writer::identify_in(1), "k", digest)) == later);
    }
}

BOOST_FIXTURE_TEST_CASE(old_answers_are_removed, SequencerFixture) {
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

BOOST_AUTO_TEST_SUITE_END()
