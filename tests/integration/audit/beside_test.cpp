// Reads a directory while a writer is active: all acknowledged writes are visible and the data is
// consistent, regardless of what the writer does with its files meanwhile.
#include <atomic>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/verify.hpp"
#include "projections/log_fold.hpp"
#include "projections/overlay.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(beside_test)

namespace {

// Writes random transactions and their rows, as the server does, until it is destroyed.
class RestlessWriter {
  public:
    RestlessWriter(const std::filesystem::path& data, std::uint64_t seed)
        : store_(store::Store::open(data, {.create = true})), history_(seed) {
        audit::rebuild_projections(*store_);
        thread_ = std::thread([this] { run(); });
    }
    ~RestlessWriter() {
        stopping_ = true;
        thread_.join();
    }
    RestlessWriter(const RestlessWriter&) = delete;
    RestlessWriter& operator=(const RestlessWriter&) = delete;

    Position acknowledged() const { return acknowledged_; }

  private:
    void run() {
        projections::Overlay overlay(*store_);
        projections::LogFold fold(overlay);
        while (!stopping_) {
            store::RowBatch batch(*store_);
            for (int i = 0; i < 20; ++i) {
                add_transaction(batch, fold);
            }
            fold.finish();
            overlay.keep_transaction();
            overlay.write_to(batch);
            store_->write(batch);
            overlay.clear();
            acknowledged_ = fold.position();
            move_files();
            // Otherwise the log grows faster than it can be verified.
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }

    void add_transaction(store::RowBatch& batch, projections::LogFold& fold) {
        std::string line;
        for (const events::Event& event : history_.next_transaction()) {
            line.clear();
            events::append_line(line, event);
            batch.put(store::Table::events, store::be64_key(event.position), line);
            fold.next(event);
        }
    }

    // Moves rows from memory to files and, after a few of those, from files to other files.
    void move_files() {
        if (history_.random().chance(10)) {
            store_->flush();
        }
    }

    std::unique_ptr<store::Store> store_;
    RandomHistory history_;
    std::atomic<Position> acknowledged_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(acknowledged_events_are_present_and_consistent) {
    const TempDirectory directory;
    RestlessWriter writer(directory / "data", test_seed());
    for (std::uint64_t round = 0; round < test_rounds(15); ++round) {
        const Position acknowledged = writer.acknowledged();
        const TempDirectory scratch;
        const auto store = store::Store::open_beside(directory / "data", scratch.path());
        BOOST_TEST(store::last_position(store::ReadView(*store)) >= acknowledged);
        const auto verification = audit::verify_projections(*store);
        const std::string detail =
            verification.clean() ? "" : verification.first_difference->detail;
        BOOST_REQUIRE_MESSAGE(verification.clean(), detail);
        BOOST_TEST(verification.events >= acknowledged);
    }
}

BOOST_AUTO_TEST_CASE(an_open_store_keeps_its_state) {
    const TempDirectory directory;
    const TempDirectory scratch;
    RestlessWriter writer(directory / "data", test_seed());
    while (writer.acknowledged() == 0) {
        std::this_thread::yield();
    }
    const auto store = store::Store::open_beside(directory / "data", scratch.path());
    const Position end = store::last_position(store::ReadView(*store));
    const auto line = events::line_at(store::ReadView(*store), 1);
    while (writer.acknowledged() < end + 1'000) {
        std::this_thread::yield();
    }
    BOOST_TEST(store::last_position(store::ReadView(*store)) == end);
    BOOST_TEST((events::line_at(store::ReadView(*store), 1) == line));
    BOOST_TEST(audit::verify_projections(*store).clean());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
