#include "http/patient_calls.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "commands/patient_thread.hpp"
#include "http/api_limits.hpp"
#include "http/parked_call.hpp"

namespace threatatlas {
namespace {

// Its worker has gone on: the call can neither be sent more nor be parked again.
class NoExchange final : public Exchange {
  public:
    bool announces_body() const override { return false; }
    std::string read_body(std::size_t) override { throw std::logic_error("there is no body"); }
    ParkedRequest park(ParkLimit) override { throw std::logic_error("the call is parked already"); }
};

Refusal too_many() {
    return {RefusalKind::busy,
            "Other lists and reports are in the making: repeat the request soon."};
}

}  // namespace

// A call that goes on without its worker, with a copy of what it was asked.
class PatientCalls::Errand {
  public:
    explicit Errand(Call& call)
        : request_(call.request),
          call_(call_with(call, request_, response_, exchange_)),
          parked_(call, {.wait_max = limits::patient_call_wait_max},
                  [](httplib::Response&) { throw too_many(); }) {}

    // Whether there is anybody to answer still.
    bool is_awaited() const { return parked_.is_awaited(); }

    void refuse() const {
        parked_.complete([](httplib::Response&) { throw too_many(); });
    }

    // The answer is made here, and sent by a worker.
    static void carry_out(const std::shared_ptr<Errand>& errand) {
        try {
            errand->call_.match.route->answer(errand->call_);
        } catch (...) {
            errand->failure_ = std::current_exception();
        }
        errand->parked_.complete([errand](httplib::Response& response) {
            if (errand->failure_) {
                std::rethrow_exception(errand->failure_);
            }
            response.status = errand->response_.status;
            response.headers = std::move(errand->response_.headers);
            response.body = std::move(errand->response_.body);
        });
    }

  private:
    static Call call_with(const Call& call, const httplib::Request& request,
                          httplib::Response& response, Exchange& exchange) {
        const auto [path, query] = split_target(request.target);
        return {.services = call.services,
                .request = request,
                .response = response,
                .exchange = exchange,
                .path = path,
                .query = query,
                .match = call.match,
                .record = call.record,
                .is_parked = true,
                .engine_held = call.engine_held,
                .bearer_held = call.bearer_held};
    }

    const httplib::Request request_;
    httplib::Response response_;
    NoExchange exchange_;
    Call call_;
    const ParkedCall parked_;
    std::exception_ptr failure_;
};

PatientCalls::PatientCalls(std::size_t threads, std::size_t waiting_max)
    : waiting_max_(waiting_max) {
    while (threads_.size() < threads) {
        threads_.emplace_back([this] { run(); });
    }
}

void PatientCalls::take(Call& call) {
    {
        const std::lock_guard lock(mutex_);
        if (finishing_ || waiting_.size() >= waiting_max_) {
            throw too_many();
        }
        waiting_.push_back(std::make_shared<Errand>(call));
    }
    changed_.notify_one();
}

void PatientCalls::finish() {
    std::deque<std::shared_ptr<Errand>> waiting;
    {
        const std::lock_guard lock(mutex_);
        finishing_ = true;
        waiting.swap(waiting_);
    }
    changed_.notify_all();
    for (const auto& errand : waiting) {
        errand->refuse();
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

std::size_t PatientCalls::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

void PatientCalls::run() {
    stand_back();
    for (;;) {
        std::shared_ptr<Errand> errand;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !waiting_.empty() || finishing_; });
            if (waiting_.empty()) {
                return;
            }
            errand = std::move(waiting_.front());
            waiting_.pop_front();
        }
        if (errand->is_awaited()) {
            Errand::carry_out(errand);
        }
    }
}

}  // namespace threatatlas
