#include "http/api/page.hpp"

#include <limits>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {

PageAsked read_page(const RequestQuery& query) {
    // Ids and positions are far below 2^63. The bound prevents `after + 1` from overflowing.
    constexpr std::uint64_t after_max = std::numeric_limits<std::int64_t>::max();
    return {.after = query.number("after", 0, after_max).value_or(0),
            .limit = read_page_limit(query)};
}

std::size_t read_page_limit(const RequestQuery& query) {
    return query.number("limit", 1, events::limits::list_items_max)
        .value_or(events::limits::list_items_default);
}

void link_next_page(Call& call, const RequestQuery& query, std::string_view after) {
    call.response.headers.emplace(
        "Link", fmt::format("<{}{}>; rel=\"next\"", call.path, query.with("after", after)));
}

bool ListPage::takes_more() {
    is_cut_off_ = count_ == asked_.limit || body_.size() >= ops::limits::page_bytes_max;
    return !is_cut_off_;
}

base::JsonWriter& ListPage::next(std::uint64_t id) {
    ++count_;
    last_id_ = id;
    return json_;
}

void ListPage::finish(Call& call, const RequestQuery& query) {
    finish(call, query, [](std::uint64_t id) { return std::to_string(id); });
}

}  // namespace threatatlas::api
