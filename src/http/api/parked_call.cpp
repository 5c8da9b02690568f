#include "http/api/parked_call.hpp"

#include "http/api/access_log.hpp"

namespace threatatlas::api {

ParkedCall::ParkedCall(Call& call, Limits limits, Answer otherwise)
    : services_(call.services),
      record_(call.record),
      parked_(call.exchange.park(
          {.wait_ms_max = limits.wait_max,
           .otherwise = completion(call.services, call.record, std::move(otherwise)),
           .give_up_on_stop = limits.give_up_on_stop,
           .give_up_on_close = limits.give_up_on_close})) {
    call.is_parked = true;
}

void ParkedCall::complete(Answer answer, std::shared_ptr<void> held) const {
    parked_.complete(completion(services_, record_, std::move(answer)), std::move(held));
}

void ParkedCall::give_up_on_stop(Answer otherwise) const {
    parked_.give_up_on_stop(completion(services_, record_, std::move(otherwise)));
}

net::Completion ParkedCall::completion(const ApiServices& services, ops::RequestRecord record,
                                       Answer answer) {
    return [&services, record = std::move(record),
            answer = std::move(answer)](httplib::Response& response) {
        try {
            answer(response);
        } catch (...) {
            answer_failure(response, std::current_exception(), services);
        }
        note_answer(services, record, response.status);
    };
}

}  // namespace threatatlas::api
