#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.hpp"
#include "commands/json/command_json.hpp"
#include "events/text.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/moment.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/views.hpp"

namespace threatatlas {
namespace {

Rejection no_object(const Call& call, std::string_view kind) {
    return Rejection({.status = 404,
                      .detail = fmt::format("Product {} has no {} {} at that moment.",
                                            call.product_id(), kind, call.object_id())});
}

// The values that a list is narrowed down to, each one of `names`; empty = all.
std::vector<std::string_view> read_choices(const RequestQuery& query, std::string_view parameter,
                                           std::span<const std::string_view> names,
                                           std::string_view extra = {}) {
    auto choices = query.list(parameter);
    for (const std::string_view choice : choices) {
        const bool known = std::find(names.begin(), names.end(), choice) != names.end() ||
                           (!extra.empty() && choice == extra);
        if (!known) {
            std::vector<std::string_view> all(names.begin(), names.end());
            if (!extra.empty()) {
                all.push_back(extra);
            }
            const std::string_view meant = nearest_name(choice, all);
            throw bad_parameter(
                parameter, fmt::format("{}Give one or more of these, separated by commas: {}.",
                                       meant.empty() ? "" : fmt::format("Did you mean {}? ", meant),
                                       fmt::join(all, ", ")));
        }
    }
    return choices;
}

bool is_chosen(const std::vector<std::string_view>& choices, std::string_view value) {
    return choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end();
}

constexpr std::string_view unscored = "unscored";

// A text that a list of products is narrowed down to.
std::optional<std::string> read_wanted(const RequestQuery& query, ProductField field) {
    const std::string_view parameter = name_of(field);
    const auto text = query.text(parameter);
    return text ? std::optional(checked_text(*text, parameter, points_max_of(parameter)))
                : std::nullopt;
}

struct ProductFilter {
    explicit ProductFilter(const RequestQuery& query)
        : name(read_wanted(query, ProductField::name)),
          external_id(read_wanted(query, ProductField::external_id)),
          statuses(read_choices(query, "status", product_statuses())) {}

    bool takes(const ProductTexts& texts) const {
        return (!name || texts[ProductField::name] == *name) &&
               (!external_id || texts[ProductField::external_id] == *external_id) &&
               is_chosen(statuses, texts[ProductField::status]);
    }

    std::optional<std::string> name;
    std::optional<std::string> external_id;
    std::vector<std::string_view> statuses;
};

struct ThreatFilter {
    explicit ThreatFilter(const RequestQuery& query)
        : severities(read_choices(query, "severity", names_of<Severity>(), unscored)),
          statuses(read_choices(query, "status", names_of<ThreatStatus>())),
          diagram(query.text("diagram")),
          covered(query.boolean("covered")) {}

    bool takes(const Threat& threat) const {
        const auto severity = threat.scoring.severity;
        return is_chosen(severities, severity ? name_of(*severity) : unscored) &&
               is_chosen(statuses, name_of(threat.status)) &&
               (!diagram || threat.texts[ThreatField::diagram] == *diagram);
    }

    std::vector<std::string_view> severities;
    std::vector<std::string_view> statuses;
    std::optional<std::string_view> diagram;
    std::optional<bool> covered;
};

struct MitigationFilter {
    explicit MitigationFilter(const RequestQuery& query)
        : statuses(read_choices(query, "status", names_of<MitigationStatus>())),
          diagram(query.text("diagram")) {}

    bool takes(const Mitigation& mitigation) const {
        return is_chosen(statuses, name_of(mitigation.status)) &&
               (!diagram || mitigation.scope.diagram == *diagram);
    }

