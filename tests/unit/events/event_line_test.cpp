#include "events/event_line.hpp"

#include <array>

#include <boost/test/unit_test.hpp>

#include "events/event_rules.hpp"
#include "events/limits.hpp"
#include "support/random_event.hpp"
#include "unit/events/event_lines.hpp"

BOOST_AUTO_TEST_SUITE(event_line_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::events::testing;
using namespace threatatlas::testing;

BOOST_AUTO_TEST_CASE(every_kind_of_event_has_its_golden_line) {
    LineReader reader;
    std::array<bool, std::variant_size_v<EventData>> seen{};
    for (const auto& golden : golden_lines()) {
        const Event event = event_of(golden.data);
        BOOST_TEST(line_of(event) == golden.line);
        BOOST_CHECK_MESSAGE(reader.read(golden.line) == event, golden.line);
        BOOST_CHECK_MESSAGE(reader.read_stored(golden.line) == event, golden.line);
        seen[golden.data.index()] = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        BOOST_TEST(seen[i], "no line of type " << name_of(static_cast<EventType>(i)));
    }
}

BOOST_AUTO_TEST_CASE(optional_attributes_follow_the_actor) {
    Event event = event_of(ThreatRemoved{7});
    event.reason = "found \"twice\"";
    event.on_behalf_of = "Grace";
    event.idempotency_key = "k-1";
    event.occurred_at = parse_instant("2026-11-20T00:00:00Z");
    const std::string line =
        head +
        R"("source":"/api/products/1","type":"threatatlas.threat.removed.v1",)"
        R"("subject":"threats/7",)" +
        tail +
        R"("reason":"found \"twice\"","onbehalfof":"Grace","idempotencykey":"k-1",)"
        R"("data":{"threat_id":7,"occurred_at":"2026-11-20T00:00:00.000000Z"}})";
    BOOST_TEST(line_of(event) == line);
    LineReader reader;
    BOOST_CHECK(reader.read(line) == event);
    BOOST_CHECK(reader.read_stored(line) == event);
}

BOOST_AUTO_TEST_CASE(random_events_are_read_back_from_their_lines) {
    Random random(test_seed());
    LineReader reader;
    Event again;  // reused, so that each event is read into the previous one's memory
    for (auto round = test_rounds(3'000); round > 0; --round) {
        const Event event = random_event(random);
        const std::string line = line_of(event);
        const bool fits = line.size() <= events::limits::line_bytes_max;
        BOOST_REQUIRE_EQUAL(refusal_of(line).empty(), fits);
        const Event stored = reader.read_stored(line);
        BOOST_REQUIRE_MESSAGE(stored == event, line);
        BOOST_REQUIRE_EQUAL(line_of(stored), line);
        reader.read_stored(line, again);
        BOOST_REQUIRE_MESSAGE(again == event, line);
        const std::string behind = line + std::string(line_bytes_behind, '"');
        reader.read_stored(std::string_view(behind).substr(0, line.size()), again,
                           line_bytes_behind);
        BOOST_REQUIRE_MESSAGE(again == event, line);
        BOOST_REQUIRE_EQUAL(line.find('\n'), std::string::npos);
    }
}

// A corrupted line is either refused or a valid line of another event; it is never read as
// something that it does not encode.
BOOST_AUTO_TEST_CASE(a_changed_byte_is_never_misread) {
    Random random(test_seed());
    LineReader reader;
    std::uint64_t taken = 0;
    for (auto round = test_rounds(20'000); round > 0; --round) {
        std::string line = random.pick(golden_lines()).line;
        for (auto changes = random.between(1, 3); changes > 0; --changes) {
            const auto at = random.below(line.size());
            switch (random.below(3)) {
                case 0:
                    line[at] = static_cast<char>(random.below(256));
                    break;
                case 1:
                    line.erase(at, 1);
                    break;
                default:
                    line.insert(at, 1, line[random.below(line.size())]);
            }
        }
        try {
            static_cast<void>(reader.read_stored(line));
        } catch (const BadLine&) {
        }
        try {
            const Event event = reader.read(line);
            BOOST_REQUIRE_EQUAL(line_of(event), line);
            BOOST_REQUIRE(!fault_of(event));
            ++taken;
        } catch (const BadLine&) {
        }
    }
    BOOST_TEST(taken > 0U);
}

// Some programs split lines at U+2028 and U+2029, so new lines escape them. Lines of earlier
// versions contain them unescaped and remain valid.
BOOST_AUTO_TEST_CASE(line_separators_are_escaped_or_all_unescaped) {
    Event event = event_of(ThreatIdentified{});
    auto& threat = std::get<ThreatIdentified>(event.data);
    threat.threat_id = 7;
    threat.texts.set(ThreatField::name, "a\u2028b\u2029c \\u2028");
    event.reason = "\u2029";
    const std::string line = line_of(event);
    BOOST_TEST(line.find(R"("reason":"\u2029",)") != std::string::npos, line);
    BOOST_TEST(line.find(R"("name":"a\u2028b\u2029c \\u2028",)") != std::string::npos, line);
    const std::string earlier =
        replaced(replaced(replaced(line, R"("\u2029")", "\"\u2029\""), R"(a\u2028)", "a\u2028"),
                 R"(b\u2029)", "b\u2029");
    BOOST_TEST(earlier != line);
    LineReader reader;
    for (const std::string& form : {line, earlier}) {
        BOOST_CHECK(reader.read(form) == event);
        BOOST_CHECK(reader.read_stored(form) == event);
    }
    // No version mixed the two forms in one line, or treated an escaped backslash before "u2028" as
    // such an escape.
    check_refused(replaced(line, R"("\u2029")", "\"\u2029\""));
    check_refused(replaced(line, R"(c \\u2028)", "c \\\u2028"));
    check_refused(replaced(earlier, "\u2028", "\u2028\u2028").substr(1));
    check_refused(earlier + " ");
    check_refused(earlier.substr(0, earlier.size() - 1));
}

BOOST_AUTO_TEST_CASE(a_line_has_at_most_65535_bytes) {
    // With four bytes per character, two long texts exceed a line.
    Event event = event_of(ThreatIdentified{7, {{"T"}}, {}, ThreatStatus::identified});
    auto& texts = std::get<ThreatIdentified>(event.data).texts;
    const auto add = [&](ThreatField field, std::string_view more) {
        texts.set(field, std::string(texts[field]) + std::string(more));
    };
    for (std::size_t i = 0; i < events::limits::description_points_max; ++i) {
        add(ThreatField::description, "😀");
    }
    add(ThreatField::comments, "x");
    while (line_of(event).size() + 4 <= events::limits::line_bytes_max) {
        add(ThreatField::comments, "😀");
    }
    while (line_of(event).size() < events::limits::line_bytes_max) {
        add(ThreatField::comments, "x");
    }
    BOOST_TEST(refusal_of(line_of(event)) == "");
    add(ThreatField::comments, "x");
    BOOST_TEST(refusal_of(line_of(event)) == "longer than 65535 bytes");
}

BOOST_AUTO_TEST_CASE(a_reader_can_be_used_after_a_refusal_and_a_move) {
    LineReader first;
    const auto& golden = golden_lines()[4];
    BOOST_CHECK_THROW(static_cast<void>(first.read("{")), BadLine);
    BOOST_CHECK(first.read(golden.line) == event_of(golden.data));
    LineReader second = std::move(first);
    BOOST_CHECK(second.read(golden.line) == event_of(golden.data));
}

BOOST_AUTO_TEST_SUITE_END()
