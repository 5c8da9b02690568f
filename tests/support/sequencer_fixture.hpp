#pragma once

// A sequencer whose clock the suite sets and whose thread it can block, and checks of its log.

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>

#include <boost/test/unit_test.hpp>

#include "commands/sequencer/sequencer.hpp"
#include "projections/query/history.hpp"
#include "support/desk.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"
#include "support/twin_rows.hpp"

namespace threatatlas::testing {

inline constexpr std::chrono::microseconds tick{1};
inline const base::Instant start{std::chrono::seconds{1'700'000'000}};

// A store, its sequencer, and a clock that the test sets. The sequencer's thread can be blocked
// within a group: in its next call for random bytes.
class Writer {
  public:
    explicit Writer(const std::filesystem::path& data)
        : store_(store::Store::open(data, {.create = true, .cache_mebibytes = 8})) {
        access_.load(store::ReadView(*store_));
        sequencer_ = std::make_unique<sequencer::Sequencer>(
            *store_, access_,
            sequencer::SequencerEnvironment{.clock = [this] { return clock(); },
                                            .random = [this](auto bytes) { give_random(bytes); },
                                            .report_fault = {}});
    }
    ~Writer() {
        release();
        sequencer_.reset();
    }

    sequencer::Sequencer& operator*() { return *sequencer_; }
    sequencer::Sequencer* operator->() { return sequencer_.get(); }
    const store::Store& store() const { return *store_; }
    projections::Access& access() { return access_; }

    base::Instant clock() const {
        return base::Instant{std::chrono::microseconds{clock_micros_.load()}};
    }
    void set_clock(base::Instant instant) { clock_micros_ = instant.time_since_epoch().count(); }

    // Makes the sequencer block at its next event, until release().
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

    commands::WriteAnswer execute(commands::Command command) {
        return commands::render_answer(sequencer_->execute(std::move(command)));
    }
    commands::WriteAnswer register_product() {
        return execute(Desk::about(0, command_json::parse_register_product(R"({"name":"P"})")));
    }
    commands::WriteAnswer identify(ProductId product = 1) { return execute(identify_in(product)); }
    // Issues tokens 1 to `count`.
    void issue_editors(std::size_t count) {
        for (std::size_t i = 1; i <= count; ++i) {
            commands::Item item =
                command_json::parse_issue_token(R"({"name":"e","role":"editor"})");
            std::get<commands::IssueToken>(item.change).secret =
                std::string(46, 'x') + std::to_string(i);
            sequencer_->execute(Desk::about(0, item));
        }
    }
    static commands::Command identify_in(ProductId product) {
        return Desk::about(
            product, command_json::parse_identify_threat(R"({"name":"T","severity":"high"})"));
    }

    std::future<commands::Outcome> submit(commands::Command command) {
        auto promise = std::make_shared<std::promise<commands::Outcome>>();
        auto outcome = promise->get_future();
        sequencer_->submit(std::move(command), [promise](commands::Outcome reached) {
            promise->set_value(std::move(reached));
        });
        return outcome;
    }

    std::vector<events::Event> log() const {
        std::vector<events::Event> events;
        events::LineReader reader;
        events::scan_lines(store::ReadView(*store_), 1,
                           [&](Position position, std::string_view line) {
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

    std::unique_ptr<store::Store> store_;
    projections::Access access_;
    std::atomic<std::int64_t> clock_micros_{start.time_since_epoch().count()};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool held_ = false;     // guarded by mutex_
    bool waiting_ = false;  // guarded by mutex_
    unsigned random_ = 0;   // guarded by mutex_
    std::unique_ptr<sequencer::Sequencer> sequencer_;
};

// A Writer on its own directory, with products 1 and 2.
struct SequencerFixture {
    TempDirectory directory;
    std::optional<Writer> writer{directory / "data"};

    SequencerFixture() {
        writer->register_product();
        writer->register_product();
    }

    // Destroys the writer and starts a new one on the same data.
    void restart(base::Instant clock = start) {
        writer.reset();
        writer.emplace(directory / "data");
        writer->set_clock(clock);
    }
};

// Waits until the state at `as_of` is final.
inline void wait_until_final(sequencer::Sequencer& sequencer, base::Instant as_of) {
    while (!sequencer.await_final(as_of)) {
        std::promise<void> is_final;
        sequencer.when_final(as_of, [&] { is_final.set_value(); });
        is_final.get_future().wait();
    }
}

inline commands::RefusalKind refusal_in(const commands::Outcome& outcome) {
    BOOST_REQUIRE(std::holds_alternative<commands::Refusal>(outcome));
    return std::get<commands::Refusal>(outcome).kind();
}

inline commands::WriteAnswer accepted_in(std::future<commands::Outcome>& outcome) {
    commands::Outcome reached = outcome.get();
    BOOST_REQUIRE(std::holds_alternative<commands::Accepted>(reached));
    return commands::render_answer(std::get<commands::Accepted>(reached));
}

// Checks that positions run from 1 without gaps, that times increase strictly from transaction to
// transaction, and that every table matches the slow twin.
inline void check_log(const Writer& writer) {
    Twin twin;
    std::vector<events::Event> transaction;
    Position position = 0;
    base::Instant time{};
    for (const events::Event& event : writer.log()) {
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
    const store::ReadView view(writer.store());
    for (const store::Table table : store::projection_tables()) {
        BOOST_TEST(difference(wanted_rows(twin, table), stored_rows(view, table)) == "",
                   store::table_name(table));
    }
}

inline commands::Command with_key(commands::Command command, std::string key,
                                  std::string digest = "digest") {
    command.idempotency_key = std::move(key);
    command.request_digest = std::move(digest);
    return command;
}

}  // namespace threatatlas::testing