    std::vector<std::string_view> statuses;
    std::optional<std::string_view> diagram;
};

Moment moment_of(const Call& call, const RequestQuery& query) {
    Engine& engine = call.engine();
    return resolve_moment(parse_moment(query, engine.sequencer().now()), engine);
}

// The moment of a single object's call, which takes no other parameters.
Moment read_only_moment(const Call& call) {
    return judged(call, [&] {
        return moment_of(call, RequestQuery(call.query, {"as_of", "at_position"}));
    });
}

void answer_object(Call& call, const ProductAt& product, std::string body) {
    if (!answered_not_modified(
            call.request, call.response,
            state_tag(call.engine().log_epoch(), {product.version, product.state_id}))) {
        answer(call.response, std::move(body));
    }
}

}  // namespace

void list_products(Call& call) {
    const RequestQuery query(
        call.query, {"name", "external_id", "status", "limit", "after", "as_of", "at_position"});
    const ProductFilter filter(query);
    const PageAsked asked = read_page(query);
    const Moment moment = moment_of(call, query);
    const ReadView view(call.engine().store());
    ListPage page(asked);
    const auto visit = [&](ProductId id) {
        if (!call.bearer().sees(id)) {
            return true;
        }
        const auto product = product_at(view, id, moment);
        if (!product || product->archived || !filter.takes(product->texts)) {
            return true;
        }
        if (!page.takes_more()) {
            return false;
        }
        write_product(page.next(id), *product);
        return true;
    };
    // The index knows who has an external_id now; the past, and names, are looked for.
    if (filter.external_id && !moment) {
        scan_products_with(view, *filter.external_id, asked.after, visit);
    } else {
        scan_products(view, asked.after, visit);
    }
    page.finish(call, query);
}

void get_product(Call& call) {
    const Moment moment = read_only_moment(call);
    const ReadView view(call.engine().store());
    const ProductAt product = require_product(view, call.product_id(), moment);
    std::string body;
    JsonWriter json(body);
    write_product(json, product);
    answer_object(call, product, std::move(body));
}

void list_threats(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"severity", "status", "diagram", "covered", "limit",
                                              "after", "as_of", "at_position"});
        const ThreatFilter filter(query);
        const PageAsked asked = read_page(query);
        const Moment moment = moment_of(call, query);
        const ReadView view(call.engine().store());
        require_product(view, call.product_id(), moment);
        ListPage page(asked);
        scan_threats(
            view, call.product_id(), moment, asked.after,
            [&](const Threat& threat) { return filter.takes(threat); }, filter.covered,
            [&](const ThreatView& shown) {
                if (!page.takes_more()) {
                    return false;
                }
                write_threat(page.next(shown.id), call.product_id(), shown);
                return true;
            });
        page.finish(call, query);
    };
    judged(call, run);
}

void get_threat(Call& call) {
    const Moment moment = read_only_moment(call);
    const ReadView view(call.engine().store());
    const ProductAt product = require_product(view, call.product_id(), moment);
    const auto threat = threat_at(view, call.product_id(), call.object_id(), moment);
    if (!threat) {
        throw no_object(call, "threat");
    }
    std::string body;
    JsonWriter json(body);
    write_threat(json, call.product_id(), *threat);
    answer_object(call, product, std::move(body));
}

void list_mitigations(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query,
                                 {"status", "diagram", "limit", "after", "as_of", "at_position"});
        const MitigationFilter filter(query);
        const PageAsked asked = read_page(query);
        const Moment moment = moment_of(call, query);
        const ReadView view(call.engine().store());
        require_product(view, call.product_id(), moment);
        ListPage page(asked);
        scan_mitigations(
            view, call.product_id(), moment, asked.after,
            [&](const Mitigation& mitigation) { return filter.takes(mitigation); },
            [&](const MitigationView& shown) {
                if (!page.takes_more()) {
                    return false;
                }
                write_mitigation(page.next(shown.id), call.product_id(), shown);
                return true;
            });
        page.finish(call, query);
    };
    judged(call, run);
}

void get_mitigation(Call& call) {
    const Moment moment = read_only_moment(call);
    const ReadView view(call.engine().store());
    const ProductAt product = require_product(view, call.product_id(), moment);
    const auto mitigation = mitigation_at(view, call.product_id(), call.object_id(), moment);
    if (!mitigation) {
        throw no_object(call, "mitigation");
    }
    std::string body;
    JsonWriter json(body);
    write_mitigation(json, call.product_id(), *mitigation);
    answer_object(call, product, std::move(body));
}

}  // namespace threatatlas
