#include "commands/json/command_json.hpp"
#include "events/text.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/listed_verdicts.hpp"
#include "http/api/moment.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::api {
namespace {

constexpr std::string_view unscored = "unscored";

// Reads a text filter of the list of products.
std::optional<std::string> read_wanted(const RequestQuery& query, events::ProductField field) {
    const std::string_view parameter = events::name_of(field);
    const auto text = query.text(parameter);
    return text ? std::optional(command_json::checked_text(*text, parameter,
                                                           events::points_max_of(parameter)))
                : std::nullopt;
}

struct ProductFilter {
    explicit ProductFilter(const RequestQuery& query)
        : name(read_wanted(query, events::ProductField::name)),
          external_id(read_wanted(query, events::ProductField::external_id)),
          statuses(query.choices("status", events::product_statuses())) {}

    bool takes(const events::ProductTexts& texts) const {
        return (!name || texts[events::ProductField::name] == *name) &&
               (!external_id || texts[events::ProductField::external_id] == *external_id) &&
               is_chosen(statuses, texts[events::ProductField::status]);
    }

    std::optional<std::string> name;
    std::optional<std::string> external_id;
    std::vector<std::string_view> statuses;
};

struct ThreatFilter {
    explicit ThreatFilter(const RequestQuery& query)
        : severities(query.choices("severity", events::names_of<events::Severity>(), unscored)),
          statuses(query.choices("status", events::names_of<events::ThreatStatus>())),
          diagram(query.text("diagram")),
          covered(query.boolean("covered")) {}

    bool takes(const projections::Threat& threat) const {
        const auto severity = threat.scoring.severity;
        return is_chosen(severities, severity ? events::name_of(*severity) : unscored) &&
               is_chosen(statuses, events::name_of(threat.status)) &&
               (!diagram || threat.texts[events::ThreatField::diagram] == *diagram);
    }

    std::vector<std::string_view> severities;
    std::vector<std::string_view> statuses;
    std::optional<std::string_view> diagram;
    std::optional<bool> covered;
};

struct MitigationFilter {
    explicit MitigationFilter(const RequestQuery& query)
        : statuses(query.choices("status", events::names_of<events::MitigationStatus>())),
          diagram(query.text("diagram")) {}

    bool takes(const projections::Mitigation& mitigation) const {
        return is_chosen(statuses, events::name_of(mitigation.status)) &&
               (!diagram || mitigation.scope.diagram == *diagram);
    }

    std::vector<std::string_view> statuses;
    std::optional<std::string_view> diagram;
};

// The moment of a call about a single object, which has no other parameters.
query::Moment read_only_moment(const Call& call) {
    return judged(call, [&] {
        return moment_of(call, RequestQuery(call.query, {"as_of", "at_position"}));
    });
}

void answer_object(Call& call, const query::ProductAt& product, std::string body) {
    if (!answered_not_modified(
            call.request, call.response,
            state_tag(call.engine().log_epoch(), {product.version, product.state_id}))) {
        answer(call.response, std::move(body));
    }
}

}  // namespace

void list_products(Call& call) {
    const RequestQuery query(call.query, {"name", "external_id", "status", "with", "limit", "after",
                                          "as_of", "at_position"});
    const ProductFilter filter(query);
    const bool with_verdicts = reads_with_verdicts(query);
    const PageAsked asked = read_page(query);
    const query::Moment moment = moment_of(call, query);
    const store::ReadView view = call.read_view();
    const base::Instant now = call.engine().sequencer().now();
    ListPage page(asked);
    ListedVerdicts verdicts(call, view, moment, now);
    const auto visit = [&](ProductId id) {
        if (!call.bearer().sees(id)) {
            return true;
        }
        auto product = query::product_at(view, id, moment, now);
        if (!product || product->archived || !filter.takes(product->texts)) {
            return true;
        }
        if (!page.takes_more()) {
            return false;
        }
        if (!with_verdicts) {
            query::write_product(page.next(id), *product);
            return true;
        }
        const auto verdict = verdicts.judge(*product);
        if (!verdict) {
            page.cut_off();
            return false;
        }
        base::JsonWriter& json = page.next(id);
        json.begin_object();
        query::write_product_members(json, *product);
        write_listed_verdict(json.key("verdict"), *product, *verdict);
        json.end_object();
        return true;
    };
    // The index has only the current external_ids. Other queries scan all products.
    if (filter.external_id && !moment) {
        query::scan_products_with(view, *filter.external_id, asked.after, visit);
    } else {
        query::scan_products(view, asked.after, visit);
    }
    page.finish(call, query);
}

