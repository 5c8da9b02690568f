#define BOOST_TEST_MODULE patient_pool
// Long work waits its turn, but only so much of it.

#include "http/patient_pool.hpp"

#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

using namespace threatatlas;

namespace {

// One thread, which is busy until it is let go.
struct BusyPool {
    BusyPool() {
        std::promise<void> begun;
        BOOST_TEST_REQUIRE(pool.add([&begun, this] {
            begun.set_value();
            gate.get_future().wait();
        }));
        begun.get_future().wait();
    }

    std::promise<void> gate;
    PatientPool pool{{.threads = 1, .waiting_max = 3, .waiting_bytes_max = 100}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(patient_pools)

BOOST_AUTO_TEST_CASE(work_is_done_in_its_order) {
    std::vector<int> done;
    BusyPool busy;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(busy.pool.add([&done, i] { done.push_back(i); }));
    }
    BOOST_TEST(busy.pool.waiting() == 3U);
    std::promise<void> all;
    busy.gate.set_value();
    // The last one may have to wait for room.
    while (!busy.pool.add([&all] { all.set_value(); })) {
        std::this_thread::yield();
    }
    all.get_future().wait();
    BOOST_TEST(done == (std::vector<int>{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(so_many_wait_and_no_more) {
    BusyPool busy;
    std::atomic<int> done = 0;
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(busy.pool.add([&done] { ++done; }));
    }
    BOOST_TEST(!busy.pool.add([&done] { ++done; }));
    BOOST_TEST(busy.pool.waiting() == 3U);
    busy.gate.set_value();
}

BOOST_AUTO_TEST_CASE(so_many_bytes_wait_and_no_more) {
    BusyPool busy;
    BOOST_TEST(!busy.pool.add([] {}, 101));
    BOOST_TEST(busy.pool.add([] {}, 60));
    BOOST_TEST(!busy.pool.add([] {}, 41));
    BOOST_TEST(busy.pool.add([] {}, 40));
    BOOST_TEST(busy.pool.waiting() == 2U);
    busy.gate.set_value();
}

BOOST_AUTO_TEST_CASE(the_end_lets_go_what_waits) {
    std::atomic<int> done = 0;
    const auto held = std::make_shared<int>(0);
    BusyPool busy;
    BOOST_TEST(busy.pool.add([&done, held] { ++done; }, 50));
    BOOST_TEST(held.use_count() == 2);
    auto end = std::async(std::launch::async, [&] { busy.pool.finish(); });
    while (busy.pool.waiting() > 0) {
        std::this_thread::yield();
    }
    busy.gate.set_value();
    end.get();
    BOOST_TEST(done == 0);
    BOOST_TEST(held.use_count() == 1);
    BOOST_TEST(!busy.pool.add([&done] { ++done; }));
    busy.pool.finish();
}

BOOST_AUTO_TEST_SUITE_END()
