#include "http/patient_call.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "commands/patient_thread.hpp"
#include "events/work_watch.hpp"
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

Rejection too_long(std::chrono::milliseconds time_max) {
    return Rejection(
        {.status = 503,
         .detail = fmt::format("This answer takes longer than {} seconds. Ask for less: a lower "
                               "limit, a filter, a shorter range or an earlier moment. Reports "
                               "can be made with threatatlas-replay. The operator can raise "
                               "--long-call-seconds-max.",
                               std::chrono::ceil<std::chrono::seconds>(time_max).count()),
         .headers = {{"Retry-After", std::to_string(limits::retry_after_failure.count())}}});
}

Rejection too_large(std::size_t bytes_max) {
    return Rejection(
        {.status = 422,
         .detail = fmt::format("This answer takes more than {} MiB of memory. Ask for less: a "
                               "list in pages, a shorter range or an earlier moment. Reports and "
                               "diffs can be made with threatatlas-replay. The operator can raise "
                               "--long-read-bytes-max.",
                               bytes_max >> 20U)});
}

// Thrown through a call that nobody waits for any more.
struct WorkStopped {};
// Thrown through a call that is to begin again when so much memory is free.
struct WorkNeedsBytes {
    std::size_t bytes = 0;
};

// Ends a call's work when nobody waits for it, and when it holds more than it may.
class CallWatch final : public WorkWatch {
  public:
    CallWatch(LongReads& reads, const ParkedCall& parked, ReadBudget::Share& share)
        : reads_(reads), parked_(parked), share_(share), thread_bytes_began_(thread_bytes()) {
        if (share.bytes() > reads.budget.small_share_max() &&
            reads.options.give_freed_memory_back) {
            reads.options.give_freed_memory_back();
        }
    }
    ~CallWatch() { reads_.rows.fetch_add(rows_, std::memory_order_relaxed); }
    CallWatch(const CallWatch&) = delete;
    CallWatch& operator=(const CallWatch&) = delete;

    void note_row() override {
        ++rows_;
        if (const auto held = thread_bytes() - thread_bytes_began_;
            held > static_cast<std::int64_t>(share_.bytes())) {
            hold(static_cast<std::size_t>(held));
        }
        if (rows_ % limits::rows_between_looks == 0) {
            give_way();
            if (reads_.stopping || !parked_.is_awaited()) {
                throw WorkStopped{};
            }
        }
    }

    // Estimates are rough: one that is too large just waits for all that one read may have.
    void expect_bytes(std::size_t bytes) override {
        bytes = std::min(bytes, reads_.budget.share_max());
        if (!grow(bytes)) {
            throw WorkNeedsBytes{bytes};
        }
    }

  private:
    std::int64_t thread_bytes() const {
        return reads_.options.thread_bytes ? reads_.options.thread_bytes() : 0;
    }

    bool grow(std::size_t bytes) {
        const bool was_small = share_.bytes() <= reads_.budget.small_share_max();
        const bool has_grown = share_.grow(bytes);
        if (was_small && share_.bytes() > reads_.budget.small_share_max() &&
            reads_.options.give_freed_memory_back) {
            reads_.options.give_freed_memory_back();
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
            // At least twice as much as last time, so that it does not begin again often.
            throw WorkNeedsBytes{std::min(std::max(ahead, 2 * share_.bytes()), bytes_max)};
        }
    }

    LongReads& reads_;
    const ParkedCall& parked_;
    ReadBudget::Share& share_;
    const std::int64_t thread_bytes_began_;
    std::uint64_t rows_ = 0;
};

// A call that goes on without its worker, with a copy of what it was asked.
class Errand : public std::enable_shared_from_this<Errand> {
  public:
    explicit Errand(Call& call)
        : pool_(call.services.long_calls),
          reads_(call.services.long_reads),
          request_(call.request),
          call_(call_with(call, request_, response_, exchange_)),
          parked_(
              call, {.wait_max = reads_.options.call_ms_max},
              [has_begun = has_begun_, time_max = reads_.options.call_ms_max](httplib::Response&) {
                  if (*has_begun) {
                      throw too_long(time_max);
                  }
                  throw too_many();
              }) {}

    void wait_for_thread(std::shared_ptr<ReadBudget::Share> share = nullptr) {
        const bool has_room =
            pool_.add([errand = shared_from_this(), share = std::move(share)]() mutable {
                errand->begin(std::move(share));
            });
        if (!has_room) {
            refuse();
        }
    }

  private:
    // On a thread of the pool.
    void begin(std::shared_ptr<ReadBudget::Share> share) {
        if (!parked_.is_awaited()) {
            refuse();
            return;
        }
        const std::size_t bytes =
            std::min(limits::long_read_first_bytes, reads_.budget.small_share_max());
        if (!share) {
            share = reads_.budget.take(call_.bearer().id, bytes);
        }
        if (share) {
            carry_out(std::move(share));
        } else {
            wait_for_bytes(bytes);
        }
    }

    void wait_for_bytes(std::size_t bytes) {
        const bool has_room = reads_.budget.ask(
            {.token = call_.bearer().id,
             .bytes = bytes,
             .granted =
                 [errand = shared_from_this()](std::shared_ptr<ReadBudget::Share> share) {
                     errand->wait_for_thread(std::move(share));
                 },
             .is_awaited = [errand = shared_from_this()] { return errand->parked_.is_awaited(); }});
        if (!has_room) {
            refuse();
        }
    }

    // Also where the client has gone: its connection is closed by that.
    void refuse() const {
        parked_.complete([](httplib::Response&) { throw too_many(); });
    }

    void carry_out(std::shared_ptr<ReadBudget::Share> share) {
        *has_begun_ = true;
        std::exception_ptr failure;
        std::size_t needs_bytes = 0;
        try {
            CallWatch watch(reads_, parked_, *share);
            const WatchesWork watches(watch);
            call_.match.route->answer(call_);
        } catch (const WorkStopped&) {
            ++reads_.stopped;
            refuse();
            return;
        } catch (const WorkNeedsBytes& needed) {
            needs_bytes = needed.bytes;
        } catch (...) {
            failure = std::current_exception();
        }
        if (needs_bytes > 0) {
            ++reads_.repeated;
            response_ = {};
            share.reset();
            wait_for_bytes(needs_bytes);
            return;
        }
        share->shrink(failure ? 0 : response_.body.capacity());
        complete(std::make_shared<httplib::Response>(std::move(response_)), failure,
                 std::move(share));
    }

    // The answer is made here, and sent by a worker.
    void complete(const std::shared_ptr<httplib::Response>& made, const std::exception_ptr& failure,
                  std::shared_ptr<ReadBudget::Share> share) const {
        parked_.complete(
            [made, failure](httplib::Response& response) {
                if (failure) {
                    std::rethrow_exception(failure);
                }
                response.status = made->status;
                response.headers = std::move(made->headers);
                response.body = std::move(made->body);
            },
            std::move(share));
    }

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

    PatientPool& pool_;
    LongReads& reads_;
    const httplib::Request request_;
    httplib::Response response_;
    NoExchange exchange_;
    Call call_;
    const std::shared_ptr<std::atomic<bool>> has_begun_ =
        std::make_shared<std::atomic<bool>>(false);
    const ParkedCall parked_;
};

}  // namespace

void answer_patiently(Call& call) {
    std::make_shared<Errand>(call)->wait_for_thread();
}

}  // namespace threatatlas
