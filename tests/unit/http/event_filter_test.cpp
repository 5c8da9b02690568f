// The stream of events: the head of a line, visibility, and pages. THREATATLAS_SEED reproduces a
// random sequence, THREATATLAS_ROUNDS sets the number of rounds.

#include "http/ops/event_filter.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/event_log.hpp"
#include "events/limits.hpp"
#include "http/ops/service_limits.hpp"
#include "support/made_up_log.hpp"
#include "support/random_event.hpp"

BOOST_AUTO_TEST_SUITE(event_filter_test)

using namespace threatatlas;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::projections;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

using Positions = std::vector<Position>;

std::string line_of(const Event& event) {
    std::string line;
    append_line(line, event);
    return line;
}

std::shared_ptr<const Bearer> bearer(Role role, std::optional<std::vector<ProductId>> ids = {}) {
    return std::make_shared<const Bearer>(
        Bearer{.id = 7, .name = "someone", .role = role, .product_ids = std::move(ids)});
}

EventFilter all_for(std::shared_ptr<const Bearer> who) {
    EventFilter filter;
    filter.bearer = std::move(who);
    return filter;
}

EventFilter of_product(ProductId product) {
    EventFilter filter;
    filter.product = product;
    return filter;
}

EventFilter only(EventFilter filter, std::initializer_list<EventType> types) {
    for (const EventType type : types) {
        filter.types.set(static_cast<std::size_t>(type));
    }
    return filter;
}

// The made-up log in a store: products 1 to 3, and tokens.
struct Logged {
    Logged() {
        import_into(directory / "data", log);
        store = Store::open(directory / "data", {});
    }

    EventPage page(const EventFilter& filter, Position after, std::size_t limit) const {
        return read_event_page(ReadView(*store), filter, after, log.lines().size(), limit);
    }
    // Expected lines, selected by their completely parsed events.
    template <class Wants>
    std::string lines_where(const Wants& wants, Position after = 0) const {
        std::string lines;
        LineReader reader;
        for (const std::string& line : log.lines()) {
            const Event event = reader.read(line);
            if (event.position > after && wants(event)) {
                lines += line + "\n";
            }
        }
        return lines;
    }
    // Reads all pages. Each but the last must have `limit` lines.
    std::string all_pages(const EventFilter& filter, std::size_t limit) const {
        std::string lines;
        for (Position after = 0;;) {
            const EventPage found = page(filter, after, limit);
            lines += found.lines;
            BOOST_REQUIRE(found.count == static_cast<std::size_t>(std::count(
                                             found.lines.begin(), found.lines.end(), '\n')));
            if (!found.is_cut_off) {
                BOOST_REQUIRE_EQUAL(found.looked_at, log.lines().size());
                return lines;
            }
            BOOST_REQUIRE_EQUAL(found.count, limit);
            BOOST_REQUIRE_GT(found.looked_at, after);
            after = found.looked_at;
        }
    }

