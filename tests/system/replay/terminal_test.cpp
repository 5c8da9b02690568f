// Output for a person at a terminal, which is not shown elsewhere.
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <sys/ioctl.h>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "replay/progress.hpp"
#include "replay/shown_text.hpp"
#include "support/eventually.hpp"
#include "support/replay_fixture.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(terminal_test)

namespace {

// A pseudoterminal: data written to its descriptor is read by the test.
class Terminal {
  public:
    // 0 columns: a terminal of unknown width.
    explicit Terminal(std::uint16_t columns = 0)
        : screen_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)) {
        BOOST_TEST_REQUIRE(screen_ >= 0);
        BOOST_TEST_REQUIRE(::grantpt(screen_) == 0);
        BOOST_TEST_REQUIRE(::unlockpt(screen_) == 0);
        end_ = ::open(::ptsname(screen_), O_RDWR | O_NOCTTY | O_CLOEXEC);
        BOOST_TEST_REQUIRE(end_ >= 0);
        const ::winsize size{.ws_row = 25, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
        BOOST_TEST_REQUIRE(::ioctl(end_, TIOCSWINSZ, &size) == 0);
    }
    ~Terminal() {
        ::close(end_);
        ::close(screen_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    int descriptor() const { return end_; }
    // All output, with the original line ends.
    const std::string& shown() {
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(screen_, buffer, sizeof buffer)) > 0;) {
            for (const char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
                if (c == '\n' && text_.ends_with('\r')) {
                    text_.pop_back();
                }
                text_ += c;
            }
        }
        return text_;
    }

  private:
    int screen_;
    int end_ = -1;
    std::string text_;
};

