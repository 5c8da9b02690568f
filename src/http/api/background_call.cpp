#include "http/api/background_call.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/low_priority_thread.hpp"
#include "base/work_watch.hpp"
#include "http/api/calls.hpp"
#include "http/api/moment.hpp"
#include "http/api/parked_call.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

// The exchange of a call that runs without a worker: there is no body, and the call is already
// parked.
class NoExchange final : public net::Exchange {
  public:
    bool announces_body() const override { return false; }
    void set_client(base::ShareOwner) override {}
    std::string read_body(std::size_t) override { throw std::logic_error("there is no body"); }
    net::ParkedRequest park(net::ParkLimit) override {
        throw std::logic_error("the call is parked already");
    }
    base::IoWaitHook* io_wait_hook() override { return nullptr; }
};

net::Rejection too_long(std::chrono::milliseconds time_max) {
    return net::Rejection(
        {.status = 503,
         .detail =
             fmt::format("This response takes longer than {} seconds. Ask for less: a lower limit, "
                         "a filter, a shorter range or an earlier moment. Or create the report "
                         "with threatatlas-replay. The operator can raise --long-call-seconds-max.",
                         std::chrono::ceil<std::chrono::seconds>(time_max).count()),
         .headers = {{"Retry-After", std::to_string(ops::limits::retry_after_failure.count())}}});
}

net::Rejection too_large(std::size_t bytes_max) {
    return net::Rejection(
        {.status = 422,
         .detail = fmt::format(
             "This response takes more than {} MiB of memory. Ask for less: a list in pages, a "
             "shorter range or an earlier moment. Or create the report or diff with "
             "threatatlas-replay. The operator can raise --long-read-bytes-max.",
             bytes_max >> 20U)});
}

// Thrown to cancel a call whose answer is no longer needed.
struct WorkStopped {};
// Thrown to restart a call when this much memory is free.
struct WorkNeedsBytes {
    std::size_t bytes = 0;
};

// Cancels a call if its answer is no longer needed or it exceeds its memory share, if it has one.
class CallWatch final : public base::WorkWatch {
  public:
    CallWatch(LongReads& reads, const ParkedCall& parked, ReadBudget::Share* share)
        : reads_(reads), parked_(parked), share_(share), thread_bytes_began_(thread_bytes()) {
        if (share_ != nullptr && is_large()) {
            purge_freed_memory();
        }
    }
    ~CallWatch() { reads_.rows.fetch_add(rows_, std::memory_order_relaxed); }
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

    void note_row() override {
        ++rows_;
        if (share_ != nullptr) {
            const auto held = thread_bytes() - thread_bytes_began_;
            if (held > static_cast<std::int64_t>(share_->bytes())) {
                hold(static_cast<std::size_t>(held));
            }
        }
        if (rows_ % ops::limits::rows_between_looks == 0) {
            base::yield_if_due();
            if (reads_.stopping || !parked_.is_awaited()) {
                throw WorkStopped{};
            }
        }
    }

    // Estimates are rough. An estimate above the limit is not an error: it only waits for the
    // largest share.
    void expect_bytes(std::size_t bytes) override {
        bytes = std::min(bytes, reads_.budget.share_max());
        if (share_ != nullptr && !grow(bytes)) {
            throw WorkNeedsBytes{bytes};
        }
    }

  private:
    std::int64_t thread_bytes() const {
        return reads_.options.thread_bytes ? reads_.options.thread_bytes() : 0;
    }
    bool is_large() const { return share_->bytes() > reads_.budget.small_share_max(); }
    void purge_freed_memory() const {
        if (reads_.options.purge_freed_memory) {
            reads_.options.purge_freed_memory();
        }
    }

    bool grow(std::size_t bytes) {
        const bool was_small = !is_large();
        const bool has_grown = share_->grow(bytes);
        if (was_small && is_large()) {
            purge_freed_memory();
        }
        return has_grown;
    }

    void hold(std::size_t bytes) {
        const std::size_t bytes_max = reads_.budget.share_max();
        if (bytes > bytes_max) {
            ++reads_.too_large;
            throw too_large(bytes_max);
        }
        const std::size_t ahead = std::min(bytes + bytes / 4, bytes_max);
        if (!grow(ahead) && !grow(bytes)) {
            // At least doubled, so that the call is restarted only a few times.
            throw WorkNeedsBytes{std::min(std::max(ahead, 2 * share_->bytes()), bytes_max)};
        }
    }

