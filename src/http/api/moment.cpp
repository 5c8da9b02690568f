#include "http/api/moment.hpp"

#include <limits>

#include <fmt/format.h>

#include "http/api/failure.hpp"
#include "projections/query/timeline.hpp"

namespace threatatlas::api {
namespace {

base::Instant require_instant(std::string_view name, const std::optional<base::Instant>& parsed) {
    if (!parsed) {
        throw bad_parameter(
            name, "Give a time such as 2026-03-31T12:00:00Z, or a date such as 2026-03-31.");
    }
    return *parsed;
}

[[noreturn]] void refuse_future(std::string_view name, base::Instant now) {
    throw bad_parameter(name, fmt::format("The time is in the future; give one up to now, {}.",
                                          base::format_instant(now)));
}

// Returns nullopt for today's date, which means now.
query::Moment parse_past(std::string_view name, std::string_view text, base::Instant now) {
    const base::Instant instant = require_instant(name, base::parse_as_of(text));
    if (instant <= now) {
        return instant;
    }
    if (base::is_date(text) && instant - now < std::chrono::days{1}) {
        return std::nullopt;
    }
    refuse_future(name, now);
}

query::Moment moment_at_position(Position position, const Call& call) {
    const auto time = events::time_at_position(call.read_view(), position);
    if (!time) {
        throw bad_parameter("at_position", fmt::format("The log ends at position {}.",
                                                       call.engine().sequencer().end().position));
    }
    return time;
}

}  // namespace

AskedMoment parse_moment(const RequestQuery& query, base::Instant now) {
    const auto as_of = query.text("as_of");
    if (query.has("at_position")) {
        if (as_of) {
            throw bad_parameter("at_position", "Give either as_of or at_position, not both.");
        }
        return {
            .as_of = {},
            .at_position = query.number("at_position", 0, std::numeric_limits<Position>::max())};
    }
    return {.as_of = as_of ? parse_past("as_of", *as_of, now) : std::nullopt, .at_position = {}};
}

query::Moment resolve_moment(const AskedMoment& asked, const Call& call) {
    if (asked.at_position) {
        return moment_at_position(*asked.at_position, call);
    }
    if (asked.as_of) {
        require_final(*asked.as_of, call.engine());
    }
    return asked.as_of;
}

query::Moment moment_of(const Call& call, const RequestQuery& query) {
    return resolve_moment(parse_moment(query, call.engine().sequencer().now()), call);
}

net::Rejection no_object(const Call& call, std::string_view kind) {
    return net::Rejection({.status = 404,
                           .detail = fmt::format("Product {} has no {} {} at that moment.",
                                                 call.product_id(), kind, call.object_id())});
}

void require_final(base::Instant as_of, ops::Engine& engine) {
    if (!engine.sequencer().await_final(as_of)) {
        throw NotFinalYet(as_of);
    }
}

AskedRange parse_range(const RequestQuery& query, base::Instant now) {
    AskedRange range{.from = std::nullopt, .to = now};
    if (const auto to = query.text("to")) {
        range.to = parse_past("to", *to, now).value_or(now);
    }
    if (const auto from = query.text("from")) {
        range.from = require_instant("from", query::parse_range_start(*from));
        if (*range.from > now) {
            refuse_future("from", now);
        }
        if (*range.from > range.to) {
            throw bad_parameter("from", "It is later than `to`; swap them.");
        }
    }
    return range;
}

query::ProductAt require_product(const store::ReadView& view, ProductId product,
                                 query::Moment moment, base::Instant now) {
    auto found = query::product_at(view, product, moment, now);
    if (!found) {
        if (const auto registered = query::registered_at(view, product)) {
            throw net::Rejection(
                {.status = 404,
                 .detail = fmt::format("Product {} did not exist yet: it was "
                                       "registered at {}. Ask for that time or later.",
                                       product, base::format_instant(*registered))});
        }
        throw net::Rejection(no_product(product));
    }
    if (found->archived) {
        throw net::Rejection(
            {.status = 404,
             .detail =
                 fmt::format("Product {} was archived at {}. Ask for an earlier time with as_of.",
                             product, base::format_instant(found->recorded_at))});
    }
    return *std::move(found);
}

}  // namespace threatatlas::api
