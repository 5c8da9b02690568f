// Lines of imported models.

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/limits.hpp"
#include "unit/events/event_lines.hpp"

BOOST_AUTO_TEST_SUITE(import_line_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::events::testing;

BOOST_AUTO_TEST_CASE(a_malformed_import_is_refused) {
    const std::string line = line_of(event_of(imported_model()));
    const std::string digests = "\"digests\":\"" + std::string(8, 'A');
    check_refused(replaced(line, digests, "\"digests\":\"" + std::string(4, 'A')));
    check_refused(replaced(line, digests, "\"digests\":\"!!!!AAAA"));
    check_refused(replaced(line, R"("threat_id":9)", R"("threat_id":7)"));
    check_refused(replaced(line, R"("threat_id":9)", R"("threat_id":6)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("threat_id":0)"));
    check_refused(replaced(line, R"("threat_id":7)", R"("id":7)"));
    check_refused(replaced(line, R"("mitigation_id":2)", R"("mitigation_id":9007199254740992)"));
    check_refused(replaced(line, R"("digests":null)", R"("digests":null,"more":1)"));
    check_refused(replaced(line, R"("source":"web")", R"("source":" ")"));
    check_refused(replaced(line, R"("source":"web",)", ""));
    check_refused(replaced(line, R"("format":"threat-dragon",)", ""));
    check_refused(replaced(line, sha256, sha256.substr(1)));
    ModelImported large = imported_model();
    large.threats.clear();
    large.mitigations.clear();
    for (ThreatId id = 1; id <= limits::seen_objects_max; ++id) {
        large.threats.push_back({limits::id_max - limits::seen_objects_max + id, ThreatDigests()});
    }
    BOOST_TEST(refusal_of(line_of(event_of(large))) == "");
    large.mitigations.push_back({1, MitigationDigests()});
    check_refused(line_of(event_of(large)));
}

// An import of the maximum size fits into a line with the longest attributes of a request.
BOOST_AUTO_TEST_CASE(the_longest_import_fits_into_a_line) {
    ModelImported longest = imported_model();
    longest.source = std::string(limits::source_points_max, '"');
    longest.threats.clear();
    longest.mitigations.clear();
    for (ThreatId id = 1; id <= limits::seen_objects_max; ++id) {
        longest.threats.push_back(
            {limits::id_max - limits::seen_objects_max + id, ThreatDigests()});
    }
    Event event = event_of(longest);
    const auto longest_text = [](std::size_t points) {
        std::string text;
        for (; points > 0; --points) {
            text += "\u2028";  // six bytes in a line
        }
        return text;
    };
    event.actor = longest_text(limits::name_points_max) + "#9007199254740991";
    event.reason = longest_text(limits::reason_points_max);
    event.on_behalf_of = longest_text(limits::on_behalf_of_points_max);
    event.idempotency_key = std::string(limits::idempotency_key_chars_max, '"');
    BOOST_TEST(line_of(event).size() <= limits::line_bytes_max);
    BOOST_TEST(refusal_of(line_of(event)) == "");
}

BOOST_AUTO_TEST_SUITE_END()
