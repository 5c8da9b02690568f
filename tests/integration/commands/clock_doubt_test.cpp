// A clock that is in doubt stops writes, so that it neither moves the log into the future nor
// compresses its times.
#include <atomic>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "commands/sequencer/sequencer.hpp"
#include "events/limits.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(clock_doubt_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::sequencer;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::microseconds tick{1};
const Instant start{std::chrono::seconds{1'700'000'000}};

struct Machine {
    Instant wall = start;
    std::chrono::microseconds uptime = 1h;
    std::string boot = "one";
};

// A sequencer with clocks that advance only as the test says.
class Writer {
  public:
    explicit Writer(const std::filesystem::path& data, const Machine& machine = {},
                    bool accepts_clock = false)
        : wall_(machine.wall.time_since_epoch().count()),
          uptime_(machine.uptime.count()),
          store_(Store::open(data, {.create = true, .cache_mebibytes = 8})),
          sequencer_(
              *store_, loaded_access(),
              {.clock = [this] { return Instant{std::chrono::microseconds{wall_}}; },
               .random = [](auto bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{}); },
               .uptime = [this] { return std::chrono::microseconds{uptime_}; },
               .boot = machine.boot,
               .accepts_clock = accepts_clock}) {}

    Sequencer* operator->() { return &sequencer_; }
    void pass(std::chrono::microseconds time) {
        uptime_ += time.count();
        wall_ += time.count();
    }
    void step(std::chrono::microseconds distance) { wall_ += distance.count(); }
    // The machine for the next Writer, after this much time has passed.
    Machine after(std::chrono::microseconds time) const {
        return {Instant{std::chrono::microseconds{wall_}} + time,
                std::chrono::microseconds{uptime_} + time};
    }

    Instant register_product(std::string key = {}) {
        Command command = Desk::about(0, parse_register_product(R"({"name":"P"})"));
        command.idempotency_key = std::move(key);
        sequencer_.execute(std::move(command));
        return sequencer_.end().time;
    }
    bool holds_token(TokenId id) const { return access_.is_live(id, sequencer_.now()); }
    void issue_token(std::string_view body) {
        Item item = parse_issue_token(body);
        std::get<IssueToken>(item.change).secret = std::string(46, 'x');
        sequencer_.execute(Desk::about(0, std::move(item)));
    }
    Instant revoke_token(TokenId id) {
        sequencer_.execute(Desk::about(0, Desk::item_of(RevokeToken{id}), AnswerForm::nothing));
        return sequencer_.end().time;
    }
    bool is_refused() {
        return is_refused([&] { register_product(); });
    }
    template <class Write>
    bool is_refused(Write write) {
        try {
            write();
        } catch (const Refusal& refusal) {
            BOOST_TEST((refusal.kind() == RefusalKind::clock_in_doubt));
            return true;
        }
        return false;
    }

  private:
    Access& loaded_access() {
        access_.load(ReadView(*store_));
        return access_;
    }

    std::atomic<std::int64_t> wall_;
    std::atomic<std::int64_t> uptime_;
    std::unique_ptr<Store> store_;
    Access access_;
    Sequencer sequencer_;
};

struct Fixture {
    const TempDirectory directory;
    const std::filesystem::path data = directory / "data";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clock_doubt, Fixture)

BOOST_AUTO_TEST_CASE(a_token_that_expired_stays_expired_when_the_clock_steps_back) {
    Machine later;
    {
        Writer writer(data);
        writer.issue_token(R"({"name":"a","role":"gate","expires_at":")" +
                           format_instant(start + 60s) + "\"}");
        writer.pass(59s);
        BOOST_TEST(writer.holds_token(1));
        writer.pass(1s);
        BOOST_TEST(!writer.holds_token(1));
        writer.step(-4min);
        BOOST_TEST(!writer->clock_doubt());
        BOOST_TEST(!writer.holds_token(1));
        // The expiry requested by a command is compared with the same time, although its event
        // follows the clock.
        check_unacceptable(
            [&] {
                writer.issue_token(R"({"name":"b","role":"gate","expires_at":")" +
                                   format_instant(start + 60s) + "\"}");
            },
            "/expires_at");
        BOOST_TEST((writer.register_product() == start + tick));
        later = writer.after(1s);
    }
    for (const std::string boot : {"one", "two"}) {
        later.boot = boot;
        Writer writer(data, later);
        BOOST_TEST(!writer->clock_doubt());
        BOOST_TEST(!writer.holds_token(1));
    }
    // The clock was set back during downtime, by more than the limit.
    later.wall -= 2min;
    Writer writer(data, later);
    BOOST_TEST(writer->clock_doubt().has_value());
    BOOST_TEST(!writer.holds_token(1));
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_that_was_forgotten_stays_forgotten) {
    Writer writer(data);
    writer.register_product("key");
    writer.pass(events::limits::idempotency_kept);
    BOOST_TEST((writer.register_product("key") == start));
    writer.pass(1s);
    writer.step(-4min);
    BOOST_TEST(
        (writer.register_product("key") == start + events::limits::idempotency_kept + 1s - 4min));
}

BOOST_AUTO_TEST_CASE(steps_within_the_limit_do_not_move_the_log_further_than_that) {
    Writer writer(data);
    writer.register_product();
    for (int i = 0; i < 20; ++i) {
        writer.pass(1s);
        writer.step(295s);
        BOOST_TEST(writer.is_refused() == (i > 0));
    }
    BOOST_TEST((writer->end().time <= start + 5min));
    BOOST_TEST(writer->clock_doubt().has_value());
    BOOST_TEST((writer->now() <= start + 6min));
}