    LongReads& reads_;
    const ParkedCall& parked_;
    ReadBudget::Share* const share_;  // may be null
    const std::int64_t thread_bytes_began_;
    std::uint64_t rows_ = 0;
};

// A call that runs without a worker, on a copy of its request.
class BackgroundCall : public std::enable_shared_from_this<BackgroundCall> {
  public:
    // Answers a call that found no room in the queue, or whose time limit has passed (`full`).
    using NoRoom = std::function<void(httplib::Response&, base::QueueRoom)>;

    struct Options {
        std::chrono::milliseconds wait_max;
        NoRoom no_room;
        bool has_budget = false;  // it needs a share of the long-read memory
    };

    BackgroundCall(Call& call, const Options& options)
        : reads_(call.services.long_reads),
          has_budget_(options.has_budget),
          request_(call.request),
          call_(call_with(call, request_, response_, exchange_)),
          parked_(call, {.wait_max = options.wait_max, .give_up_on_close = true},
                  [options, has_begun = has_begun_](httplib::Response& response) {
                      if (options.has_budget && *has_begun) {
                          throw too_long(options.wait_max);
                      }
                      options.no_room(response, base::QueueRoom::full);
                  }),
          no_room_(options.no_room) {
        call_.parked = &parked_;
    }

    // Computes the response on a thread of the pool; a worker sends it.
    void answer_on(BackgroundPool& pool, std::shared_ptr<ReadBudget::Share> share = nullptr) {
        const auto added = pool.add(call_.bearer().id, [call = shared_from_this(), &pool,
                                                        share = std::move(share)]() mutable {
            call->begin(pool, std::move(share));
        });
        if (added.is_taken()) {
            parked_.on_end([&pool, number = added.number] { pool.remove(number); });
        } else {
            refuse(added.room);
        }
    }

    // Calls `go_on` when nothing more can be recorded up to `as_of`.
    template <class GoOn>
    void when_final(base::Instant as_of, GoOn go_on) {
        sequencer::Sequencer& sequencer = call_.engine().sequencer();
        const auto [room, place] = call_.services.final_waits.take(call_.bearer().id);
        if (place == nullptr) {
            parked_.complete([room = room](httplib::Response&) {
                throw no_room(room, "Requests about the current moment");
            });
            return;
        }
        const auto number = sequencer.when_final(as_of, [place = place, go_on] {
            place->give_back();
            go_on();
        });
        parked_.on_end([&sequencer, number, place = place] {
            place->give_back();
            sequencer.forget(number);
        });
    }

    // Computes and sends the response on a worker.
    void answer_on_worker() {
        parked_.complete([call = shared_from_this()](httplib::Response& response) {
            call->run();
            call->move_to(response);
        });
    }

  private:
    static Call call_with(const Call& call, const httplib::Request& request,
                          httplib::Response& response, net::Exchange& exchange) {
        return {.services = call.services,
                .request = request,
                .response = response,
                .exchange = exchange,
                .match = call.match,
                .record = call.record,
                .is_parked = true,
                .engine_held = call.engine_held,
                .bearer_held = call.bearer_held,
                .carrier = call.carrier,
                .asked_at = call.asked_at,
                .body_held = call.body_held};
    }

    void refuse(base::QueueRoom room = base::QueueRoom::full) {
        parked_.complete([call = shared_from_this(), room](httplib::Response& response) {
            call->no_room_(response, room);
        });
    }

    // Runs on a thread of the pool.
    void begin(BackgroundPool& pool, std::shared_ptr<ReadBudget::Share> share) {
        if (!parked_.is_awaited()) {
            return;
        }
        if (has_budget_ && !share) {
            const std::size_t bytes =
                std::min(ops::limits::long_read_first_bytes, reads_.budget.small_share_max());
            share = reads_.budget.take(call_.bearer().id, bytes);
            if (!share) {
                wait_for_bytes(pool, bytes);
                return;
            }
        }
        make_answer(pool, std::move(share));
    }

