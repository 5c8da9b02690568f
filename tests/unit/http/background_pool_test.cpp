// Long work is queued, up to limits for each owner and in total.

#include "http/api/background_pool.hpp"

#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(background_pool_test)

using namespace threatatlas;
using namespace threatatlas::api;
using namespace threatatlas::base;

namespace {

constexpr ShareOwner busy_owner = 9;

// A pool whose only thread is busy until the gate is opened.
struct BusyPool {
    BusyPool() {
        std::promise<void> begun;
        BOOST_TEST_REQUIRE(takes(busy_owner, [&begun, this] {
            begun.set_value();
            gate.get_future().wait();
        }));
        begun.get_future().wait();
    }

    bool takes(ShareOwner owner, std::function<void()> work, std::size_t bytes = 0) {
        return pool.add(owner, std::move(work), bytes).is_taken();
    }
    // Opens the gate and waits until all added work is done.
    void finish_all() {
        gate.set_value();
        while (pool.counts().waiting > 0) {
            std::this_thread::yield();
        }
        pool.finish();
    }

    std::promise<void> gate;
    BackgroundPool pool{{.threads = 1, .waiting_max = 6, .waiting_bytes_max = 100}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(background_pools)

BOOST_AUTO_TEST_CASE(the_work_of_one_owner_is_done_in_order) {
    std::vector<int> done;
    BusyPool busy;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(busy.takes(1, [&done, i] { done.push_back(i); }));
    }
    BOOST_TEST(busy.pool.counts().waiting == 3U);
    busy.finish_all();
    BOOST_TEST(done == (std::vector<int>{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(owners_take_turns) {
    std::string done;
    BusyPool busy;
    for (const auto& [owner, name] : {std::pair(1, 'a'), {1, 'b'}, {1, 'c'}, {2, 'x'}, {3, 'y'}}) {
        BOOST_TEST(busy.takes(owner, [&done, name = name] { done += name; }));
    }
    busy.finish_all();
    BOOST_TEST(done == "axybc");
}

BOOST_AUTO_TEST_CASE(the_number_of_waiting_tasks_is_limited) {
    using enum QueueRoom;
    BusyPool busy;
    const auto room = [&](ShareOwner owner) { return busy.pool.add(owner, [] {}).room; };
    for (int i = 0; i < 3; ++i) {
        BOOST_CHECK(room(1) == free);
    }
    // One owner gets at most half of the queue, even if the rest is free.
    BOOST_CHECK(room(1) == owner_full);
    for (int i = 0; i < 3; ++i) {
        BOOST_CHECK(room(2) == free);
    }
    BOOST_CHECK(room(3) == full);
    BOOST_TEST(busy.pool.counts().waiting == 6U);
    BOOST_TEST(busy.pool.counts().over_share == 1U);
    busy.gate.set_value();
}

BOOST_AUTO_TEST_CASE(the_bytes_of_waiting_tasks_are_limited) {
    using enum QueueRoom;
    BusyPool busy;
    const auto room = [&](ShareOwner owner, std::size_t bytes) {
        return busy.pool
            .add(
                owner, [] {}, bytes)
            .room;
    };
    BOOST_CHECK(room(1, 101) == full);
    BOOST_CHECK(room(1, 30) == free);
    BOOST_CHECK(room(1, 21) == owner_full);
    BOOST_CHECK(room(1, 20) == free);
    // A single item may be larger than half of the bytes: this one is refused because the queue is
    // full, not because of its owner.
    BOOST_CHECK(room(2, 51) == full);
    BOOST_CHECK(room(2, 50) == free);
    BOOST_CHECK(room(3, 1) == full);
    BOOST_TEST(busy.pool.counts().waiting == 3U);
    busy.gate.set_value();
}

BOOST_AUTO_TEST_CASE(removed_tasks_free_their_place_and_do_not_run) {
    std::string done;
    BusyPool busy;
    const auto first = busy.pool.add(1, [&done] { done += 'a'; });
    BOOST_TEST(busy.takes(1, [&done] { done += 'b'; }));
    BOOST_TEST(busy.takes(1, [&done] { done += 'c'; }));
    BOOST_TEST(!busy.takes(1, [] {}));
    busy.pool.remove(first.number);
    BOOST_TEST(busy.takes(1, [&done] { done += 'd'; }));
    busy.pool.remove(first.number);
    busy.finish_all();
    BOOST_TEST(done == "bcd");
}

// Regardless of how much work one owner has queued, another owner's work starts next.
BOOST_AUTO_TEST_CASE(one_owner_gets_at_most_half_of_the_threads) {
    BackgroundPool pool({.threads = 4, .waiting_max = 20});
    std::promise<void> gate;
    const auto open = gate.get_future().share();
    std::atomic<int> begun = 0;
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST(pool.add(1,
                            [&, open] {
                                ++begun;
                                open.wait();
                            })
                       .is_taken());
    }
    std::promise<void> other;
    BOOST_TEST(pool.add(2, [&other] { other.set_value(); }).is_taken());
    other.get_future().wait();
    // The third thread is idle meanwhile: it takes no more work of the first owner.
    std::promise<void> another;
    BOOST_TEST(pool.add(3, [&another] { another.set_value(); }).is_taken());
    another.get_future().wait();
    BOOST_TEST(begun <= 2);
    gate.set_value();
    while (begun < 8) {
        std::this_thread::yield();
    }
}

BOOST_AUTO_TEST_CASE(finishing_discards_waiting_tasks) {
    std::atomic<int> done = 0;
    const auto held = std::make_shared<int>(0);
    BusyPool busy;
    BOOST_TEST(busy.takes(
        1, [&done, held] { ++done; }, 50));
    BOOST_TEST(held.use_count() == 2);
    auto end = std::async(std::launch::async, [&] { busy.pool.finish(); });
    while (busy.pool.counts().waiting > 0) {
        std::this_thread::yield();
    }
    busy.gate.set_value();
    end.get();
    BOOST_TEST(done == 0);
    BOOST_TEST(held.use_count() == 1);
    BOOST_TEST(!busy.takes(1, [&done] { ++done; }));
    busy.pool.finish();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
