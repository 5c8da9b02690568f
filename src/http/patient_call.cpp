#include "http/patient_call.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "http/api_limits.hpp"
#include "http/calls.hpp"
#include "http/moment.hpp"
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

// A call that goes on without its worker, with a copy of what it was asked.
class Errand {
  public:
    // Answers a call for which there is no room, or not in time (`full`).
    using NoRoom = std::function<void(httplib::Response&, QueueRoom)>;

    Errand(Call& call, std::chrono::milliseconds wait_max, const NoRoom& no_room)
        : request_(call.request),
          call_(call_with(call, request_, response_, exchange_)),
          parked_(call, {.wait_max = wait_max, .give_up_on_close = true},
                  [no_room](httplib::Response& response) { no_room(response, QueueRoom::full); }),
          no_room_(no_room) {
        call_.parked = &parked_;
    }

    // Has a thread of the pool make the answer.
    static void queue(const std::shared_ptr<Errand>& errand, PatientPool& pool) {
        const auto added = pool.add(errand->call_.bearer().id, [errand, &pool] {
            if (errand->parked_.is_awaited()) {
                carry_out(errand, pool);
            }
        });
        if (!added.is_taken()) {
            errand->parked_.complete([errand, room = added.room](httplib::Response& response) {
                errand->no_room_(response, room);
            });
            return;
        }
        errand->parked_.on_end([&pool, number = added.number] { pool.remove(number); });
    }

    // Goes on when nothing more can be recorded up to `as_of`.
    template <class GoOn>
    static void when_final(const std::shared_ptr<Errand>& errand, Instant as_of, GoOn go_on) {
        Call& call = errand->call_;
        Sequencer& sequencer = call.engine().sequencer();
        const auto [room, place] = call.services.final_waits.take(call.bearer().id);
        if (place == nullptr) {
            errand->parked_.complete([room = room](httplib::Response&) {
                throw no_room(room, "Questions about this moment");
            });
            return;
        }
        const auto number = sequencer.when_settled(as_of, [place = place, go_on] {
            place->give_back();
            go_on();
        });
        errand->parked_.on_end([&sequencer, number, place = place] {
            place->give_back();
            sequencer.forget(number);
        });
    }

    // Has a worker make the answer and send it.
    static void complete(const std::shared_ptr<Errand>& errand) {
        errand->parked_.complete([errand](httplib::Response& response) {
            errand->run();
            errand->move_to(response);
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
                .bearer_held = call.bearer_held,
                .asked_at = call.asked_at};
    }

    void run() {
        require_live(call_.engine(), call_.bearer());
        call_.match.route->answer(call_);
    }

    // The answer is made here, and sent by a worker.
    static void carry_out(const std::shared_ptr<Errand>& errand, PatientPool& pool) {
        try {
            errand->run();
        } catch (const NotFinalYet& wait) {
            when_final(errand, wait.as_of(), [errand, &pool] { queue(errand, pool); });
            return;
        } catch (...) {
            errand->failure_ = std::current_exception();
        }
        if (errand->call_.is_answered_later) {
            return;
        }
        errand->parked_.complete([errand](httplib::Response& response) {
            if (errand->failure_) {
                std::rethrow_exception(errand->failure_);
            }
            errand->move_to(response);
        });
    }

    void move_to(httplib::Response& response) {
        response.status = response_.status;
        response.headers = std::move(response_.headers);
        response.body = std::move(response_.body);
    }

    const httplib::Request request_;
    httplib::Response response_;
    NoExchange exchange_;
    Call call_;
    const ParkedCall parked_;
    const NoRoom no_room_;
    std::exception_ptr failure_;
};

}  // namespace

void answer_patiently(Call& call, PatientPool& pool) {
    Errand::queue(std::make_shared<Errand>(call, limits::long_call_wait_max,
                                           [](httplib::Response&, QueueRoom room) {
                                               throw no_room(room, "Lists and reports");
                                           }),
                  pool);
}

void answer_scraper(Call& call, PatientPool& pool) {
    const auto at_hand = [&services = call.services, engine = call.engine_held](
                             httplib::Response& response, QueueRoom) {
        get_metrics_at_hand(services, *engine, response);
    };
    Errand::queue(std::make_shared<Errand>(call, limits::scrape_wait_max, at_hand), pool);
}

void answer_when_final(Call& call, Instant as_of) {
    const auto errand = std::make_shared<Errand>(
        call, limits::final_wait_max,
        [as_of](httplib::Response&, QueueRoom) { throw NotFinalYet(as_of); });
    Errand::when_final(errand, as_of, [errand] { Errand::complete(errand); });
}

}  // namespace threatatlas