    TempDirectory directory;
    MadeUpLog log = made_up_log();
    std::unique_ptr<Store> store;
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_head_of_a_line_matches_the_event) {
    Random random(test_seed());
    for (auto round = test_rounds(2'000); round > 0; --round) {
        const Event event = random_event(random);
        const auto head = head_of(line_of(event));
        BOOST_REQUIRE(head.has_value());
        BOOST_REQUIRE_EQUAL(head->product_id, event.product_id);
        BOOST_REQUIRE(head->type == event.type());
    }
}

BOOST_AUTO_TEST_CASE(numbers_of_products_are_read_to_their_last_digit) {
    for (const ProductId id : {ProductId{1}, ProductId{42}, ProductId{1'000'000'000}}) {
        MadeUpLog log;
        log.record(id, {ProductArchived{}});
        BOOST_TEST(head_of(log.lines()[0]).value().product_id == id);
    }
}

BOOST_AUTO_TEST_CASE(texts_that_look_like_a_head_are_texts) {
    MadeUpLog log;
    ThreatIdentified fact = threat(1, Severity::low);
    fact.texts.set(ThreatField::name,
                   R"(","source":"/api/api-tokens","type":"threatatlas.token.issued.v1)");
    log.record(3, {fact});
    const auto head = head_of(log.lines()[0]);
    BOOST_TEST_REQUIRE(head.has_value());
    BOOST_TEST(head->product_id == 3U);
    BOOST_TEST((head->type == EventType::threat_identified));
}

BOOST_AUTO_TEST_CASE(other_lines_have_no_head) {
    MadeUpLog log;
    log.record(1, {threat(1, Severity::low)});
    const std::string line = log.lines()[0];
    const std::size_t head_end = line.find(R"(.v1")") + 4;
    for (std::size_t size = 0; size < head_end; ++size) {
        BOOST_TEST(!head_of(line.substr(0, size)).has_value(), line.substr(0, size));
    }
    BOOST_TEST(head_of(line.substr(0, head_end)).has_value());
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string changed = line;
        return changed.replace(changed.find(from), from.size(), to);
    };
    BOOST_TEST(!head_of(" " + line).has_value());
    BOOST_TEST(!head_of(with("specversion", "specVersion")).has_value());
    BOOST_TEST(!head_of(with(R"(,"source":)", R"(, "source":)")).has_value());
    BOOST_TEST(!head_of(with("threat.identified", "threat.forgotten")).has_value());
    BOOST_TEST(!head_of(with(R"("type")", R"("kind")")).has_value());
}

BOOST_AUTO_TEST_CASE(a_filter_without_types_selects_all) {
    for (std::size_t i = 0; i < names_of<EventType>().size(); ++i) {
        const auto type = static_cast<EventType>(i);
        BOOST_TEST(of_product(1).wants({1, type}));
        BOOST_TEST(only(of_product(1), {type}).wants({1, type}));
        BOOST_TEST(only(of_product(1), {type, EventType::threat_scored}).wants({1, type}));
        if (type != EventType::threat_scored) {
            BOOST_TEST(!only(of_product(1), {EventType::threat_scored}).wants({1, type}));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_products_stream_has_only_its_events) {
    BOOST_TEST(of_product(2).wants({2, EventType::threat_scored}));
    BOOST_TEST(!of_product(2).wants({1, EventType::threat_scored}));
    BOOST_TEST(!of_product(2).wants({20, EventType::threat_scored}));
    BOOST_TEST(!of_product(2).wants({0, EventType::token_issued}));
    BOOST_TEST(!only(of_product(2), {EventType::token_issued}).wants({0, EventType::token_issued}));
}

BOOST_AUTO_TEST_CASE(a_products_stream_has_no_events_of_policies) {
    for (const EventType type : {EventType::policy_defined, EventType::policy_removed}) {
        BOOST_TEST(!of_product(2).wants({0, type}));
        BOOST_TEST(!only(of_product(2), {type}).wants({0, type}));
    }
    BOOST_TEST(of_product(2).wants({2, EventType::product_policy_assigned}));
    BOOST_TEST(of_product(2).wants({2, EventType::product_reviewed}));
}

BOOST_AUTO_TEST_CASE(everybody_sees_policies) {
    for (const EventType type : {EventType::policy_defined, EventType::policy_removed}) {
        for (std::size_t role = 0; role < names_of<Role>().size(); ++role) {
            for (const auto& products : {std::optional<std::vector<ProductId>>{}, {{2}}}) {
                const EventFilter filter = all_for(bearer(static_cast<Role>(role), products));
                BOOST_TEST(filter.wants({0, type}));
                BOOST_TEST(only(filter, {type}).wants({0, type}));
                BOOST_TEST(!only(filter, {EventType::product_reviewed}).wants({0, type}));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(tokens_see_their_products_and_admins_all_tokens) {
    const LineHead token_event{0, EventType::token_issued};
    const auto of = [](ProductId id) { return LineHead{id, EventType::threat_identified}; };
    const EventFilter admin = all_for(bearer(Role::admin));
    BOOST_TEST(admin.wants(token_event));
    BOOST_TEST(admin.wants(of(9)));
    for (const Role role :
         {Role::gate, Role::monitor, Role::auditor, Role::editor, Role::approver}) {
        const EventFilter everything = all_for(bearer(role));
        BOOST_TEST(everything.wants(of(9)));
        BOOST_TEST(!everything.wants(token_event));
        BOOST_TEST(!only(everything, {EventType::token_issued}).wants(token_event));
        const EventFilter some = all_for(bearer(role, std::vector<ProductId>{2, 5}));
        BOOST_TEST(some.wants(of(2)));
        BOOST_TEST(some.wants(of(5)));
        BOOST_TEST(!some.wants(of(1)));
        BOOST_TEST(!some.wants(of(25)));
        BOOST_TEST(!some.wants(token_event));
        BOOST_TEST(!only(some, {EventType::threat_scored}).wants(of(2)));
    }
}

BOOST_FIXTURE_TEST_SUITE(pages, Logged)

BOOST_AUTO_TEST_CASE(pages_of_any_length_have_exactly_the_selected_events) {
    const auto is_auditors = [](const Event& event) {
        return event.product_id == 2 || event.product_id == 3;
    };
    const auto is_threat_of_one = [](const Event& event) {
        return event.product_id == 1 && event.type() == EventType::threat_identified;
    };
    const EventFilter auditor = all_for(bearer(Role::auditor, std::vector<ProductId>{2, 3}));
    const EventFilter threats = only(of_product(1), {EventType::threat_identified});
    for (const std::size_t limit : {1, 2, 3, 7, 1'000}) {
        BOOST_TEST_CONTEXT("limit " << limit) {
            BOOST_TEST(all_pages(all_for(bearer(Role::admin)), limit) == log.text());
            BOOST_TEST(all_pages(auditor, limit) == lines_where(is_auditors));
            BOOST_TEST(all_pages(threats, limit) == lines_where(is_threat_of_one));
        }
    }
    BOOST_TEST(!lines_where(is_auditors).empty());
    BOOST_TEST(!lines_where(is_threat_of_one).empty());
}

BOOST_AUTO_TEST_CASE(a_page_begins_after_the_given_position) {
    for (const Position after : {Position{0}, Position{1}, Position{9}, Position{30}}) {
        BOOST_TEST(page(of_product(2), after, 1'000).lines ==
                   lines_where([](const Event& event) { return event.product_id == 2; }, after));
    }
}

BOOST_AUTO_TEST_CASE(a_page_reports_the_scanned_position) {
    const Position end = log.lines().size();
    const EventFilter everything = all_for(bearer(Role::admin));
    const EventPage two = page(everything, 3, 2);
    BOOST_TEST(two.looked_at == 5U);
    BOOST_TEST(two.is_cut_off);
    // The last lines fill the page exactly, so nothing is left for another page.
    const EventPage last = page(everything, end - 2, 2);
    BOOST_TEST(last.count == 2U);
    BOOST_TEST(last.looked_at == end);
    BOOST_TEST(!last.is_cut_off);
    // looked_at reaches the end, even if the last line of the product is far before it.
    const EventPage of_third = page(of_product(3), 0, 100);
    BOOST_TEST(of_third.count == 3U);
    BOOST_TEST(of_third.looked_at == end);
    BOOST_TEST(!of_third.is_cut_off);
    const EventPage nothing = page(of_product(99), 0, 100);
    BOOST_TEST(nothing.lines == "");
    BOOST_TEST(nothing.looked_at == end);
    // A page after the end is empty and keeps the position.
    for (const EventFilter& filter : {everything, of_product(1)}) {
        for (const Position after : {end, end + 1, end + 1'000}) {
            const EventPage beyond = page(filter, after, 100);
            BOOST_TEST(beyond.lines == "");
            BOOST_TEST(beyond.looked_at == after);
            BOOST_TEST(!beyond.is_cut_off);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_bytes_of_a_page_are_limited) {
    MadeUpLog log;
    log.record(1, {product_named("Shop")});
    ThreatIdentified large = threat(1, Severity::low);
    large.texts.set(ThreatField::description, std::string(10'000, 'd'));
    large.texts.set(ThreatField::comments, std::string(10'000, 'c'));
    constexpr std::size_t count = 500;
    for (large.threat_id = 1; large.threat_id <= count; ++large.threat_id) {
        log.record(1, {large});
    }
    BOOST_TEST_REQUIRE(log.text().size() > ops::limits::page_bytes_max);
    const TempDirectory directory;
    import_into(directory / "data", log);
    const auto store = Store::open(directory / "data", {});
    for (const EventFilter& filter : {of_product(1), all_for(bearer(Role::admin))}) {
        const EventPage first =
            read_event_page(ReadView(*store), filter, 0, log.lines().size(), 1'000);
        BOOST_TEST(first.is_cut_off);
        BOOST_TEST(first.lines.size() >= ops::limits::page_bytes_max);
        BOOST_TEST(first.lines.size() <
                   ops::limits::page_bytes_max + events::limits::line_bytes_max);
        BOOST_TEST(first.looked_at == first.count);
        const EventPage rest =
            read_event_page(ReadView(*store), filter, first.looked_at, log.lines().size(), 1'000);
        BOOST_TEST(!rest.is_cut_off);
        BOOST_TEST((first.lines + rest.lines == log.text()));
    }
}

// A page scans a limited number of bytes, even if it selects no line and lines are long.
BOOST_AUTO_TEST_CASE(the_scanned_bytes_of_a_page_are_limited) {
    MadeUpLog log;
    log.record(1, {product_named("Shop")});
    ThreatIdentified large = threat(1, Severity::low);
    large.texts.set(ThreatField::description, std::string(10'000, 'd'));
    large.texts.set(ThreatField::comments, std::string(10'000, 'c'));
    for (large.threat_id = 1; large.threat_id <= 900; ++large.threat_id) {
        log.record(1, {large});
    }
    BOOST_TEST_REQUIRE(log.text().size() > events::limits::event_bytes_scanned_max);
    const TempDirectory directory;
    import_into(directory / "data", log);
    const auto store = Store::open(directory / "data", {});
    EventFilter other_product = all_for(bearer(Role::auditor, {{2}}));
    EventFilter other_type = of_product(1);
    other_type.types.set(static_cast<std::size_t>(EventType::threat_removed));
    for (const EventFilter& filter : {other_product, other_type}) {
        const auto read = [&](Position after) {
            return read_event_page(ReadView(*store), filter, after, log.lines().size(), 1'000);
        };
        const EventPage first = read(0);
        BOOST_TEST(first.lines == "");
        BOOST_TEST(first.is_cut_off);
        BOOST_TEST(first.lines_scanned == first.looked_at);
        BOOST_TEST(first.bytes_scanned >= events::limits::event_bytes_scanned_max);
        BOOST_TEST(first.bytes_scanned <
                   events::limits::event_bytes_scanned_max + events::limits::line_bytes_max);
        const EventPage rest = read(first.looked_at);
        BOOST_TEST(!rest.is_cut_off);
        BOOST_TEST(rest.looked_at == log.lines().size());
        BOOST_TEST(first.lines_scanned + rest.lines_scanned == log.lines().size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
