#include "http/api/moment.hpp"

#include <limits>

#include <fmt/format.h>

#include "http/api/failure.hpp"
#include "projections/query/timeline.hpp"

namespace threatatlas {
namespace {

Instant require_instant(std::string_view name, const std::optional<Instant>& parsed) {
    if (!parsed) {
        throw bad_parameter(name,
                            "Give a time like 2026-03-31T12:00:00Z, or a date like 2026-03-31.");
    }
    return *parsed;
}

[[noreturn]] void refuse_future(std::string_view name, Instant now) {
    throw bad_parameter(name, fmt::format("It lies in the future: name a time up to now, {}.",
                                          format_instant(now)));
}

// Nothing for the date of today, which is answered as of now.
Moment parse_past(std::string_view name, std::string_view text, Instant now) {
    const Instant instant = require_instant(name, parse_as_of(text));
    if (instant <= now) {
        return instant;
    }
    if (is_date(text) && instant - now < std::chrono::days{1}) {
        return std::nullopt;
    }
    refuse_future(name, now);
}

void require_final(Instant as_of, Engine& engine) {
    if (!engine.sequencer().settle(as_of)) {
        throw NotFinalYet(as_of);
    }
}

Moment moment_at_position(const RequestQuery& query, Engine& engine) {
    const Position position = *query.number("at_position", 0, std::numeric_limits<Position>::max());
    const auto time = time_at_position(ReadView(engine.store()), position);
    if (!time) {
        throw bad_parameter("at_position", fmt::format("The log ends at position {}.",
                                                       engine.sequencer().end().position));
    }
    return time;
}

}  // namespace

Moment read_moment(const RequestQuery& query, Engine& engine) {
    const auto as_of = query.text("as_of");
    if (query.has("at_position")) {
        if (as_of) {
            throw bad_parameter("at_position", "Give either as_of or at_position, not both.");
        }
        return moment_at_position(query, engine);
    }
    if (!as_of) {
        return std::nullopt;
    }
    const Moment moment = parse_past("as_of", *as_of, engine.sequencer().now());
    if (moment) {
        require_final(*moment, engine);
    }
    return moment;
}

AskedRange read_range(const RequestQuery& query, Engine& engine, Instant now) {
    AskedRange range{.from = std::nullopt, .to = now};
    if (const auto to = query.text("to")) {
        range.to = parse_past("to", *to, now).value_or(now);
    }
    if (const auto from = query.text("from")) {
        range.from = require_instant("from", parse_range_start(*from));
        if (*range.from > now) {
            refuse_future("from", now);
        }
        if (*range.from > range.to) {
            throw bad_parameter("from", "It is later than `to`: exchange the two.");
        }
    }
    require_final(range.to, engine);
    return range;
}

ProductAt require_product(const ReadView& view, ProductId product, Moment moment, Instant now) {
    auto found = product_at(view, product, moment, now);
    if (!found) {
        if (const auto registered = registered_at(view, product)) {
            throw Rejection(
                {.status = 404,
                 .detail = fmt::format("Product {} was not there yet: it was registered "
                                       "at {}. Ask for a time from then on.",
                                       product, format_instant(*registered))});
        }
        throw Rejection(no_product(product));
    }
    if (found->archived) {
        throw Rejection({.status = 404,
                         .detail = fmt::format("Product {} was archived at {}. Ask with as_of for "
                                               "a time before.",
                                               product, format_instant(found->recorded_at))});
    }
    return *std::move(found);
}

}  // namespace threatatlas
