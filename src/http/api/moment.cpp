#include "http/api/moment.hpp"

#include <charconv>
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

std::optional<Position> parse_position(std::string_view text) {
    Position position = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, position);
    return error == std::errc{} && stopped == end ? std::optional(position) : std::nullopt;
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

// `time` is of a position, and nullopt if the log ends before it.
base::Instant require_time(std::string_view name, std::optional<base::Instant> time,
                           const Call& call) {
    if (!time) {
        throw bad_parameter(name, fmt::format("The log ends at position {}.",
                                              call.engine().sequencer().end().position));
    }
    return *time;
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
        return require_time("at_position",
                            events::time_at_position(call.read_view(), *asked.at_position), call);
    }
    if (asked.as_of) {
        require_final(*asked.as_of, call.engine());
    }
    return asked.as_of;
}

AskedBaseline parse_baseline(const RequestQuery& query, base::Instant now) {
    constexpr std::string_view name = "baseline";
    constexpr std::string_view position_prefix = "position:";
    const auto text = query.text(name);
    if (!text) {
        return {};
    }
    if (text->starts_with(position_prefix)) {
        const auto position = parse_position(text->substr(position_prefix.size()));
        if (!position) {
            throw bad_parameter(name, "Give a position of the log, such as position:1234.");
        }
        return {.instant = {}, .position = position};
    }
    if (!base::parse_as_of(*text)) {
        throw bad_parameter(name,
                            "Give a time such as 2026-03-31T12:00:00Z, a date such as 2026-03-31, "
                            "or a position of the log such as position:1234.");
    }
    return {.instant = parse_past(name, *text, now).value_or(now), .position = {}};
}

std::optional<base::Instant> resolve_baseline(const AskedBaseline& asked, base::Instant latest,
                                              const Call& call) {
    if (asked.is_empty()) {
        return std::nullopt;
    }
    const base::Instant since =
        asked.instant
            ? *asked.instant
            : require_time("baseline",
                           events::time_of_transaction_at(call.read_view(), *asked.position), call);
    if (since > latest) {
        throw bad_parameter("baseline",
                            fmt::format("It is later than the moment of the question, {}: give an "
                                        "earlier one.",
                                        base::format_instant(latest)));
    }
    if (asked.instant && since < latest) {
        require_final(since, call.engine());
    }
    return since;
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
