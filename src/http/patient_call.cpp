#include "http/patient_call.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

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
    void pause() override {}
    void resume() override {}
};

Refusal too_many() {
    return {RefusalKind::busy,
            "Other lists and reports are in the making: repeat the request soon."};
}

// A call that goes on without its worker, with a copy of what it was asked.
class Errand {
  public:
    explicit Errand(Call& call)
        : request_(call.request),
          call_(call_with(call, request_, response_, exchange_)),
          parked_(call, {.wait_max = limits::long_call_wait_max},
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

}  // namespace

void answer_patiently(Call& call, PatientPool& pool) {
    const auto errand = std::make_shared<Errand>(call);
    const bool has_room = pool.add([errand] {
        if (errand->is_awaited()) {
            Errand::carry_out(errand);
        }
    });
    if (!has_room) {
        errand->refuse();
    }
}

}  // namespace threatatlas
