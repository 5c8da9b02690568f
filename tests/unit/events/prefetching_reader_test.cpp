// Prefetching gives the same events, in the same order and with the same end, as reading line by
// line, whichever of the two threads does the work.
#include "events/prefetching_reader.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/random.hpp"
#include "support/random_history.hpp"

BOOST_AUTO_TEST_SUITE(prefetching_reader_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

using Reading = PrefetchingReader::Reading;
using Threads = PrefetchingReader::Threads;

std::vector<std::string> random_lines(std::uint64_t seed, std::size_t count) {
    RandomHistory history(seed);
    std::vector<std::string> lines;
    while (lines.size() < count) {
        for (const Event& event : history.next_transaction()) {
            append_line(lines.emplace_back(), event);
        }
    }
    lines.resize(count);
    return lines;
}

// Lines from a list. All are returned in one buffer, which the next call overwrites.
class Source {
  public:
    explicit Source(const std::vector<std::string>& lines) : lines_(lines) {}

    std::optional<NumberedLine> operator()() {
        if (next_ == throws_at_) {
            throw std::runtime_error("the source is broken");
        }
        if (next_ == lines_.size()) {
            return std::nullopt;
        }
        shown_ = lines_[next_];
        ++next_;
        if (pause_.count() > 0 && next_ % 100 == 0) {
            std::this_thread::sleep_for(pause_);
        }
        return NumberedLine{next_, shown_};
    }
    void throw_at(std::size_t line) { throws_at_ = line; }
    void pause(std::chrono::microseconds time) { pause_ = time; }

  private:
    const std::vector<std::string>& lines_;
    std::size_t next_ = 0;
    std::size_t throws_at_ = static_cast<std::size_t>(-1);
    std::chrono::microseconds pause_{0};
    std::string shown_;
};

// Reads until an error or the end; returns the error, or an empty text.
std::string read_all(Source source, Reading reading, Threads threads,
                     const std::vector<std::string>& lines, std::size_t& count,
                     std::chrono::microseconds pause = {}) {
    PrefetchingReader ahead(std::ref(source), reading, threads);
    LineReader reader;
    count = 0;
    try {
        while (ahead.next()) {
            BOOST_REQUIRE(ahead.line().number == count + 1);
            BOOST_REQUIRE(ahead.line().text == lines[count]);
            BOOST_REQUIRE((ahead.event() == reader.read_stored(lines[count])));
            ++count;
            if (pause.count() > 0 && count % 100 == 0) {
                std::this_thread::sleep_for(pause);
            }
        }
        BOOST_TEST(!ahead.next());
        return "";
    } catch (const BadLine& error) {
        BOOST_TEST(ahead.line().number == count + 1);
        BOOST_TEST(ahead.line().text == lines[count]);
        return error.what();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

constexpr std::array<std::pair<Reading, Threads>, 4> ways{{{Reading::stored, Threads::one},
                                                           {Reading::stored, Threads::two},
                                                           {Reading::strict, Threads::one},
                                                           {Reading::strict, Threads::two}}};

}  // namespace

BOOST_AUTO_TEST_CASE(all_events_are_read_in_order) {
    const auto seed = test_seed();
    for (const std::size_t size : {0, 1, 255, 256, 257, 512, 20'000}) {
        const auto lines = random_lines(seed, size);
        for (const auto& [reading, threads] : ways) {
            std::size_t count = 0;
            BOOST_TEST(read_all(Source(lines), reading, threads, lines, count) == "");
            BOOST_TEST(count == size);
        }
    }
}

// First the helper thread is slow, then the owner: each must do the other's work.
BOOST_AUTO_TEST_CASE(either_thread_may_be_slow) {
    const auto lines = random_lines(test_seed(), 10'000);
    using std::chrono::microseconds;
    for (const auto& [slow_source, slow_owner] :
         {std::pair{microseconds{500}, microseconds{0}}, {microseconds{0}, microseconds{500}}}) {
        Source source(lines);
        source.pause(slow_source);
        std::size_t count = 0;
        BOOST_TEST(read_all(source, Reading::stored, Threads::two, lines, count, slow_owner) == "");
        BOOST_TEST(count == lines.size());
    }
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_reported_after_the_lines_before_it) {
    auto lines = random_lines(test_seed(), 2'000);
    for (const std::size_t bad : {0, 255, 256, 777, 1'999}) {
        const std::string good = lines[bad];
        lines[bad] = "{\"specversion\":";
        for (const auto& [reading, threads] : ways) {
            std::size_t count = 0;
            BOOST_TEST(read_all(Source(lines), reading, threads, lines, count) != "");
            BOOST_TEST(count == bad);
        }
        lines[bad] = good;
    }
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_source_follows_its_lines) {
    const auto lines = random_lines(test_seed(), 2'000);
    for (const std::size_t broken : {0, 1, 256, 1'000, 2'000}) {
        for (const auto& [reading, threads] : ways) {
            Source source(lines);
            source.throw_at(broken);
            std::size_t count = 0;
            BOOST_TEST(read_all(source, reading, threads, lines, count) == "the source is broken");
            BOOST_TEST(count == broken);
        }
    }
}

BOOST_AUTO_TEST_CASE(reading_can_stop_anywhere) {
    const auto lines = random_lines(test_seed(), 10'000);
    for (const std::size_t left_at : {0, 1, 300, 5'000}) {
        Source source(lines);
        PrefetchingReader ahead(std::ref(source), Reading::stored);
        for (std::size_t i = 0; i < left_at; ++i) {
            BOOST_REQUIRE(ahead.next());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
