#include "http/api/call.hpp"

#include "http/api/failure.hpp"
#include "projections/query/history.hpp"

namespace threatatlas {

std::pair<std::string_view, std::string_view> split_target(std::string_view target) {
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos
               ? std::pair(target, std::string_view())
               : std::pair(target.substr(0, mark), target.substr(mark + 1));
}

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

Refusal token_ended() {
    return {RefusalKind::unauthorized, "The token is no longer valid."};
}

void require_live(Engine& engine, const Bearer& bearer) {
    if (!engine.access().is_live(bearer.id, engine.sequencer().now())) {
        throw token_ended();
    }
}

void require_registered(const Call& call) {
    if (!registered_at(ReadView(call.engine().store(), ReadView::Of::the_moment_of_each_read),
                       call.product_id())) {
        throw Rejection(no_product(call.product_id()));
    }
}

}  // namespace threatatlas