BOOST_AUTO_TEST_CASE(steps_before_restarts_do_not_move_the_log_further_either) {
    Machine later;
    for (int i = 0; i < 4; ++i) {
        Writer writer(data, later);
        writer.pass(1s);
        writer.step(295s);
        BOOST_TEST(writer.is_refused() == (i > 0));
        later = writer.after(1s);
    }
    // The operator can accept the clock.
    Writer writer(data, later, true);
    BOOST_TEST((writer.register_product() == later.wall));
}

BOOST_AUTO_TEST_CASE(the_sequencer_records_nothing_while_it_is_in_doubt) {
    Writer writer(data);
    BOOST_TEST((writer.register_product() == start));
    writer.pass(1s);
    writer.step(24h);
    BOOST_TEST(writer.is_refused());
    // Neither queries about the past nor the expiry of tokens use the clock in doubt.
    BOOST_TEST((writer->now() == start + 1s));
    writer.step(-24h);
    BOOST_TEST((writer.register_product() == start + 1s));
    BOOST_TEST(!writer->clock_doubt());
    BOOST_TEST(writer->end().position == 2U);
}

BOOST_AUTO_TEST_CASE(the_sequencer_records_nothing_until_a_step_back_is_undone) {
    Writer writer(data);
    BOOST_TEST((writer.register_product() == start));
    writer.pass(1s);
    writer.step(-2h);
    BOOST_TEST(writer.is_refused());
    BOOST_TEST(writer->clock_doubt().has_value());
    BOOST_TEST((writer->now() == start + 1s));
    writer.pass(1s);
    BOOST_TEST(writer.is_refused());
    BOOST_TEST(writer->end().position == 1U);
    // Within the limit, writing resumes and times keep increasing.
    writer.step(2h - 5min);
    BOOST_TEST((writer.register_product() == start + tick));
    BOOST_TEST(!writer->clock_doubt());
}

BOOST_AUTO_TEST_CASE(a_token_can_be_revoked_while_the_clock_is_in_doubt) {
    Writer writer(data);
    for (const char* name : {"a", "b"}) {
        writer.issue_token(fmt::format(R"({{"name":"{}","role":"gate"}})", name));
    }
    writer.issue_token(R"({"name":"admin","role":"admin"})");
    writer.pass(1s);
    writer.step(24h);
    // At the expected time, not at the time of the clock.
    BOOST_TEST((writer.revoke_token(1) == start + 1s));
    writer.step(-48h);
    BOOST_TEST((writer.revoke_token(2) == start + 1s + tick));
    // Everything else is unchanged: the doubt, other commands about tokens, and the rule about
    // admins.
    BOOST_TEST(writer->clock_doubt().has_value());
    BOOST_TEST(writer.is_refused());
    BOOST_TEST(writer.is_refused([&] { writer.issue_token(R"({"name":"c","role":"gate"})"); }));
    BOOST_CHECK(kind_of([&] { writer.revoke_token(3); }) == RefusalKind::conflict);
    BOOST_CHECK(kind_of([&] { writer.revoke_token(2); }) == RefusalKind::not_found);
    BOOST_TEST(writer->end().position == 5U);
}

BOOST_AUTO_TEST_CASE(a_token_can_be_revoked_while_the_log_is_ahead_of_the_clock) {
    const Instant future = start + 24h * 365;
    {
        Writer writer(data, {future});
        writer.issue_token(R"({"name":"a","role":"gate"})");
    }
    Writer writer(data);
    BOOST_TEST(writer.is_refused());
    BOOST_TEST((writer.revoke_token(1) == future + tick));
    BOOST_TEST(writer.is_refused());
}

BOOST_AUTO_TEST_CASE(only_the_operator_can_accept_a_clock_in_doubt) {
    for (const std::chrono::hours distance : {24h, -24h}) {
        const TempDirectory own;
        const auto its_data = own / "data";
        Machine later;
        {
            Writer writer(its_data);
            writer.register_product();
            writer.step(distance);
            BOOST_TEST(writer.is_refused());
            later = writer.after(1h);
        }
        {
            Writer writer(its_data, later);
            BOOST_TEST(writer.is_refused());
            later = writer.after(1h);
        }
        {
            // Once the clock is accepted, times continue from the clock, or from the log if that is
            // later.
            Writer writer(its_data, later, true);
            const Instant recorded = writer.register_product();
            BOOST_TEST((recorded == std::max(later.wall, start + tick)));
            later = writer.after(25h);
        }
        BOOST_TEST(!std::filesystem::exists(its_data / "clock-doubt"));
        Writer writer(its_data, later);
        BOOST_TEST((writer.register_product() == later.wall));
    }
}

BOOST_AUTO_TEST_CASE(a_restart_with_the_corrected_clock_ends_the_doubt) {
    for (const std::chrono::hours distance : {24h, -24h}) {
        for (const std::string boot : {"one", "two"}) {
            const TempDirectory own;
            const auto its_data = own / "data";
            Machine later;
            {
                Writer writer(its_data);
                writer.register_product();
                writer.step(distance);
                BOOST_TEST(writer.is_refused());
                later = writer.after(2h);
                later.wall -= distance;
            }
            BOOST_TEST(std::filesystem::exists(its_data / "clock-doubt"));
            later.boot = boot;
            Writer writer(its_data, later);
            BOOST_TEST((writer.register_product() == later.wall));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_log_from_the_future_is_written_to_only_when_accepted) {
    const Instant future = start + 24h * 365;
    Writer(data, {future}).register_product();
    {
        Writer writer(data);
        BOOST_TEST(writer.is_refused());
        BOOST_TEST((writer->now() == future));
        BOOST_TEST(writer->end().position == 1U);
    }
    Writer writer(data, {}, true);
    BOOST_TEST((writer.register_product() == future + tick));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