void get_product(Call& call) {
    const query::Moment moment = read_only_moment(call);
    const store::ReadView view = call.read_view();
    const query::ProductAt product =
        require_product(view, call.product_id(), moment, call.engine().sequencer().now());
    std::string body;
    base::JsonWriter json(body);
    query::write_product(json, product);
    answer_object(call, product, std::move(body));
}

void list_threats(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query, {"severity", "status", "diagram", "covered", "limit",
                                              "after", "as_of", "at_position"});
        const ThreatFilter filter(query);
        const PageAsked asked = read_page(query);
        const query::Moment moment = moment_of(call, query);
        const store::ReadView view = call.read_view();
        require_product(view, call.product_id(), moment, call.engine().sequencer().now());
        ListPage page(asked);
        query::scan_threats(
            view, call.product_id(), moment, asked.after,
            [&](const projections::Threat& threat) { return filter.takes(threat); }, filter.covered,
            [&](const query::ThreatView& shown) {
                if (!page.takes_more()) {
                    return false;
                }
                query::write_threat(page.next(shown.id), call.product_id(), shown);
                return true;
            });
        page.finish(call, query);
    };
    judged(call, run);
}

void get_threat(Call& call) {
    const query::Moment moment = read_only_moment(call);
    const store::ReadView view = call.read_view();
    const query::ProductAt product =
        require_product(view, call.product_id(), moment, call.engine().sequencer().now());
    const auto threat = query::threat_at(view, call.product_id(), call.object_id(), moment);
    if (!threat) {
        throw no_object(call, "threat");
    }
    std::string body;
    base::JsonWriter json(body);
    query::write_threat(json, call.product_id(), *threat);
    answer_object(call, product, std::move(body));
}

void list_mitigations(Call& call) {
    const auto run = [&] {
        const RequestQuery query(call.query,
                                 {"status", "diagram", "limit", "after", "as_of", "at_position"});
        const MitigationFilter filter(query);
        const PageAsked asked = read_page(query);
        const query::Moment moment = moment_of(call, query);
        const store::ReadView view = call.read_view();
        require_product(view, call.product_id(), moment, call.engine().sequencer().now());
        ListPage page(asked);
        query::scan_mitigations(
            view, call.product_id(), moment, asked.after,
            [&](const projections::Mitigation& mitigation) { return filter.takes(mitigation); },
            [&](const query::MitigationView& shown) {
                if (!page.takes_more()) {
                    return false;
                }
                query::write_mitigation(page.next(shown.id), call.product_id(), shown);
                return true;
            });
        page.finish(call, query);
    };
    judged(call, run);
}

void get_mitigation(Call& call) {
    const query::Moment moment = read_only_moment(call);
    const store::ReadView view = call.read_view();
    const query::ProductAt product =
        require_product(view, call.product_id(), moment, call.engine().sequencer().now());
    const auto mitigation = query::mitigation_at(view, call.product_id(), call.object_id(), moment);
    if (!mitigation) {
        throw no_object(call, "mitigation");
    }
    std::string body;
    base::JsonWriter json(body);
    query::write_mitigation(json, call.product_id(), *mitigation);
    answer_object(call, product, std::move(body));
}

}  // namespace threatatlas::api
