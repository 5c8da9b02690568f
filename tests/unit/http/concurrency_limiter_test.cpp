// So many work at once, and whoever waits for something leaves the place to another.

#include "http/net/concurrency_limiter.hpp"

#include <chrono>
#include <future>
#include <utility>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(concurrency_limiter_test)

using namespace threatatlas;
using namespace threatatlas::net;

namespace {

// A thread that takes a place, and keeps it until it is let go.
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
    // Returns when it has one.
    void await() { had_.wait(); }
    // Whether it is still without: it is given some time to take what it should not have.
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

BOOST_AUTO_TEST_CASE(there_are_so_many_and_no_more) {
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
    BOOST_TEST(three.waits());  // who has none gives none back
    one.let_go();
    three.await();
}

BOOST_AUTO_TEST_CASE(who_waits_leaves_the_place_and_goes_on_without_one) {
    ConcurrencyLimiter places(1);
    ConcurrencyLimiter::Place own(places);
    own.take();
    own.take();  // has one
    Taker two(places);
    BOOST_TEST(two.waits());
    own.begin();
    two.await();
    own.end();  // does not wait for the other
    Taker three(places);
    BOOST_TEST(three.waits());
    own.begin();  // has none to leave
    own.end();
    BOOST_TEST(three.waits());
    two.let_go();
    three.await();
}

BOOST_AUTO_TEST_CASE(who_finds_a_free_place_afterwards_has_it) {
    ConcurrencyLimiter places(1);
    ConcurrencyLimiter::Place own(places);
    own.take();
    own.begin();
    own.end();
    own.take();  // has one: does not wait
    Taker other(places);
    BOOST_TEST(other.waits());
    own.begin();
    other.await();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