    void wait_for_bytes(BackgroundPool& pool, std::size_t bytes) {
        *has_begun_ = false;
        const bool has_room = reads_.budget.ask(
            {.token = call_.bearer().id,
             .bytes = bytes,
             .granted =
                 [call = shared_from_this(), &pool](std::shared_ptr<ReadBudget::Share> share) {
                     call->answer_on(pool, std::move(share));
                 },
             .is_awaited = [call = shared_from_this()] { return call->parked_.is_awaited(); }});
        if (!has_room) {
            refuse();
        }
    }

    void make_answer(BackgroundPool& pool, std::shared_ptr<ReadBudget::Share> share) {
        *has_begun_ = true;
        std::exception_ptr failure;
        std::size_t needs_bytes = 0;
        try {
            CallWatch watch(reads_, parked_, share.get());
            const base::WorkWatchScope watches(watch);
            run();
        } catch (const WorkStopped&) {
            ++reads_.stopped;
            refuse();
            return;
        } catch (const WorkNeedsBytes& needed) {
            needs_bytes = needed.bytes;
        } catch (const NotFinalYet& wait) {
            response_ = {};
            share.reset();
            *has_begun_ = false;
            when_final(wait.as_of(), [call = shared_from_this(), &pool] { call->answer_on(pool); });
            return;
        } catch (...) {
            failure = std::current_exception();
        }
        if (needs_bytes > 0) {
            ++reads_.repeated;
            response_ = {};
            share.reset();
            wait_for_bytes(pool, needs_bytes);
            return;
        }
        if (!failure && call_.is_answered_later) {
            return;
        }
        if (share) {
            share->shrink(failure ? 0 : response_.body.capacity());
        }
        parked_.complete(
            [call = shared_from_this(), failure](httplib::Response& response) {
                if (failure) {
                    std::rethrow_exception(failure);
                }
                call->move_to(response);
            },
            std::move(share));
    }

    void run() {
        require_live(call_.engine(), call_.bearer());
        call_.match.route->answer(call_);
    }

    void move_to(httplib::Response& response) {
        response.status = response_.status;
        response.headers = std::move(response_.headers);
        response.body = std::move(response_.body);
    }

    LongReads& reads_;
    const bool has_budget_;
    const httplib::Request request_;
    httplib::Response response_;
    NoExchange exchange_;
    Call call_;
    const std::shared_ptr<std::atomic<bool>> has_begun_ =
        std::make_shared<std::atomic<bool>>(false);
    const ParkedCall parked_;
    const NoRoom no_room_;
};

void refuse_list(httplib::Response&, base::QueueRoom room) {
    throw no_room(room, "Lists and reports");
}

}  // namespace

void answer_in_background(Call& call, BackgroundPool& pool) {
    std::make_shared<BackgroundCall>(
        call,
        BackgroundCall::Options{.wait_max = ops::limits::long_call_max, .no_room = refuse_list})
        ->answer_on(pool);
}

void answer_long_read(Call& call) {
    const LongReads& reads = call.services.long_reads;
    BackgroundPool& pool = call.services.long_calls;
    std::make_shared<BackgroundCall>(
        call,
        BackgroundCall::Options{
            .wait_max = reads.options.call_ms_max, .no_room = refuse_list, .has_budget = true})
        ->answer_on(pool);
}

void answer_scraper(Call& call, BackgroundPool& pool) {
    const auto at_hand = [&services = call.services, engine = call.engine_held](
                             httplib::Response& response, base::QueueRoom) {
        get_metrics_at_hand(services, *engine, response);
    };
    std::make_shared<BackgroundCall>(
        call, BackgroundCall::Options{.wait_max = ops::limits::scrape_wait_max, .no_room = at_hand})
        ->answer_on(pool);
}

void answer_when_final(Call& call, base::Instant as_of) {
    const auto background = std::make_shared<BackgroundCall>(
        call, BackgroundCall::Options{.wait_max = call.services.waits.final_max,
                                      .no_room = [as_of](httplib::Response&, base::QueueRoom) {
                                          throw NotFinalYet(as_of);
                                      }});
    background->when_final(as_of, [background] { background->answer_on_worker(); });
}

}  // namespace threatatlas::api