std::string line_at(std::uint64_t done, std::uint64_t total, double seconds) {
    return replay::progress_line("reading", replay::Progress::Unit::events, done, total,
                                 std::chrono::duration<double>(seconds));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(terminal, ReplayFixture)

BOOST_AUTO_TEST_CASE(a_terminal_gets_a_table_and_a_file_gets_json) {
    for (const std::vector<std::string>& question :
         {std::vector<std::string>{"posture", "--product", "1"},
          std::vector<std::string>{"gate", "--product", "1", "--fail-on-critical"},
          std::vector<std::string>{"mitigations", "--product", "2"}}) {
        ChildOptions options;
        options.arguments = {replay_binary(), "--data", data().string()};
        options.arguments.insert(options.arguments.end(), question.begin(), question.end());
        Terminal screen;
        const MemoryFile nothing;
        const MemoryFile err;
        ChildProcess child(options, nothing.descriptor(), screen.descriptor(), err.descriptor());
        BOOST_TEST_REQUIRE(child.wait_for(wait_limit).has_value());
        auto as_table = question;
        as_table.insert(as_table.end(), {"--format", "table"});
        const std::string table = ask(as_table).out;
        BOOST_TEST(screen.shown() == table);
        const std::string elsewhere = ask(question).out;
        BOOST_TEST(elsewhere != table);
        BOOST_TEST(nlohmann::json::accept(elsewhere), elsewhere);
        BOOST_TEST(err.content() == "");
    }
}

// Rows longer than the terminal's width would wrap and break the columns.
BOOST_AUTO_TEST_CASE(a_table_is_as_wide_as_the_terminal_at_most) {
    MadeUpLog wide;
    wide.record(1, {product_named("Shop")});
    events::ThreatIdentified long_named = threat(1, events::Severity::high);
    long_named.texts.set(events::ThreatField::name,
                         "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字");
    long_named.texts.set(events::ThreatField::category, std::string(50, 'c'));
    wide.record(1, {long_named});
    write_file(exported(), wide.text());
    const auto shown_on = [&](std::uint16_t columns, const std::string& variable) {
        ChildOptions options{
            {replay_binary(), "--events", exported().string(), "threats", "--product", "1"},
            {},
            {}};
        if (!variable.empty()) {
            options.environment["COLUMNS"] = variable;
        }
        Terminal screen(columns);
        const MemoryFile nothing;
        const MemoryFile err;
        ChildProcess child(options, nothing.descriptor(), screen.descriptor(), err.descriptor());
        BOOST_TEST_REQUIRE(child.wait_for(wait_limit).value() == 0, err.content());
        std::size_t widest = 0;
        std::istringstream lines(screen.shown());
        for (std::string line; std::getline(lines, line);) {
            widest = std::max(widest, replay::shown_width(line));
        }
        return std::pair(widest, screen.shown());
    };
    const auto [whole, text] = shown_on(0, "");
    BOOST_TEST(whole > 120U);
    BOOST_TEST(shown_on(1'000, "").first == whole);
    for (const std::uint16_t columns : {std::uint16_t{120}, std::uint16_t{100}}) {
        const auto [width, cut] = shown_on(columns, "");
        BOOST_TEST(width <= columns, cut);
        BOOST_TEST(width > columns - 3U, cut);
        BOOST_TEST(cut.find("…") != std::string::npos);
    }
    BOOST_TEST(shown_on(1'000, "100").first <= 100U);
    BOOST_TEST(shown_on(100, "none").first <= 100U);
    // Without a terminal, a table has its full width.
    const auto elsewhere = run_program({{replay_binary(), "--events", exported().string(),
                                         "--format", "table", "threats", "--product", "1"},
                                        {{"COLUMNS", "80"}},
                                        {}});
    BOOST_TEST(elsewhere.out == text);
}

BOOST_AUTO_TEST_CASE(a_width_is_counted_in_columns_of_the_terminal) {
    BOOST_TEST(replay::shown_width("") == 0U);
    BOOST_TEST(replay::shown_width("abc") == 3U);
    BOOST_TEST(replay::shown_width("漢字") == 4U);
    BOOST_TEST(replay::shown_width("e\u0301") == 1U);
    BOOST_TEST(replay::shown_width("a\u200Bb") == 2U);
    BOOST_TEST(replay::shown_width("😀") == 2U);
    BOOST_TEST(replay::clipped("abcdef", 6) == "abcdef");
    BOOST_TEST(replay::clipped("abcdef", 5) == "abcd…");
    BOOST_TEST(replay::clipped("漢字漢字", 8) == "漢字漢字");
    BOOST_TEST(replay::clipped("漢字漢字", 7) == "漢字漢…");
    BOOST_TEST(replay::clipped("漢字漢字", 6) == "漢字…");
    BOOST_TEST(replay::clipped("e\u0301e\u0301e\u0301", 2) == "e\u0301…");
    BOOST_TEST(replay::clipped("\xF0\x9F", 5) == "\xF0\x9F");
}

// Lines are provided slowly until the progress bar appears: it is shown only for long work and
// removed at the end.
BOOST_AUTO_TEST_CASE(progress_is_shown_on_a_terminal) {
    int pipe[2];
    BOOST_TEST_REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    Terminal screen;
    const MemoryFile out;
    ChildProcess child({{replay_binary(), "--events", "-", "stats"}, {}, {}}, pipe[0],
                       out.descriptor(), screen.descriptor());
    ::close(pipe[0]);
    MadeUpLog slow;
    slow.record(1, {product_named("Shop")});
    std::size_t handed_out = 0;
    const auto deadline = std::chrono::steady_clock::now() + wait_limit;
    while (screen.shown().find("reading the log  ") == std::string::npos &&
           std::chrono::steady_clock::now() < deadline) {
        for (std::size_t i = 0; i < 1'024; ++i) {
            slow.record(1, {threat(slow.lines().size(), events::Severity::low)});
        }
        std::string lines;
        for (; handed_out < slow.lines().size(); ++handed_out) {
            lines += slow.lines()[handed_out] + "\n";
        }
        for (std::string_view rest = lines; !rest.empty();) {
            const ssize_t written = ::write(pipe[1], rest.data(), rest.size());
            BOOST_TEST_REQUIRE(written > 0);
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ::close(pipe[1]);
    BOOST_TEST(child.wait_for(wait_limit).value() == 0);
    BOOST_TEST(screen.shown().find("B/s") != std::string::npos, screen.shown());
    BOOST_TEST(screen.shown().ends_with("\r\x1b[K"));
    BOOST_TEST(nlohmann::json::parse(out.content())["events"] == handed_out);
}

BOOST_AUTO_TEST_CASE(a_bar_shows_progress_rate_and_remaining_time) {
    BOOST_TEST(line_at(0, 1'000, 2.0) ==
               "reading  [                              ]   0%  0 events/s");
    BOOST_TEST(line_at(500, 1'000, 2.0) ==
               "reading  [###############               ]  50%  250 events/s  0:02 left");
    BOOST_TEST(line_at(3'000'000, 300'000'000, 2.0) ==
               "reading  [                              ]   1%  1.5 M events/s  3:18 left");
    BOOST_TEST(line_at(4'000, 4'000, 2.0) ==
               "reading  [##############################] 100%  2.0 k events/s  0:00 left");
    // More than the initial total, because the log may grow.
    BOOST_TEST(line_at(5'000, 4'000, 2.0).find("100%") != std::string::npos);
    // There is no bar if the total is unknown.
    BOOST_TEST(replay::progress_line("reading", replay::Progress::Unit::bytes, 3'000'000, 0,
                                     std::chrono::duration<double>(2.0)) == "reading  1.5 MB/s");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
