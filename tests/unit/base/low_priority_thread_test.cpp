#include "base/low_priority_thread.hpp"

#include <atomic>
#include <sys/resource.h>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <sched.h>
#include <time.h>
#include <unistd.h>

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(low_priority_thread_test)

namespace {

int niceness_here() {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

// Pins the calling thread, and the threads that it starts, to one processor.
void stay_on_one_processor() {
    cpu_set_t allowed;
    BOOST_REQUIRE(::sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &allowed)) {
        ++first;
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    BOOST_REQUIRE(::sched_setaffinity(0, sizeof(one), &one) == 0);
}

// Number of involuntary context switches of the calling thread during `part`, which must use some
// processor time.
template <class Part>
long stops_during(const Part& part) {
    const auto used_ms = [] {
        timespec used{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return used.tv_sec * 1'000 + used.tv_nsec / 1'000'000;
    };
    const auto stops = [] {
        rusage usage{};
        ::getrusage(RUSAGE_THREAD, &usage);
        return usage.ru_nivcsw;
    };
    const long before = stops();
    for (const auto end = used_ms() + 8; used_ms() < end;) {
        part();
    }
    return stops() - before;
}

BOOST_AUTO_TEST_CASE(a_low_priority_thread_yields_between_parts_of_its_work) {
    stay_on_one_processor();
    std::atomic<bool> over = false;
    std::thread other([&] {
        while (!over) {
        }
    });
    base::LowPriorityThread low_priority;
    long by_weight_alone = 0;
    long giving_way = 0;
    low_priority.run([&] {
        by_weight_alone = stops_during([] {});
        giving_way = stops_during([] { base::yield_if_due(); });
    });
    const long of_another = stops_during([] { base::yield_if_due(); });
    over = true;
    other.join();
    BOOST_TEST_MESSAGE(by_weight_alone << ", " << giving_way << ", " << of_another);
    BOOST_TEST(2 * giving_way > 3 * by_weight_alone);
    BOOST_TEST(2 * giving_way > 3 * of_another);
}

BOOST_AUTO_TEST_CASE(work_runs_in_another_thread_of_lower_priority) {
    base::LowPriorityThread low_priority;
    const int own = niceness_here();
    std::thread::id worker;
    int niceness = own;
    low_priority.run([&] {
        worker = std::this_thread::get_id();
        niceness = niceness_here();
    });
    BOOST_TEST((worker != std::this_thread::get_id()));
    BOOST_TEST((worker != std::thread::id()));
    BOOST_TEST((niceness > own || own >= 10));  // 19 is the maximum
    BOOST_TEST(niceness_here() == own);
}

BOOST_AUTO_TEST_CASE(each_piece_of_work_is_done_before_the_next) {
    base::LowPriorityThread low_priority;
    int done = 0;
    for (int i = 0; i < 1'000; ++i) {
        low_priority.run([&] { done += done == i ? 1 : 0; });
    }
    BOOST_TEST(done == 1'000);
}

}  // namespace

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
