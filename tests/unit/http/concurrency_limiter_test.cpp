// Limits concurrent work. A thread that waits for I/O releases its permit to another one.

#include "http/net/concurrency_limiter.hpp"

#include <chrono>
#include <future>
#include <utility>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(concurrency_limiter_test)

using namespace threatatlas;
using namespace threatatlas::net;

namespace {

// A thread that takes a permit and keeps it until let_go().
class Taker {
  public:
    explicit Taker(ConcurrencyLimiter& places)
        : done_(std::async(std::launch::async, [this, &places] {
              ConcurrencyLimiter::Place place(places);
              place.take();
              has_one_.set_value();
              let_go_.get_future().wait();
          })) {}
    ~Taker() { let_go(); }
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

    void let_go() {
        if (!std::exchange(is_let_go_, true)) {
            let_go_.set_value();
        }
    }
    // Returns when the thread has a permit.
    void await() { had_.wait(); }
    // Whether the thread still has no permit. Waits a little, to detect a permit granted wrongly.
    bool waits() const {
        return had_.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout;
    }

  private:
    std::promise<void> has_one_;
    std::shared_future<void> had_ = has_one_.get_future().share();
    std::promise<void> let_go_;
    bool is_let_go_ = false;
    std::future<void> done_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(the_number_of_permits_is_limited) {
    ConcurrencyLimiter places(2);
    Taker one(places);
    one.await();
    Taker two(places);
    two.await();
    Taker three(places);
    BOOST_TEST(three.waits());
    {
        ConcurrencyLimiter::Place none(places);
        none.begin();
        none.end();
    }
    BOOST_TEST(three.waits());  // end() without a permit releases none
    one.let_go();
    three.await();
}

BOOST_AUTO_TEST_CASE(a_waiting_thread_releases_its_permit) {
    ConcurrencyLimiter places(1);
    ConcurrencyLimiter::Place own(places);
    own.take();
    own.take();  // already has one
    Taker two(places);
    BOOST_TEST(two.waits());
    own.begin();
    two.await();
    own.end();  // does not wait for a permit
    Taker three(places);
    BOOST_TEST(three.waits());
    own.begin();  // has no permit to release
    own.end();
    BOOST_TEST(three.waits());
    two.let_go();
    three.await();
}

BOOST_AUTO_TEST_CASE(a_thread_takes_a_free_permit_after_waiting) {
    ConcurrencyLimiter places(1);
    ConcurrencyLimiter::Place own(places);
    own.take();
    own.begin();
    own.end();
    own.take();  // already has one, so it does not wait
    Taker other(places);
    BOOST_TEST(other.waits());
    own.begin();
    other.await();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
