#include "http/call.hpp"

#include "http/failure.hpp"
#include "projections/history.hpp"

namespace threatatlas {

void answer(httplib::Response& response, std::string body, const char* content_type) {
    response.status = 200;
    response.headers.emplace("Content-Type", content_type);
    response.body = std::move(body);
}

void answer(httplib::Response& response, const Problem& problem) {
    response.status = problem.status;
    for (const auto& [name, value] : problem.headers) {
        response.headers.emplace(name, value);
    }
    response.headers.emplace("Content-Type", problem_content_type);
    response.body = to_json(problem);
}

void require_registered(const Call& call) {
    if (!registered_at(ReadView(call.engine().store(), ReadView::Of::the_moment_of_each_read),
                       call.product_id())) {
        throw Rejection(no_product(call.product_id()));
    }
}

}  // namespace threatatlas
