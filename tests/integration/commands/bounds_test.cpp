// Ids and times at the limits of a line. The server records nothing that it could not verify,
// export and import again, and an import refuses lines after which nothing could be recorded.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "events/event_rules.hpp"
#include "events/limits.hpp"
#include "projections/audit/log_import.hpp"
#include "projections/audit/verify.hpp"
#include "projections/fold.hpp"
#include "support/desk.hpp"
#include "support/refused.hpp"
#include "support/sequencer_fixture.hpp"

BOOST_AUTO_TEST_SUITE(bounds_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

const std::string sha(64, 'a');

// An event as in a log that an earlier version imported.
Event event_of(ProductId product, EventData data) {
    Event event;
    event.position = 1;
    event.time = start;
    event.id = "019352a4-0000-7000-8000-000000000000";
    event.product_id = product;
    event.actor = "system";
    event.data = std::move(data);
    return event;
}

ProductTexts product_texts() {
    ProductTexts texts;
    texts.set(ProductField::name, "P");
    return texts;
}
ThreatTexts threat_texts() {
    ThreatTexts texts;
    texts.set(ThreatField::name, "T");
    return texts;
}
MitigationTexts mitigation_texts() {
    MitigationTexts texts;
    texts.set(MitigationField::name, "M");
    return texts;
}

struct EdgeDesk : Desk {
    void have(ProductId product, EventData data) {
        fold(overlay(), event_of(product, std::move(data)));
        overlay().keep_transaction();
    }
    // Recorded events must be readable: events() checks each line.
    bool records(const std::function<void()>& write) {
        write();
        return !events().empty();
    }
};

void import_into(const std::filesystem::path& data, const std::vector<std::string>& lines) {
    auto store = Store::open_for_import(data);
    auto line = lines.begin();
    import_lines(*store, [&]() -> std::optional<std::string_view> {
        return line == lines.end() ? std::nullopt : std::optional<std::string_view>(*line++);
    });
    store->finish_import();
}

std::string import_fault(const std::vector<std::string>& lines) {
    const TempDirectory directory;
    try {
        import_into(directory / "data", lines);
    } catch (const ImportRefused& refused) {
        return refused.what();
    }
    return "";
}

std::vector<std::string> lines_of(std::vector<Event> events) {
    std::vector<std::string> lines;
    for (Event& event : events) {
        event.position = lines.size() + 1;
        append_line(lines.emplace_back(), event);
    }
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_id_is_assigned_beyond_the_largest) {
    EdgeDesk desk;
    desk.register_product();
    desk.have(
        1, ThreatIdentified{events::limits::id_max, threat_texts(), {}, ThreatStatus::identified});
    desk.have(1, MitigationProposed{
                     events::limits::id_max, mitigation_texts(), MitigationStatus::proposed, {}});
    const auto refused_with_advice = [&](const std::function<void()>& write,
                                         std::string_view advice) {
        const auto refusal = refused(write);
        BOOST_REQUIRE(refusal);
        BOOST_CHECK(refusal->kind() == RefusalKind::unacceptable);
        BOOST_TEST(refusal->detail().find(advice) != std::string::npos, refusal->detail());
    };
    refused_with_advice([&] { desk.identify(R"({"name":"T"})"); }, "/api/products/1/events");
    refused_with_advice([&] { desk.propose(R"({"name":"M"})"); }, "mitigation_id");
    check_unacceptable([&] { desk.bulk(R"({"type":"threat.identified","data":{"name":"T"}})"); },
                       "/0/data/threat_id");
    check_unacceptable([&] { desk.bulk(R"({"type":"mitigation.proposed","data":{"name":"M"}})"); },
                       "/0/data/mitigation_id");
    // Following the advice works, and existing objects can still be changed.
    BOOST_TEST(desk.records(
        [&] { desk.bulk(R"({"type":"threat.identified","data":{"threat_id":7,"name":"T"}})"); }));
    BOOST_TEST(desk.records([&] { desk.remove_threat(events::limits::id_max); }));

    desk.have(events::limits::id_max, ProductRegistered{product_texts()});
    refused_with_advice([&] { desk.register_product(); }, "another server");
    BOOST_TEST(
        desk.records([&] { desk.describe_product(R"({"name":"Q"})", events::limits::id_max); }));

    desk.have(0, TokenIssued{events::limits::id_max, "t", Role::gate, {}, {}, "ta_", sha});
    refused_with_advice([&] { desk.issue_token(R"({"name":"t","role":"gate"})"); },
                        "another server");
    BOOST_TEST(desk.records([&] { desk.revoke_token(events::limits::id_max); }));
}

BOOST_AUTO_TEST_CASE(no_time_is_assigned_beyond_the_last) {
    EdgeDesk desk;
    desk.register_product();
    desk.set_time(events::limits::time_max - (desk.next_time() - desk.time()));
    BOOST_TEST(desk.records([&] { desk.identify(R"({"name":"T"})"); }));
    BOOST_CHECK(desk.events().front().time == events::limits::time_max);
    for (int i = 0; i < 2; ++i) {
        const auto refusal = refused([&] { desk.identify(R"({"name":"T"})"); });
        BOOST_REQUIRE(refusal);
        BOOST_CHECK(refusal->kind() == RefusalKind::clock_in_doubt);
        BOOST_TEST(refusal->detail().find("Restore") != std::string::npos);
    }
    BOOST_TEST(desk.next_position() == 3U);
}

BOOST_AUTO_TEST_CASE(an_import_leaves_ids_and_times_for_later_events) {
    const Event product = event_of(1, ProductRegistered{product_texts()});
    constexpr Position second = 2;
    const std::uint64_t most = import_bounds(second).id_max;
    const std::uint64_t beyond = most + 1;
    std::vector<Event> refused{
        event_of(1, ThreatIdentified{beyond, threat_texts(), {}, ThreatStatus::identified}),
        event_of(1, MitigationProposed{beyond, mitigation_texts(), MitigationStatus::proposed, {}}),
        event_of(beyond, ProductRegistered{product_texts()}),
        event_of(0, TokenIssued{beyond, "t", Role::gate, {}, {}, "ta_", sha}),
    };
    for (Event& event : refused) {
        event.time += tick;
        const std::string fault = import_fault(lines_of({product, event}));
        BOOST_TEST(fault.find(fmt::format("from 1 to {}: ", most)) != std::string::npos, fault);
        BOOST_TEST(fault.starts_with("line 2: "), fault);
    }
    Event late = event_of(1, ProductArchived{});
    late.time = import_bounds(second).time_max + tick;
    BOOST_TEST(import_fault(lines_of({product, late})).starts_with("line 2: time is later than"));
}

BOOST_AUTO_TEST_CASE(a_log_at_the_bounds_of_an_import_can_grow_and_be_imported_again) {
    const std::uint64_t most = import_bounds(1).id_max;
    std::vector<Event> events{
        event_of(most, ProductRegistered{product_texts()}),
        event_of(most, ThreatIdentified{most, threat_texts(), {}, ThreatStatus::identified}),
        event_of(most,
                 MitigationProposed{most, mitigation_texts(), MitigationStatus::proposed, {}}),
        event_of(0, TokenIssued{most, "t", Role::admin, {}, {}, "ta_", sha}),
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i].time = import_bounds(i + 1).time_max;
    }
    const TempDirectory directory;
    import_into(directory / "data", lines_of(events));
    std::vector<std::string> lines;
    {
        Writer writer(directory / "data");
        writer.register_product();
        writer.identify(most);
        writer->execute(Desk::about(most, parse_propose_mitigation(R"({"name":"M"})")));
        Item token = parse_issue_token(R"({"name":"t","role":"gate"})");
        std::get<IssueToken>(token.change).secret = std::string(46, 'x');
        writer->execute(Desk::about(0, std::move(token)));
        BOOST_TEST(writer->end().position == 8U);
        BOOST_TEST(verify_projections(writer.store()).clean());
        scan_lines(ReadView(writer.store()), 1, [&](Position, std::string_view line) {
            lines.emplace_back(line);
            return true;
        });
    }
    BOOST_TEST(import_fault(lines) == "");
}

BOOST_AUTO_TEST_SUITE_END()
