// A sequencer whose write-ahead log fails: results during the failure, the state afterwards, and
// recovery without intervention.

#include <future>
#include <random>
#include <thread>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "commands/json/command_json.hpp"
#include "commands/sequencer/sequencer.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "projections/query/history.hpp"
#include "support/eventually.hpp"
#include "support/faulty_file_system.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

static std::ostream& operator<<(std::ostream& out, WalFault fault) {
    return out << "fault " << static_cast<int>(fault);
}

}  // namespace threatatlas::testing

BOOST_AUTO_TEST_SUITE(failing_storage_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::sequencer;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using namespace std::chrono_literals;

namespace {

// A sequencer on a store whose disk can fail, with product 1 and a signed log.
struct Fixture {
    TempDirectory directory;
    FaultyFileSystem files;
    std::unique_ptr<Store> store = open();
    Access access;
    std::mt19937_64 random{7};
    LogSealer sealer = caught_up();
    Sequencer sequencer{*store, access, environment(), &sealer};

    Fixture() {
        Command command;
        command.items.push_back(parse_register_product(R"({"name":"Payments API"})"));
        sequencer.execute(std::move(command));
    }

    std::unique_ptr<Store> open() {
        auto opened =
            Store::open(directory / "data", {.create = true, .environment = files.environment()});
        rebuild_projections(*opened);
        return opened;
    }

    LogSealer caught_up() const {
        LogSealer made(*store, {NoteSigner("example.com/log", std::string(32, 'k'))});
        made.catch_up();
        return made;
    }

    SequencerEnvironment environment() {
        return {.clock =
                    [] {
                        return std::chrono::floor<std::chrono::microseconds>(
                            std::chrono::system_clock::now());
                    },
                .random =
                    [this](std::span<std::byte> bytes) {
                        for (std::byte& byte : bytes) {
                            byte = static_cast<std::byte>(random());
                        }
                    },
                .report_fault = {}};
    }

    static Command identify(std::string_view key) {
        Command command;
        command.product_id = 1;
        command.items.push_back(parse_identify_threat(R"({"name":"Spoofing"})"));
        command.idempotency_key = key;
        command.request_digest = "the same request";
        return command;
    }

    RefusalKind refused(Command command) {
        try {
            sequencer.execute(std::move(command));
        } catch (const Refusal& refusal) {
            return refusal.kind();
        }
        BOOST_FAIL("a write was accepted by a failing disk");
        return RefusalKind::malformed;
    }

    std::future<Outcome> submit(Command command) {
        auto promise = std::make_shared<std::promise<Outcome>>();
        auto outcome = promise->get_future();
        sequencer.submit(std::move(command),
                         [promise](Outcome reached) { promise->set_value(std::move(reached)); });
        return outcome;
    }

    // The group of the previous commands is being written, so later ones get another group.
    void wait_until_the_write_hangs() {
        BOOST_TEST_REQUIRE(eventually([&] { return files.is_sync_hanging(); }));
    }
    void wait_until_all_are_taken() {
        BOOST_TEST_REQUIRE(eventually([&] { return sequencer.counts().commands_waiting == 0; }));
    }

    // Repeats a write until it is accepted, as a client with an idempotency key does.
    WriteAnswer insist(std::string_view key) {
        WriteAnswer answer;
        BOOST_TEST_REQUIRE(eventually([&] {
            try {
                answer = render_answer(sequencer.execute(identify(key)));
                return true;
            } catch (const Refusal& refusal) {
                BOOST_REQUIRE(refusal.kind() == RefusalKind::storage_failing);
                return false;
            }
        }));
        return answer;
    }

    // Size of the checkpoint that is currently shown.
    std::uint64_t signed_events() const { return sequencer.sealed()->checkpoint.size; }

    std::uint64_t threats_shown() const {
        return product_now(ReadView(*store), 1, Instant::max())->posture.total_threats;
    }
};

// Checks that rows and Merkle tree match the log, and that the checkpoint shown is the stored one.
void require_clean(const Fixture& fixture) {
    const Verification verification = verify_projections(*fixture.store);
    const std::optional<Difference>& fault = verification.fault();
    BOOST_TEST(verification.clean(),
               (fault ? std::string(table_name(fault->table)) + " " +
                            describe_key(fault->table, fault->key) + " at " +
                            std::to_string(fault->position) + ": " + fault->detail
                      : std::string()));
    BOOST_TEST(verification.is_signed);
    BOOST_TEST(fixture.sequencer.sealed()->note ==
               stored_checkpoint(ReadView(*fixture.store))->note);
    BOOST_TEST(fixture.signed_events() == fixture.sequencer.end().position);
}

const auto faults = boost::unit_test::data::make(
    {WalFault::sync_fails, WalFault::sync_loses, WalFault::disk_is_full, WalFault::half_a_write});

}  // namespace

BOOST_DATA_TEST_CASE(a_failed_write_is_unknown_until_it_is_settled, faults, fault) {
    Fixture fixture;
    fixture.insist("first");
    const LogEnd before = fixture.sequencer.end();

    fixture.files.set(fault);
    BOOST_TEST((fixture.refused(Fixture::identify("second")) == RefusalKind::storage_failing));
    BOOST_TEST(fixture.sequencer.is_failing());
    BOOST_TEST((fixture.refused(Fixture::identify("third")) == RefusalKind::storage_failing));

    // Reads continue and do not show writes that were not acknowledged.
    BOOST_TEST(fixture.threats_shown() >= 1U);
    BOOST_TEST(fixture.sequencer.end().position == before.position);
    BOOST_TEST(fixture.signed_events() == before.position);
    BOOST_TEST(fixture.sequencer.await_final(before.time));
    BOOST_CHECK_THROW(fixture.sequencer.await_final(before.time + 1us), Refusal);

    fixture.files.set(WalFault::none);
    const WriteAnswer second = fixture.insist("second");
    BOOST_TEST((fixture.insist("second") == second));
    fixture.insist("third");
    BOOST_TEST(!fixture.sequencer.is_failing());
    // Each is recorded once, whether or not the failed write reached the disk.
    BOOST_TEST(fixture.sequencer.end().position == before.position + 2);
    BOOST_TEST(fixture.threats_shown() == 3U);
    require_clean(fixture);
}

BOOST_AUTO_TEST_CASE(no_sequence_of_faults_loses_or_repeats_a_write) {
    Fixture fixture;
    constexpr std::array all{WalFault::none, WalFault::sync_fails, WalFault::sync_loses,
                             WalFault::disk_is_full, WalFault::half_a_write};
    Random random(test_seed());
    const auto writes = static_cast<int>(test_rounds(6));
    for (int write = 0; write < writes; ++write) {
        const std::string key = "write-" + std::to_string(write);
        fixture.files.set(random.pick(all));
        try {
            fixture.sequencer.execute(Fixture::identify(key));
        } catch (const Refusal& refusal) {
            BOOST_TEST((refusal.kind() == RefusalKind::storage_failing));
        }
        fixture.files.set(WalFault::none);
        fixture.insist(key);
    }
    BOOST_TEST(fixture.threats_shown() == static_cast<std::uint64_t>(writes));
    BOOST_TEST(fixture.sequencer.end().position == 1U + writes);
    require_clean(fixture);
}

BOOST_AUTO_TEST_CASE(a_group_is_decided_while_the_previous_one_is_written) {
    Fixture fixture;
    fixture.files.set(WalFault::sync_hangs);
    auto first = fixture.submit(Fixture::identify("one"));
    fixture.wait_until_the_write_hangs();
    auto second = fixture.submit(Fixture::identify("two"));
    // Repeats the request before the result of the first one is known.
    auto again = fixture.submit(Fixture::identify("one"));
    fixture.wait_until_all_are_taken();
    BOOST_TEST((first.wait_for(0s) == std::future_status::timeout));
    BOOST_TEST((second.wait_for(0s) == std::future_status::timeout));
    BOOST_TEST((again.wait_for(0s) == std::future_status::timeout));
    BOOST_TEST(fixture.sequencer.end().position == 1U);
    BOOST_TEST(fixture.signed_events() == 1U);
    BOOST_TEST(fixture.threats_shown() == 0U);

    fixture.files.set(WalFault::none);
    const Outcome one = first.get();
    const Outcome two = second.get();
    BOOST_TEST(std::get<Accepted>(one).position == 2U);
    BOOST_TEST(std::get<Accepted>(two).position == 3U);
    BOOST_TEST(
        (render_answer(std::get<Accepted>(again.get())) == render_answer(std::get<Accepted>(one))));
    BOOST_TEST(fixture.threats_shown() == 2U);
    require_clean(fixture);
}

BOOST_AUTO_TEST_CASE(decisions_based_on_a_failed_group_are_discarded) {
    Fixture fixture;
    fixture.files.set(WalFault::sync_hangs);
    auto first = fixture.submit(Fixture::identify("one"));
    fixture.wait_until_the_write_hangs();
    auto second = fixture.submit(Fixture::identify("two"));
    fixture.wait_until_all_are_taken();
    fixture.files.set(WalFault::sync_fails);
    const auto unknown = std::get<Refusal>(first.get());
    const auto given_up = std::get<Refusal>(second.get());
    BOOST_TEST((unknown.kind() == RefusalKind::storage_failing));
    BOOST_TEST((given_up.kind() == RefusalKind::storage_failing));
    BOOST_TEST(unknown.detail().find("not known") != std::string::npos);
    BOOST_TEST(given_up.detail().find("nothing was recorded") != std::string::npos);

    fixture.files.set(WalFault::none);
    // Whether or not the first write reached the disk, both are recorded exactly once.
    fixture.insist("one");
    fixture.insist("two");
    BOOST_TEST(fixture.threats_shown() == 2U);
    BOOST_TEST(fixture.sequencer.end().position == 3U);
    require_clean(fixture);
}

BOOST_AUTO_TEST_CASE(a_log_that_became_shorter_than_known_is_refused) {
    TempDirectory directory;
    Access access;
    const auto open = [&] {
        auto store = Store::open(directory / "data", {.create = true});
        rebuild_projections(*store);
        return store;
    };
    const SequencerEnvironment environment{.clock = [] { return Instant{1us}; },
                                           .random = [](std::span<std::byte>) {},
                                           .report_fault = {}};
    {
        const auto store = open();
        Sequencer sequencer(*store, access, environment);
        Command command;
        command.items.push_back(parse_register_product(R"({"name":"Payments API"})"));
        sequencer.execute(std::move(command));
    }
    std::filesystem::remove_all(directory / "data" / "rocksdb");
    const auto store = open();
    BOOST_CHECK_THROW(Sequencer(*store, access, environment), StoreRefused);
    std::filesystem::remove(directory / "data" / "mark");
    BOOST_CHECK_NO_THROW(Sequencer(*store, access, environment));
}

BOOST_AUTO_TEST_SUITE_END()
