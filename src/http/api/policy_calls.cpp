// Policies: definitions, assignment to products, reviews, and what a policy would say.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "commands/json/policy_json.hpp"
#include "http/api/background_call.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/judged_product.hpp"
#include "http/api/moment.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "projections/query/policies.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::api {
namespace {

// The name in the path. The listener refuses targets with invalid escapes.
std::string read_name(const Call& call) {
    std::string name = percent_decoded(call.match.key, false).value();
    if (const auto fault = events::fault_of_policy_name(name)) {
        throw bad_parameter("key", fmt::format("The name of a policy {}.", *fault));
    }
    return name;
}

net::Rejection no_policy(const std::string& name) {
    return net::Rejection(
        {.status = 404,
         .detail = fmt::format("There is no policy {} at that time: it was not defined yet, or it "
                               "was removed.",
                               name)});
}

// No answer about a policy has a tag.
void refuse_conditions(const Call& call) {
    refuse_header(call, "If-Match", "Policies have no tags.");
    refuse_header(call, "If-None-Match", "Policies have no tags.");
}

// Judges the products that the bearer may see by one policy.
class Preview {
  public:
    Preview(const Call& call, const store::ReadView& view, projections::AppliedPolicy policy,
            base::Instant now)
        : call_(call), view_(view), policy_(std::move(policy)), now_(now) {}

    // Writes what the policy says about a product, whichever policy it has. The threats that break
    // a rule are not listed.
    void judge(base::JsonWriter& json, query::ProductAt product) {
        const projections::PolicyAssignment none;
        query::apply_policies(product, none, {}, now_, {});
        product.applied.policies.push_back(policy_);
        if (product.applied.need_threats()) {
            product.applied.threats =
                query::rated_threats(view_, product.id, std::nullopt, product.posture);
            load_baselines(call_, product, now_);
        }
        const projections::Verdict verdict =
            projections::judge(product.posture, {}, product.applied);
        json.begin_object();
        json.key("product_id").number(product.id);
        json.key("product_name").string(product.texts[events::ProductField::name]);
        query::write_verdict_members(json, verdict);
        json.end_object();
        verdict.pass ? ++passing_ : ++failing_;
    }

    std::uint64_t passing() const { return passing_; }
    std::uint64_t failing() const { return failing_; }

  private:
    const Call& call_;
    const store::ReadView& view_;
    const projections::AppliedPolicy policy_;
    const base::Instant now_;
    std::uint64_t passing_ = 0;
    std::uint64_t failing_ = 0;
};

commands::DefinePolicy read_draft(const std::string& body, const std::string& name,
                                  base::Instant now) {
    commands::Item draft = command_json::parse_define_policy(body, name);
    auto change = std::get<commands::DefinePolicy>(std::move(draft.change));
    if (const auto fault = events::fault_of_baseline(change.definition, base::day_of(now))) {
        throw net::Rejection(
            {.status = 422,
             .detail = *fault,
             .errors = {{net::ProblemError::Place::pointer, "/baseline", *fault}}});
    }
    return change;
}

// The draft in the body or, without one, the policy as it is; without its baseline.
projections::AppliedPolicy policy_to_preview(const Call& call, const store::ReadView& view,
                                             base::Instant now) {
    const std::string name = read_name(call);
    auto version = query::policy_at(view, name, std::nullopt);
    const bool exists = version && !version->removed;
    if (!call.body_held->empty()) {
        return {name, version ? version->version + 1 : 1, false,
                std::make_shared<const events::Policy>(
                    read_draft(*call.body_held, name, now).definition)};
    }
    if (!exists) {
        throw no_policy(name);
    }
    return {name, version->version, false,
            std::make_shared<const events::Policy>(std::move(version->definition))};
}

}  // namespace

void list_policies(Call& call) {
    const query::Moment moment =
        moment_of(call, RequestQuery(call.query, {"as_of", "at_position"}));
    const store::ReadView view = call.read_view();
    std::string body;
    base::JsonWriter json(body);
    json.begin_array();
    query::scan_policies(view, moment, [&](const query::PolicyView& policy) {
        query::write_policy(json, policy);
        return true;
    });
    json.end_array();
    answer(call.response, std::move(body));
}

void get_policy(Call& call) {
    const std::string name = read_name(call);
    const query::Moment moment =
        moment_of(call, RequestQuery(call.query, {"as_of", "at_position"}));
    const store::ReadView view = call.read_view();
    auto version = query::policy_at(view, name, moment);
    if (!version || version->removed) {
        throw no_policy(name);
    }
    std::string body;
    base::JsonWriter json(body);
    query::write_policy(
        json, {name, *std::move(version)},
        moment ? std::nullopt : std::optional(query::count_policy_users(view, name)));
    answer(call.response, std::move(body));
}

void put_policy(Call& call) {
    const std::string name = read_name(call);
    refuse_conditions(call);
    submit_item(call, read_json_body(call), [&](std::string_view body) {
        return command_json::parse_define_policy(body, name);
    });
}

void delete_policy(Call& call) {
    std::string name = read_name(call);
    refuse_conditions(call);
    submit_removal(call, commands::RemovePolicy{std::move(name)});
}

void preview_policy(Call& call) {
    if (call.parked == nullptr) {
        call.body_held = std::make_shared<const std::string>(read_optional_json_body(call));
        take_no_parameters(call);
        answer_long_read(call);
        return;
    }
    const store::ReadView view = call.read_view();
    const base::Instant now = call.engine().sequencer().now();
    projections::AppliedPolicy policy = policy_to_preview(call, view, now);
    policy.since = query::own_baseline(policy, now);
    if (policy.since && *policy.since < now) {
        require_final(*policy.since, call.engine());
    }
    Preview preview(call, view, std::move(policy), now);
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    json.key("products").begin_array();
    query::scan_products(view, 0, [&](ProductId id) {
        auto product = call.bearer().sees(id) ? query::product_now(view, id, now) : std::nullopt;
        if (product && !product->archived) {
            preview.judge(json, *std::move(product));
        }
        return true;
    });
    json.end_array();
    json.key("passing").number(preview.passing());
    json.key("failing").number(preview.failing());
    json.end_object();
    answer(call.response, std::move(body));
}

void put_product_policy(Call& call) {
    require_registered(call);
    submit_item(call, read_json_body(call), command_json::parse_assign_policy);
}

void post_review(Call& call) {
    require_registered(call);
    submit_item(call, read_optional_json_body(call), command_json::parse_review);
}

}  // namespace threatatlas::api
