#pragma once

// A call that is answered later, without holding a worker meanwhile.

#include <chrono>
#include <functional>
#include <memory>

#include "http/api/call.hpp"

namespace threatatlas::api {

// Copyable, for any thread. Outlives its Call.
class ParkedCall {
  public:
    using Answer = std::function<void(httplib::Response&)>;

    struct Limits {
        std::chrono::milliseconds wait_max{0};
        bool give_up_on_stop = false;   // whether a server that stops waits for the answer
        bool give_up_on_close = false;  // whether nobody needs it once its client has closed
    };

    // Parks the call's request, which the call must not answer any more. `otherwise` answers it
    // when the time is up.
    ParkedCall(Call& call, Limits limits, Answer otherwise);

    // Answers it, on a worker's thread; does nothing where it was answered before. What `answer`
    // throws becomes a problem, like everything that a call throws. `held` is let go when the
    // answer was sent.
    void complete(Answer answer, std::shared_ptr<void> held = nullptr) const;

    // False once it was answered, or its client has gone.
    bool is_awaited() const { return parked_.is_awaited(); }
    // Has `end` called once, as soon as that is so. Cheap; throws nothing.
    void on_end(std::function<void()> end) const { parked_.on_end(std::move(end)); }
    // From now on it waits for something that may not come: `otherwise` answers it when the time is
    // up, or the server stops.
    void give_up_on_stop(Answer otherwise) const;

  private:
    // Answers and notes that.
    static net::Completion completion(const ApiServices& services, ops::RequestRecord record,
                                      Answer answer);

    const ApiServices& services_;
    ops::RequestRecord record_;
    net::ParkedRequest parked_;
};

}  // namespace threatatlas::api
