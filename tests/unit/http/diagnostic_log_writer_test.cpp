// Writing the log to a reader that is prompt, slow, blocked or gone.

#include "http/ops/diagnostic_log_writer.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/eventually.hpp"
#include "support/pipe.hpp"

BOOST_AUTO_TEST_SUITE(diagnostic_log_writer_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::ops;
using namespace threatatlas::testing;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

Instant no_time() {
    return Instant{};
}

std::string numbered(std::uint64_t number) {
    return log_line(no_time(), LogLevel::info, "request", {{"request", number}});
}

std::vector<json> lines_of(const std::string& text) {
    BOOST_TEST((text.empty() || text.ends_with('\n')));
    std::vector<json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(json::parse(line));
    }
    return lines;
}

// The number of the last request. Checks that request numbers are consecutive, and that dropped
// lines are reported where they are missing.
std::uint64_t last_request_of(const std::vector<json>& lines) {
    std::uint64_t last = 0;
    for (const json& line : lines) {
        if (line.at("event") == "log_lines_dropped") {
            BOOST_TEST(line.at("level") == "warning");
            BOOST_TEST(line.at("lines") > 0);
            last += line.at("lines").get<std::uint64_t>();
        } else {
            BOOST_TEST(line.at("request") == ++last);
        }
    }
    return last;
}

struct Fixture {
    Fixture() { std::signal(SIGPIPE, SIG_IGN); }

    // Closes the writer as at the end of the process. Returns how long that took.
    steady_clock::duration close() {
        const auto begun = steady_clock::now();
        writer.reset();
        return steady_clock::now() - begun;
    }
    void start(DiagnosticLogWriterOptions options = {}) {
        writer = std::make_unique<DiagnosticLogWriter>(pipe.write_end(), no_time, options);
    }
    std::future<std::string> read() {
        return std::async(std::launch::async, [this] { return pipe.read_all(); });
    }

    Pipe pipe;
    std::unique_ptr<DiagnosticLogWriter> writer;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(log_writer, Fixture)

BOOST_AUTO_TEST_CASE(all_lines_are_written_in_order) {
    start();
    auto read_text = read();
    constexpr std::uint64_t count = 20'000;
    for (std::uint64_t number = 1; number <= count; ++number) {
        writer->write(numbered(number));
    }
    BOOST_TEST(writer->dropped() == 0U);
    close();
    pipe.close_write_end();
    const auto lines = lines_of(read_text.get());
    BOOST_TEST(lines.size() == count);
    BOOST_TEST(last_request_of(lines) == count);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_stay_whole) {
    start();
    auto read_text = read();
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread) {
            threads.emplace_back([this] {
                for (std::size_t length = 0; length < 1'000; ++length) {
                    writer->write(log_line(no_time(), LogLevel::info, "request",
                                           {{"token", std::string(length * 8, 't')}}));
                }
            });
        }
    }
    const std::uint64_t dropped = writer->dropped();
    close();
    pipe.close_write_end();
    std::uint64_t said = 0;
    std::uint64_t written = 0;
    for (const json& line : lines_of(read_text.get())) {
        said += line.value("lines", std::uint64_t{0});
        written += line.at("event") == "request" ? 1 : 0;
    }
    BOOST_TEST(said == dropped);
    BOOST_TEST(written + dropped == 8'000U);
}

BOOST_AUTO_TEST_CASE(dropped_lines_are_reported_in_their_place) {
    start({.waiting_bytes_max = 10'000});
    constexpr std::uint64_t count = 2'000;
    for (std::uint64_t number = 1; number <= count; ++number) {
        writer->write(numbered(number));
    }
    const std::uint64_t dropped = writer->dropped();
    BOOST_TEST(dropped > 0U);
    BOOST_TEST(dropped < count);
    auto read_text = read();
    // Once there is room again, a report of the dropped lines precedes the next line.
    std::uint64_t last = count;
    BOOST_TEST(eventually([&] {
        const std::uint64_t before = writer->dropped();
        writer->write(numbered(++last));
        return writer->dropped() == before;
    }));
    close();
    pipe.close_write_end();
    const auto lines = lines_of(read_text.get());
    BOOST_TEST(last_request_of(lines) == last);
    BOOST_TEST(lines.back().at("request") == last);
    // last_request_of() has checked the place of each report.
    BOOST_TEST(std::count_if(lines.begin(), lines.end(), [](const json& line) {
                   return line.at("event") == "log_lines_dropped";
               }) > 0);
}

BOOST_AUTO_TEST_CASE(lines_dropped_at_the_end_are_reported_at_the_end) {
    start({.waiting_bytes_max = 10'000});
    std::uint64_t last = 0;
    std::uint64_t dropped_before = 0;
    // Until the last line is a dropped one: the writing thread may be late to fill the pipe.
    do {
        dropped_before = writer->dropped();
        writer->write(numbered(++last));
    } while (last < 2'000 || writer->dropped() == dropped_before);
    auto read_text = read();
    close();
    pipe.close_write_end();
    const auto lines = lines_of(read_text.get());
    BOOST_TEST(last_request_of(lines) == last);
    BOOST_TEST(lines.back().at("event") == "log_lines_dropped");
}

BOOST_AUTO_TEST_CASE(a_stalled_reader_blocks_nothing_for_long) {
    start({.flush_wait_max = milliseconds(200)});
    for (std::uint64_t number = 1; number <= 100'000; ++number) {
        writer->write(numbered(number));
    }
    BOOST_TEST(writer->dropped() > 0U);
    BOOST_TEST((close() >= milliseconds(200)));
    // Abandoned lines are not written later, when the descriptor may already be reused.
    pipe.close_write_end();
    BOOST_TEST(last_request_of(lines_of(pipe.read_all())) < 200U);
}

BOOST_AUTO_TEST_CASE(lines_for_a_closed_reader_are_counted_and_block_nothing) {
    pipe.close_read_end();
    start({.flush_wait_max = 10 * wait_limit});
    constexpr std::uint64_t count = 1'000;
    for (std::uint64_t number = 1; number <= count; ++number) {
        writer->write(numbered(number));
    }
    BOOST_TEST(eventually([&] { return writer->dropped() == count; }));
    BOOST_TEST((close() < wait_limit));
}

// Another process that shares the pipe may have set O_NONBLOCK.
BOOST_AUTO_TEST_CASE(a_nonblocking_descriptor_loses_nothing) {
    BOOST_TEST_REQUIRE(::fcntl(pipe.write_end(), F_SETFL, O_NONBLOCK) == 0);
    start();
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        writer->write(numbered(number));
    }
    auto read_text = read();
    close();
    pipe.close_write_end();
    BOOST_TEST(last_request_of(lines_of(read_text.get())) == 1'000U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
