#include "http/api/call.hpp"

#include "http/api/failure.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::api {

void answer(httplib::Response& response, std::string body, const char* content_type) {
    response.status = 200;
    response.headers.emplace("Content-Type", content_type);
    response.body = std::move(body);
}

void answer_failure(httplib::Response& response, const std::exception_ptr& failure,
                    const ApiServices& services) {
    response = {};
    net::answer(response, to_problem(failure, services.log, services.backend.read_errors()));
}

commands::Refusal token_ended() {
    return {commands::RefusalKind::unauthorized, "The token is no longer valid."};
}

void require_live(ops::Engine& engine, const projections::Bearer& bearer) {
    if (!engine.access().is_live(bearer.id, engine.sequencer().now())) {
        throw token_ended();
    }
}

void require_registered(const Call& call) {
    if (!query::registered_at(call.read_view_of_each_moment(), call.product_id())) {
        throw net::Rejection(no_product(call.product_id()));
    }
}

}  // namespace threatatlas::api
