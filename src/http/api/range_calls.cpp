#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "events/limits.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/failure.hpp"
#include "http/api/moment.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/diff.hpp"
#include "projections/query/model_outline.hpp"
#include "projections/query/timeline.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::api {
namespace {

struct Range {
    base::Instant from{};
    base::Instant to{};
};

// Reads the parameters `from` and `to`. Without `from`, the range starts when the product was
// registered.
Range range_of(const Call& call, const RequestQuery& query) {
    const AskedRange asked = parse_range(query, call.asked_at);
    require_final(asked.to, call.engine());
    Range range{.from = asked.from.value_or(base::Instant{}), .to = asked.to};
    if (asked.from) {
        return range;
    }
    if (const auto registered = query::registered_at(call.read_view(), call.product_id())) {
        range.from = std::min(*registered, range.to);
    }
    return range;
}

net::Rejection too_many_points() {
    return bad_parameter(
        "every",
        fmt::format("That would be more than {} points: use longer steps or a shorter range.",
                    events::limits::timeline_points_max));
}

// Returns nullopt for "change", the default.
std::optional<std::chrono::hours> read_step(const RequestQuery& query) {
    const auto text = query.text("every");
    if (!text || *text == "change") {
        return std::nullopt;
    }
    const auto step = query::parse_step(*text);
    if (!step) {
        throw bad_parameter("every", "Give a step such as 1h, 1d or 7d, or change.");
    }
    return step;
}

std::vector<query::TimelinePoint> read_timeline(const Call& call) {
    const RequestQuery query(call.query, {"from", "to", "every"});
    const auto step = read_step(query);
    Range range = range_of(call, query);
    const store::ReadView view = call.read_view();
    const auto registered = query::registered_at(view, call.product_id());
    if (!registered) {
        throw net::Rejection(no_product(call.product_id()));
    }
    if (!step) {
        auto points = query::timeline_of_changes(view, call.product_id(), range.from, range.to,
                                                 events::limits::timeline_points_max);
        if (!points) {
            throw too_many_points();
        }
        return *std::move(points);
    }
    // Points before the product was registered are omitted, so they do not count against the limit.
    if (range.from < *registered && *registered <= range.to) {
        range.from += (*registered - range.from) / *step * *step;
    }
    if (query::count_points(range.from, range.to, *step) > events::limits::timeline_points_max) {
        throw too_many_points();
    }
    return query::timeline(view, call.product_id(), range.from, range.to, *step);
}

}  // namespace

void get_timeline(Call& call) {
    const auto points = judged(call, [&] { return read_timeline(call); });
    std::string body;
    base::JsonWriter json(body);
    json.begin_array();
    for (const query::TimelinePoint& point : points) {
        json.begin_object();
        json.key("at").string(base::format_instant(point.at));
        json.key("position").number(point.position);
        json.key("summary");
        query::write_summary(json, point.posture);
        json.end_object();
    }
    json.end_array();
    answer(call.response, std::move(body));
}

void get_diff(Call& call) {
    const Range range = judged(call, [&] {
        return range_of(call, RequestQuery(call.query, {"from", "to"}));
    });
    const store::ReadView view = call.read_view();
    auto pair = query::outlines_at(view, call.product_id(), range.from, range.to);
    if (!pair) {
        require_product(view, call.product_id(), range.to, range.to);  // throws the reason
        return;
    }
    query::read_texts_of_changes(view, *pair);
    const std::optional<query::ProductModel> before =
        pair->before ? std::optional(std::move(pair->before->model)) : std::nullopt;
    std::string body;
    base::JsonWriter json(body);
    query::write_diff(json, range.from, before, range.to, pair->after.model);
    answer(call.response, std::move(body));
}

}  // namespace threatatlas::api
