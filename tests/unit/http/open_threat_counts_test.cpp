// Threats are counted for the metrics only after a change, and a limited number at a time.

#include "http/ops/open_threat_counts.hpp"

#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "events/store/store.hpp"
#include "projections/rows.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(open_threat_counts_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::ops;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

struct Fixture {
    // Adds open threats of severity high, as one new version of the product.
    void add(ProductId product, std::size_t count) {
        RowBatch batch(*store);
        for (std::size_t i = 0; i < count; ++i) {
            put(batch, product, Severity::high, ThreatStatus::identified);
        }
        write(batch, product);
    }
    void put(RowBatch& batch, ProductId product, std::optional<Severity> severity,
             ThreatStatus status, bool removed = false) {
        Threat threat;
        threat.scoring.severity = severity;
        threat.status = status;
        threat.removed = removed;
        batch.put(Table::threats, be64_key(product, ++last_threats[product]), encode(threat));
    }
    void write(RowBatch& batch, ProductId product) {
        store->write(batch);
        products[product].id = product;
        ++products[product].version;
    }
    std::vector<std::optional<OpenThreats>> ask() {
        std::vector<ProductAt> asked;
        for (const auto& [id, product] : products) {
            asked.push_back(product);
        }
        return counts.of(ReadView(*store), asked);
    }
    // Open threats of severity high by product; -1 if there is no count.
    std::vector<int> high() {
        std::vector<int> found;
        for (const auto& open : ask()) {
            found.push_back(open ? static_cast<int>(open->by_severity[1]) : -1);
        }
        return found;
    }

    const TempDirectory directory;
    const std::unique_ptr<Store> store = Store::open(directory.path(), {.create = true});
    std::map<ProductId, ProductAt> products;
    std::map<ProductId, ThreatId> last_threats;
    const Log log{[] { return Instant{}; }, [](std::string_view) {}};
    ReadErrors read_errors{[] { return Instant{}; }};
    OpenThreatCounts counts{log, read_errors, 10};
};

using Counts = std::vector<int>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(open_threat_counts, Fixture)

BOOST_AUTO_TEST_CASE(open_threats_are_identified_or_in_progress) {
    RowBatch batch(*store);
    put(batch, 1, Severity::critical, ThreatStatus::identified);
    put(batch, 1, Severity::critical, ThreatStatus::in_progress);
    put(batch, 1, Severity::high, ThreatStatus::mitigated);
    put(batch, 1, Severity::high, ThreatStatus::accepted);
    put(batch, 1, Severity::high, ThreatStatus::not_applicable);
    put(batch, 1, Severity::high, ThreatStatus::identified, true);
    put(batch, 1, Severity::low, ThreatStatus::identified);
    put(batch, 1, std::nullopt, ThreatStatus::identified);
    write(batch, 1);
    const auto open = ask();
    BOOST_TEST_REQUIRE(open.size() == 1U);
    BOOST_TEST((open[0] == OpenThreats{{2, 0, 0, 1}, 1}));
}

BOOST_AUTO_TEST_CASE(a_product_is_counted_again_only_if_it_has_changed) {
    add(1, 2);
    add(2, 3);
    BOOST_TEST(high() == (Counts{2, 3}));
    // Without a new version, the product's threats are not counted again.
    const std::uint64_t version = products[1].version;
    add(1, 1);
    products[1].version = version;
    BOOST_TEST(high() == (Counts{2, 3}));
    ++products[1].version;
    BOOST_TEST(high() == (Counts{3, 3}));
}

BOOST_AUTO_TEST_CASE(products_over_the_limit_are_counted_later) {
    add(1, 6);
    add(2, 6);
    add(3, 4);
    BOOST_TEST(high() == (Counts{6, -1, -1}));
    BOOST_TEST(high() == (Counts{6, 6, 4}));
    // A product that changes all the time does not keep others from being counted.
    for (const ProductId product : {1, 2, 3}) {
        add(product, 1);
    }
    BOOST_TEST(high() == (Counts{-1, 7, -1}));
    add(2, 1);
    BOOST_TEST(high() == (Counts{-1, -1, 5}));
    add(2, 1);
    BOOST_TEST(high() == (Counts{7, -1, 5}));
}

BOOST_AUTO_TEST_CASE(a_product_that_is_too_large_does_not_exclude_others) {
    add(1, 11);
    add(2, 10);
    BOOST_TEST(high() == (Counts{-1, -1}));
    BOOST_TEST(high() == (Counts{-1, 10}));
    add(1, 1);
    add(3, 1);
    BOOST_TEST(high() == (Counts{-1, 10, 1}));
}

BOOST_AUTO_TEST_CASE(no_products_have_no_counts) {
    BOOST_TEST(ask().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
