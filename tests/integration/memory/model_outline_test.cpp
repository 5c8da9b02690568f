// Queries about the past that read only the texts they show, compared with complete models.

#include "projections/query/model_outline.hpp"

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/query/diff.hpp"
#include "projections/query/views.hpp"
#include "support/counted_memory.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(model_outline_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

struct Recorded {
    TempDirectory directory;
    std::unique_ptr<Store> store =
        Store::open(directory / "data", {.create = true, .cache_mebibytes = 1});
    std::vector<Event> events;

    void add(std::vector<Event> transaction) {
        RowBatch batch(*store);
        for (Event& event : transaction) {
            std::string line;
            append_line(line, event);
            batch.put(Table::events, be64_key(event.position), line);
            events.push_back(std::move(event));
        }
        store->write_unsynced(batch);
    }
};

std::string written_diff(Instant from, const std::optional<ProductModel>& before, Instant to,
                         const ProductModel& after) {
    std::string out;
    JsonWriter json(out);
    write_diff(json, from, before, to, after);
    return out;
}

std::optional<ProductModel> model_of(std::optional<ModelOutline> outline) {
    return outline ? std::optional(std::move(outline->model)) : std::nullopt;
}

// Adds a product with this many threats, each with a long text.
constexpr std::size_t text_bytes = 8'000;
void add_long_texts(Recorded& recorded, std::size_t threats) {
    Position position = 0;
    const auto transaction = [&](EventData data) {
        Event event;
        event.position = ++position;
        event.time = Instant{std::chrono::hours{500'000 + position}};
        event.id = "019352a4-0000-7000-8000-000000000000";
        event.product_id = 1;
        event.actor = "editor#2";
        event.data = std::move(data);
        recorded.add({std::move(event)});
    };
    ProductRegistered product;
    product.texts.set(ProductField::name, "P");
    transaction(product);
    for (ThreatId id = 1; id <= threats; ++id) {
        ThreatIdentified threat;
        threat.threat_id = id;
        threat.texts.set(ThreatField::name, "t");
        threat.texts.set(ThreatField::description, std::string(text_bytes, 'x'));
        transaction(threat);
    }
    ThreatDescribed described;
    described.threat_id = 1;
    described.changes.set(ThreatField::description, "shorter");
    transaction(described);
    rebuild_projections(*recorded.store);
}

}  // namespace

BOOST_AUTO_TEST_CASE(diffs_equal_those_of_whole_models) {
    const std::uint64_t seed = test_seed();
    for (std::uint64_t round = 0; round < test_rounds(4); ++round) {
        Recorded recorded;
        RandomHistory history(seed + round, {.products_max = 2});
        for (int i = 0; i < 120; ++i) {
            recorded.add(history.next_transaction());
        }
        rebuild_projections(*recorded.store);
        const ReadView view(*recorded.store);
        Random random(seed + round);
        for (int i = 0; i < 30; ++i) {
            const Event& one = random.pick(recorded.events);
            const Event& other = random.pick(recorded.events);
            const ProductId product = std::max<ProductId>(one.product_id, 1);
            const Instant from = std::min(one.time, other.time);
            const Instant to = std::max(one.time, other.time);
            auto pair = outlines_at(view, product, from, to);
            const auto after = product_model_at(view, product, to, to);
            BOOST_REQUIRE(pair.has_value() == after.has_value());
            if (!pair) {
                continue;
            }
            read_texts_of_changes(view, *pair);
            BOOST_REQUIRE_EQUAL(
                written_diff(from, model_of(std::move(pair->before)), to, pair->after.model),
                written_diff(from, product_model_at(view, product, from, to), to, *after));
            for (const auto& [id, threat] : after->threats) {
                const auto shown = threat_at(view, product, id, to);
                BOOST_REQUIRE((shown && shown->threat == threat &&
                               shown->covered_by == after->view(id).covered_by));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_not_shown_are_not_kept_in_memory) {
    constexpr std::size_t threats = 1'500;
    constexpr std::int64_t all_texts = threats * text_bytes;
    Recorded recorded;
    add_long_texts(recorded, threats);
    const ReadView view(*recorded.store);
    const Instant last = recorded.events.back().time;
    const Instant before = last - std::chrono::hours{1};

    testing::start_peak();
    const auto shown = threat_at(view, 1, threats, last);
    BOOST_TEST(shown->threat.texts[ThreatField::description].size() == text_bytes);
    BOOST_TEST(testing::peak_bytes() < all_texts / 4);

    testing::start_peak();
    auto pair = outlines_at(view, 1, before, last);
    read_texts_of_changes(view, *pair);
    const std::string diff =
        written_diff(before, model_of(std::move(pair->before)), last, pair->after.model);
    BOOST_TEST(diff.find("shorter") != std::string::npos);
    BOOST_TEST(testing::peak_bytes() < all_texts / 4);
    pair.reset();

    testing::start_peak();
    std::size_t seen = 0;
    scan_threats(
        view, 1, last, 0, [](const Threat&) { return true; }, std::nullopt,
        [&](const ThreatView& threat) {
            seen += threat.threat.texts[ThreatField::description].size() > 0 ? 1 : 0;
            return true;
        });
    BOOST_TEST(seen == threats);
    BOOST_TEST(testing::peak_bytes() < all_texts / 4);

    // The measurement detects texts that are held, and two models share them.
    testing::start_peak();
    auto whole = product_model_at(view, 1, last, last);
    BOOST_TEST(testing::peak_bytes() > all_texts);
    const auto copy = whole;
    BOOST_TEST(testing::peak_bytes() < all_texts * 3 / 2);
    BOOST_TEST(copy->threats.at(2).texts.are_shared_with(whole->threats.at(2).texts));
}

BOOST_AUTO_TEST_SUITE_END()
