// Queries about the past: the result for a past moment never changes. THREATATLAS_SEED reproduces a
// random history, THREATATLAS_ROUNDS sets the number of transactions.

#include "projections/query/history.hpp"

#include <boost/test/unit_test.hpp>

#include "events/store/keys.hpp"
#include "projections/log_fold.hpp"
#include "projections/overlay.hpp"
#include "projections/query/product_model.hpp"
#include "projections/rows.hpp"
#include "support/random_history.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"
#include "support/twin_rows.hpp"

BOOST_AUTO_TEST_SUITE(history_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

constexpr std::chrono::microseconds tick{1};

// The twin's state of a product after some transaction.
struct Sample {
    ProductId id = 0;
    Instant time{};
    TwinProduct product;
};

// A store with a random history, and the slow twin of the same history.
class PlayedHistory {
  public:
    explicit PlayedHistory(std::uint64_t transactions, RandomHistory::Options options = {})
        : history_(test_seed(), options),
          store_(Store::open(directory_ / "data", {.create = true, .cache_mebibytes = 8})) {
        Overlay overlay(*store_);
        RowBatch batch(*store_);
        for (; transactions > 0; --transactions) {
            const auto events = history_.next_transaction();
            const ProductId id = events.front().product_id;
            for (const Event& event : events) {
                fold(overlay, event);
                append(batch, event);
            }
            close_transaction(overlay, id, events.front().time);
            overlay.keep_transaction();
            twin_.add_transaction(events);
            if (id != 0 && history_.random().chance(15)) {
                samples_.push_back({id, events.front().time, twin_.product(id)});
            }
            if (transactions % 50 == 1) {
                overlay.write_to(batch);
                store_->write_unsynced(batch);
                overlay.clear();
                batch.clear();
            }
        }
    }

    const Store& store() const { return *store_; }
    const Twin& twin() const { return twin_; }
    const std::vector<Sample>& samples() const { return samples_; }
    // All events, by position.
    const std::vector<Event>& events() const { return events_; }
    Random& random() { return history_.random(); }

    Instant random_instant() {
        const auto span = static_cast<std::uint64_t>((last() - first()).count());
        return first() + std::chrono::microseconds{
                             static_cast<std::int64_t>(history_.random().below(span + 1))};
    }
    Instant first() const { return events_.front().time; }
    Instant last() const { return events_.back().time; }

  private:
    void append(RowBatch& batch, const Event& event) {
        std::string line;
        append_line(line, event);
        batch.put(Table::events, be64_key(event.position), line);
        events_.push_back(event);
    }

    TempDirectory directory_;
    RandomHistory history_;
    std::unique_ptr<Store> store_;
    Twin twin_;
    std::vector<Sample> samples_;
    std::vector<Event> events_;
};

void require_equal(const std::optional<ProductAt>& found, const TwinMoment* wanted,
                   const Twin& twin, ProductId id) {
    BOOST_REQUIRE_EQUAL(found.has_value(), wanted != nullptr);
    if (!found) {
        return;
    }
    BOOST_REQUIRE_EQUAL(found->id, id);
    BOOST_REQUIRE(found->texts == wanted->texts);
    BOOST_REQUIRE(found->posture == wanted->posture);
    BOOST_REQUIRE_EQUAL(found->version, wanted->version);
    BOOST_REQUIRE_EQUAL(found->position, wanted->last_position);
    BOOST_REQUIRE(found->recorded_at == wanted->time);
    BOOST_REQUIRE(found->created_at == twin.product(id).created_at);
    BOOST_REQUIRE_EQUAL(found->archived, wanted->archived);
}

void require_equal(const ProductModel& found, const TwinProduct& wanted) {
    BOOST_REQUIRE(found.product.posture == wanted.posture());
    BOOST_REQUIRE(found.product.texts == wanted.texts);
    BOOST_REQUIRE_EQUAL(found.threats.size(), wanted.threats.size());
    for (const auto& [id, threat] : wanted.threats) {
        BOOST_REQUIRE(found.threats.at(id) == threat_row(wanted, id));
        BOOST_REQUIRE(found.covered_by(id, found.threats.at(id)) == wanted.covered_by(id));
        BOOST_REQUIRE(found.view(id).covered_by == wanted.covered_by(id));
        BOOST_REQUIRE_EQUAL(found.view(id).covered(), !wanted.covered_by(id).empty());
    }
    BOOST_REQUIRE_EQUAL(found.mitigations.size(), wanted.mitigations.size());
    for (const auto& [id, mitigation] : wanted.mitigations) {
        BOOST_REQUIRE(found.mitigations.at(id) == mitigation_row(wanted, id));
    }
    BOOST_REQUIRE_EQUAL(found.acceptances.size(), wanted.acceptances.size());
    for (const auto& [id, acceptance] : wanted.acceptances) {
        BOOST_REQUIRE(found.acceptances.at(id) == acceptance_row(wanted, id));
    }
    for (const auto& [id, threat] : wanted.threats) {
        BOOST_REQUIRE(found.view(id).acceptance_ids == wanted.accepting(id));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_past_instant_has_the_state_recorded_then) {
    PlayedHistory played(test_rounds(800));
    const ReadView view(played.store());
    for (const auto& [id, product] : played.twin().products()) {
        const auto check = [&, product_id = id](Instant instant) {
            require_equal(product_at(view, product_id, instant),
                          played.twin().moment_at(product_id, instant), played.twin(), product_id);
        };
        for (const TwinMoment& moment : played.twin().history(id)) {
            check(moment.time - tick);
            check(moment.time);
            check(moment.time + tick);
        }
        for (int i = 0; i < 200; ++i) {
            check(played.random_instant());
        }
        for (const Instant instant :
             {Instant::min(), Instant{} - tick, Instant{}, Instant{} + tick, Instant::max()}) {
            check(instant);
        }
    }
}

// "at_position N: the last transaction that ends at or before N."
BOOST_AUTO_TEST_CASE(every_past_position_has_the_state_of_the_last_complete_transaction) {
    PlayedHistory played(test_rounds(400));
    const ReadView view(played.store());
    for (Position position = 0; position <= played.events().size(); ++position) {
        const auto instant = time_at_position(view, position);
        BOOST_REQUIRE(instant.has_value());
        for (const auto& [id, product] : played.twin().products()) {
            const TwinMoment* wanted = nullptr;
            for (const TwinMoment& moment : played.twin().history(id)) {
                if (moment.last_position <= position) {
                    wanted = &moment;
                }
            }
            require_equal(product_at(view, id, *instant), wanted, played.twin(), id);
        }
    }
    BOOST_CHECK(!time_at_position(view, played.events().size() + 1));
}

BOOST_AUTO_TEST_CASE(now_is_the_last_moment) {
    PlayedHistory played(test_rounds(300));
    const ReadView view(played.store());
    for (const auto& [id, product] : played.twin().products()) {
        const auto now = product_now(view, id, Instant::max());
        require_equal(now, &played.twin().history(id).back(), played.twin(), id);
        BOOST_CHECK(registered_at(view, id) == product.created_at);
    }
    const ProductId unknown = played.twin().products().rbegin()->first + 1;
    BOOST_CHECK(!product_now(view, unknown, Instant::max()));
    BOOST_CHECK(!product_at(view, unknown, Instant::max()));
    BOOST_CHECK(!registered_at(view, unknown));
}

BOOST_AUTO_TEST_CASE(the_whole_model_can_be_read_at_any_past_moment) {
    PlayedHistory played(test_rounds(600));
    const ReadView view(played.store());
    BOOST_REQUIRE(!played.samples().empty());
    for (const Sample& sample : played.samples()) {
        const auto model = product_model_at(view, sample.id, sample.time, Instant::max());
        BOOST_REQUIRE(model.has_value());
        require_equal(*model, sample.product);
    }
    for (const auto& [id, product] : played.twin().products()) {
        const auto now = product_model_at(view, id, {}, Instant::max());
        BOOST_REQUIRE(now.has_value());
        require_equal(*now, product);
        BOOST_CHECK(!product_model_at(view, id, product.created_at - tick, Instant::max()));
    }
}

BOOST_AUTO_TEST_CASE(a_model_out_of_tables_in_memory_is_the_same) {
    PlayedHistory played(test_rounds(300));
    MemoryTables tables;
    LogFold log(tables);
    for (const Event& event : played.events()) {
        log.next(event);
    }
    log.finish();
    for (const auto& [id, product] : played.twin().products()) {
        const auto model = product_model_of(tables, id, Instant::max());
        BOOST_REQUIRE(model.has_value());
        require_equal(*model, product);
    }
    BOOST_CHECK(!product_model_of(tables, 1'000'000, Instant::max()));
}

BOOST_AUTO_TEST_CASE(single_objects_are_those_of_the_model) {
    PlayedHistory played(test_rounds(500));
    const ReadView view(played.store());
    for (const auto& [id, product] : played.twin().products()) {
        for (const auto& [threat_id, threat] : product.threats) {
            const auto shown = threat_now(view, id, threat_id);
            BOOST_REQUIRE(shown.has_value());
            BOOST_REQUIRE_EQUAL(shown->id, threat_id);
            BOOST_REQUIRE(shown->threat == threat_row(product, threat_id));
            BOOST_REQUIRE(shown->covered_by == product.covered_by(threat_id));
        }
        for (const auto& [mitigation_id, mitigation] : product.mitigations) {
            const auto shown = mitigation_now(view, id, mitigation_id);
            BOOST_REQUIRE(shown.has_value());
            BOOST_REQUIRE_EQUAL(shown->id, mitigation_id);
            BOOST_REQUIRE(shown->mitigation == mitigation_row(product, mitigation_id));
        }
        for (const auto& [threat_id, threat] : product.removed_threats) {
            BOOST_REQUIRE(!threat_now(view, id, threat_id));
        }
        for (const auto& [mitigation_id, mitigation] : product.removed_mitigations) {
            BOOST_REQUIRE(!mitigation_now(view, id, mitigation_id));
        }
        BOOST_CHECK(!threat_now(view, id, 0));
        BOOST_CHECK(!mitigation_now(view, id, 0));
    }
    BOOST_CHECK(!threat_now(view, 1'000'000, 1));
}

BOOST_AUTO_TEST_CASE(products_are_listed_by_id) {
    PlayedHistory played(test_rounds(200));
    const ReadView view(played.store());
    const auto list = [&](ProductId after, std::size_t limit) {
        std::vector<ProductId> ids;
        scan_products(view, after, [&](ProductId id) {
            ids.push_back(id);
            return ids.size() < limit;
        });
        return ids;
    };
    std::vector<ProductId> all;
    for (const auto& [id, product] : played.twin().products()) {
        all.push_back(id);
    }
    BOOST_TEST(list(0, 100) == all, boost::test_tools::per_element());
    BOOST_TEST(list(0, 1) == std::vector<ProductId>{1}, boost::test_tools::per_element());
    BOOST_TEST(list(1, 100) == std::vector<ProductId>(all.begin() + 1, all.end()),
               boost::test_tools::per_element());
    BOOST_TEST(list(all.back(), 100).empty());
    BOOST_TEST(list(std::numeric_limits<ProductId>::max(), 100).empty());
}

BOOST_AUTO_TEST_CASE(steps_are_after_from_and_up_to_to) {
    PlayedHistory played(test_rounds(400));
    const ReadView view(played.store());
    for (int i = 0; i < 200; ++i) {
        const auto& [id, product] = *std::next(
            played.twin().products().begin(),
            static_cast<std::ptrdiff_t>(played.random().below(played.twin().products().size())));
        const auto& moments = played.twin().history(id);
        // Often exactly at a step, because errors are most likely at the edges.
        const auto some_instant = [&, &moments = moments] {
            return played.random().chance(50) ? played.random().pick(moments).time
                                              : played.random_instant();
        };
        const Instant from = played.random().chance(10) ? Instant::min() : some_instant();
        const Instant to = played.random().chance(10) ? Instant::max() : some_instant();
        std::vector<HistoryStep> found;
        scan_steps(view, id, from, to, [&](const HistoryStep& step) {
            found.push_back(step);
            return true;
        });
        std::vector<TwinMoment> wanted;
        for (const TwinMoment& moment : moments) {
            if (moment.time > from && moment.time <= to) {
                wanted.push_back(moment);
            }
        }
        BOOST_REQUIRE_EQUAL(found.size(), wanted.size());
        for (std::size_t k = 0; k < found.size(); ++k) {
            BOOST_REQUIRE(found[k].time == wanted[k].time);
            BOOST_REQUIRE(found[k].row == history_row(wanted[k]));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_lines_of_a_product_are_found_among_others) {
    PlayedHistory played(test_rounds(400));
    const ReadView view(played.store());
    const Position end = played.events().size();
    for (int i = 0; i < 300; ++i) {
        const ProductId id = played.random().between(1, played.twin().products().rbegin()->first);
        const Position after = played.random().chance(20) ? 0 : played.random().between(1, end + 2);
        const Instant until = played.random().chance(30) ? Instant::max() : played.random_instant();
        std::vector<Position> wanted;
        for (const Event& event : played.events()) {
            if (event.product_id == id && event.position > after && event.time <= until) {
                wanted.push_back(event.position);
            }
        }
        const std::size_t limit = played.random().chance(50) ? 3 : wanted.size() + 1;
        wanted.resize(std::min(wanted.size(), limit));
        std::vector<Position> found;
        scan_product_lines(view, id, after, until, [&](Position position, std::string_view line) {
            BOOST_REQUIRE_EQUAL(line, line_at(view, position).value());
            found.push_back(position);
            return found.size() < limit;
        });
        BOOST_REQUIRE(found == wanted);
    }
}

BOOST_AUTO_TEST_SUITE_END()
