#pragma once

/// A call that is answered later and holds no worker meanwhile.

#include <chrono>
#include <functional>
#include <memory>

#include "http/api/call.hpp"

namespace threatatlas::api {

/// Copyable and thread-safe. May outlive its Call.
class ParkedCall {
  public:
    using Answer = std::function<void(httplib::Response&)>;

    struct Limits {
        std::chrono::milliseconds wait_max{0};
        bool give_up_on_stop = false;   // see net::ParkLimit
        bool give_up_on_close = false;  // see net::ParkLimit
    };

    /// Parks the request of the call, which must not write its response after that. `otherwise`
    /// answers the request if the time limit passes.
    ParkedCall(Call& call, Limits limits, Answer otherwise);

    /// Answers the request on a worker. Does nothing if it was answered before. An exception thrown
    /// by `answer` becomes a problem document. `held` is released when the response was sent.
    void complete(Answer answer, std::shared_ptr<void> held = nullptr) const;

    /// False after the request was answered or its client has gone.
    bool is_awaited() const { return parked_.is_awaited(); }
    /// Calls `end` once, as soon as the answer is no longer awaited. `end` must be fast and must
    /// not throw.
    void on_end(std::function<void()> end) const { parked_.on_end(std::move(end)); }
    /// Declares that the request waits for something that may never happen: `otherwise` answers it
    /// if the time limit passes or the server stops.
    void give_up_on_stop(Answer otherwise) const;

  private:
    // Writes the response and records it in the metrics and the access log.
    static net::Completion completion(const ApiServices& services, ops::RequestRecord record,
                                      Answer answer);

    const ApiServices& services_;
    ops::RequestRecord record_;
    net::ParkedRequest parked_;
};

}  // namespace threatatlas::api
