// Risk acceptances: requests, decisions and lists.

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "commands/json/command_json.hpp"
#include "events/limits.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/moment.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "projections/query/acceptances.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::api {
namespace {

struct AcceptanceFilter {
    explicit AcceptanceFilter(const RequestQuery& query)
        : states(query.choices("state", query::acceptance_status_names())) {
        constexpr std::string_view expires_before = "expires_before";
        if (query.has("threat_id")) {
            threat_id = query.number("threat_id", 1, events::limits::id_max);
        }
        if (const auto text = query.text(expires_before)) {
            before = base::parse_day(*text);
            if (!before) {
                throw bad_parameter(expires_before, "Give a date, such as 2027-01-31.");
            }
        }
    }

    bool takes(const query::AcceptanceView& view) const {
        const projections::Acceptance& acceptance = view.acceptance;
        return is_chosen(states, query::name_of(view.status)) &&
               (!before || acceptance.last_day < *before) &&
               (!threat_id || std::binary_search(acceptance.threat_ids.begin(),
                                                 acceptance.threat_ids.end(), *threat_id));
    }

    std::vector<std::string_view> states;
    std::optional<ThreatId> threat_id;
    std::optional<base::Day> before;
};

// The position in a list across products: after this acceptance of this product.
struct Place {
    ProductId product = 0;
    AcceptanceId acceptance = 0;
};

Place read_place(const RequestQuery& query) {
    constexpr std::string_view after = "after";
    const auto text = query.text(after);
    Place place;
    if (!text) {
        return place;
    }
    const char* const end = text->data() + text->size();
    const auto product = std::from_chars(text->data(), end, place.product);
    const bool has_dash = product.ec == std::errc{} && product.ptr != end && *product.ptr == '-';
    const auto acceptance =
        has_dash ? std::from_chars(product.ptr + 1, end, place.acceptance) : product;
    const bool is_place = has_dash && acceptance.ec == std::errc{} && acceptance.ptr == end &&
                          place.product <= events::limits::id_max &&
                          place.acceptance <= events::limits::id_max;
    if (!is_place) {
        throw bad_parameter(after, "Give the value from the link to the next page.");
    }
    return place;
}

void take_step(Call& call, commands::AcceptanceAction action) {
    require_registered(call);
    submit_item(call, read_optional_json_body(call), [&](std::string_view body) {
        return command_json::parse_step_acceptance(body, call.object_id(), action);
    });
}

}  // namespace

void list_acceptances(Call& call) {
    judged(call, [&] {
        const RequestQuery query(call.query, {"state", "threat_id", "expires_before", "limit",
                                              "after", "as_of", "at_position"});
        const AcceptanceFilter filter(query);
        const PageAsked asked = read_page(query);
        const query::Moment moment = moment_of(call, query);
        const store::ReadView view = call.read_view();
        const base::Instant now = call.engine().sequencer().now();
        require_product(view, call.product_id(), moment, now);
        ListPage page(asked);
        query::scan_acceptances(view, call.product_id(), moment, now, asked.after,
                                [&](const query::AcceptanceView& shown) {
                                    if (!filter.takes(shown)) {
                                        return true;
                                    }
                                    if (!page.takes_more()) {
                                        return false;
                                    }
                                    query::write_acceptance(page.next(shown.id), call.product_id(),
                                                            shown);
                                    return true;
                                });
        page.finish(call, query);
    });
}

void list_all_acceptances(Call& call) {
    const RequestQuery query(call.query,
                             {"state", "expires_before", "limit", "after", "as_of", "at_position"});
    const AcceptanceFilter filter(query);
    const Place after = read_place(query);
    const query::Moment moment = moment_of(call, query);
    const store::ReadView view = call.read_view();
    const base::Instant now = call.engine().sequencer().now();
    ListPage page({.after = 0, .limit = read_page_limit(query)});
    Place last;
    bool has_room = true;
    const auto visit = [&](ProductId id) {
        const auto product =
            call.bearer().sees(id) ? query::product_at(view, id, moment, now) : std::nullopt;
        if (!product || product->archived || !product->posture.had_acceptances) {
            return true;
        }
        query::scan_acceptances(view, id, moment, now, id == after.product ? after.acceptance : 0,
                                [&](const query::AcceptanceView& shown) {
                                    if (!filter.takes(shown)) {
                                        return true;
                                    }
                                    has_room = page.takes_more();
                                    if (has_room) {
                                        query::write_acceptance(page.next(shown.id), id, shown);
                                        last = {id, shown.id};
                                    }
                                    return has_room;
                                });
        return has_room;
    };
    query::scan_products(view, after.product == 0 ? 0 : after.product - 1, visit);
    page.finish(call, query,
                [&](std::uint64_t) { return fmt::format("{}-{}", last.product, last.acceptance); });
}

void get_acceptance(Call& call) {
    const query::Moment moment = judged(call, [&] {
        return moment_of(call, RequestQuery(call.query, {"as_of", "at_position"}));
    });
    const store::ReadView view = call.read_view();
    const base::Instant now = call.engine().sequencer().now();
    require_product(view, call.product_id(), moment, now);
    const auto acceptance =
        query::acceptance_at(view, call.product_id(), call.object_id(), moment, now);
    if (!acceptance) {
        throw no_object(call, "acceptance");
    }
    // No ETag: the state changes with the time, without any event.
    std::string body;
    base::JsonWriter json(body);
    query::write_acceptance(json, call.product_id(), *acceptance);
    answer(call.response, std::move(body));
}

void post_acceptance(Call& call) {
    require_registered(call);
    submit_item(call, read_json_body(call), command_json::parse_request_acceptance);
}

void approve_acceptance(Call& call) {
    take_step(call, commands::AcceptanceAction::approve);
}

void reject_acceptance(Call& call) {
    take_step(call, commands::AcceptanceAction::reject);
}

void withdraw_acceptance(Call& call) {
    take_step(call, commands::AcceptanceAction::withdraw);
}

void revoke_acceptance(Call& call) {
    take_step(call, commands::AcceptanceAction::revoke);
}

}  // namespace threatatlas::api
