#include "support/random_history.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "events/event_line.hpp"
#include "events/limits.hpp"
#include "projections/fold.hpp"
#include "projections/query/checks.hpp"
#include "projections/query/product_model.hpp"
#include "support/random_event.hpp"

namespace threatatlas::testing {
namespace {

template <class Map>
auto random_key_of(Random& random, const Map& map) {
    auto entry = map.begin();
    std::advance(entry, static_cast<std::ptrdiff_t>(random.below(map.size())));
    return entry->first;
}

template <class Status>
Status another(Random& random, Status current) {
    for (;;) {
        const auto status = random_name<Status>(random);
        if (status != current) {
            return status;
        }
    }
}

// Picks from a small set, so that several products share an external_id.
std::string_view random_external_id(Random& random) {
    static constexpr std::array<std::string_view, 6> external_ids{"shop",         "shop", "shop 2",
                                                                  "Sh\"op\"\n漢", "sho",  ""};
    return random.pick(external_ids);
}

// Usually the next id, sometimes a much higher one, as clients may choose.
std::uint64_t random_new_id(Random& random, std::uint64_t& last) {
    const bool leaps = random.chance(5) && last < events::limits::chosen_id_max / 2;
    last += leaps ? random.between(2, 1'000'000) : 1;
    return last;
}

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed, Options options)
    : random_(seed), options_(options) {
    state_.time = base::Instant{std::chrono::seconds{1'700'000'000}};
}

std::vector<events::Event> RandomHistory::next_transaction() {
    before_ = state_;
    if (options_.with_checks) {
        fold_last();
    }
    state_.time += std::chrono::microseconds{
        random_.chance(20) ? 1 : static_cast<std::int64_t>(random_.between(1, 3'600'000'000))};
    if (random_.chance(2)) {
        // To the last microsecond of a day, its end, or the first one after it.
        state_.time = base::end_of(base::day_of(state_.time)) +
                      std::chrono::microseconds{static_cast<std::int64_t>(random_.below(3)) - 1};
    }

    ProductId product_id = 0;
    std::vector<events::EventData> changes;
    const bool may_register = state_.last_product_id < options_.products_max;
    if (state_.products.empty() && !may_register) {
        changes.push_back(random_token_change());
    } else if (state_.products.empty() || (may_register && random_.chance(2))) {
        product_id = ++state_.last_product_id;
        state_.products[product_id];
        events::ProductRegistered registered{random_product_texts(random_)};
        if (options_.shares_external_ids) {
            registered.texts.set(events::ProductField::external_id, random_external_id(random_));
        }
        changes.emplace_back(std::move(registered));
    } else if (options_.with_tokens && random_.chance(3)) {
        changes.push_back(random_token_change());
    } else if (options_.with_policies && random_.chance(6)) {
        changes.push_back(random_policy_change());
    } else {
        product_id = random_key_of(random_, state_.products);
        Product& product = state_.products.at(product_id);
        // The first one that is archived has a policy, so that each long history has such a one.
        const bool may_be_archived =
            state_.products.size() > 1 &&
            (!options_.with_policies || state_.has_archived || !product.policy.empty());
        if (may_be_archived && random_.below(400) == 0) {
            state_.has_archived = true;
            state_.products.erase(product_id);
            changes.emplace_back(events::ProductArchived{});
        } else if (options_.with_policies && random_.chance(6)) {
            changes.push_back(random_governance(product));
        } else if (auto check = options_.with_checks && random_.chance(20)
                                    ? random_check(product_id, product)
                                    : std::nullopt) {
            changes.push_back(*std::move(check));
        } else {
            auto count = random_.chance(60)   ? 1
                         : random_.chance(75) ? random_.between(2, 5)
                                              : random_.between(6, 40);
            for (; count > 0; --count) {
                changes.push_back(random_change(product));
            }
        }
    }

    std::vector<events::Event> events;
    for (events::EventData& change : changes) {
        events::Event event = random_envelope(random_);
        event.position = ++state_.position;
        event.time = state_.time;
        event.product_id = product_id;
        event.data = std::move(change);
        events.push_back(std::move(event));
    }
    if (options_.with_checks) {
        last_ = events;
    }
    return events;
}

void RandomHistory::take_back() {
    state_ = before_;
    last_.clear();
}

void RandomHistory::fold_last() {
    if (!tables_) {
        tables_ = std::make_unique<projections::MemoryTables>();
    }
    for (const events::Event& event : last_) {
        projections::fold(*tables_, event);
    }
    projections::settle_coverage(*tables_);
    last_.clear();
}

// nullopt if its question would be refused.
std::optional<events::EventData> RandomHistory::random_check(ProductId id, Product& product) {
    events::GateChecked check = testing::random_check(random_);
    static const std::array<std::string, 5> policies{"", "", "none", "web", "internal"};
    check.question.policy = random_.pick(policies);
    const query::FindPolicy find = [&](const std::string& name) {
        const projections::PolicyVersion* const version = tables_->policy(name);
        return version == nullptr ? std::nullopt : std::optional(*version);
    };
    try {
        const query::ProductAt now = query::product_at(id, tables_->find(id)->product, state_.time);
        query::record_answer(check,
                             query::judge_check(now, check.question, state_.time, find,
                                                query::rated_threats(*tables_, id, now.posture)));
    } catch (const query::PolicyRefused&) {
        return std::nullopt;
    }
    check.check_id = ++product.last_check_id;
    return check;
}

events::EventData RandomHistory::random_change(Product& product) {
    for (;;) {
        if (random_.chance(4)) {
            events::ProductDescribed described{random_product_changes(random_)};
            if (options_.shares_external_ids && random_.chance(50)) {
                described.changes.set(events::ProductField::external_id,
                                      random_external_id(random_));
            }
            return described;
        }
        if (options_.with_imports && random_.chance(3)) {
            return random_import(product);
        }
        if (options_.with_acceptances && !product.threats.empty() && random_.chance(12)) {
            if (auto change = random_acceptance_change(product)) {
                return std::move(*change);
            }
        }
        auto change =
            random_.chance(55) ? random_threat_change(product) : random_mitigation_change(product);
        if (change) {
            return std::move(*change);
        }
    }
}

events::EventData RandomHistory::random_import(const Product& product) {
    static constexpr std::array<std::string_view, 3> sources{"web", "web 2", "we\"b\n漢"};
    const auto some_of = [this](const auto& objects) {
        std::vector<std::uint64_t> ids;
        for (const auto& [id, object] : objects) {
            if (random_.chance(40)) {
                ids.push_back(id);
            }
        }
        return ids;
    };
    const auto threats = some_of(product.threats);
    return testing::random_import(random_, random_.pick(sources), threats,
                                  some_of(product.mitigations));
}

std::optional<events::EventData> RandomHistory::random_acceptance_change(Product& product) {
    if (product.acceptances.empty() || random_.chance(35)) {
        return request(product);
    }
    const AcceptanceId id = random_key_of(random_, product.acceptances);
    Acceptance& acceptance = product.acceptances.at(id);
    switch (acceptance.state) {
        case Acceptance::State::requested:
            return decide(product, id);
        case Acceptance::State::approved:
            acceptance.state = Acceptance::State::ended;
            return events::AcceptanceRevoked{id, random_text(random_, 10)};
        case Acceptance::State::ended:
            break;
    }
    return std::nullopt;
}

events::EventData RandomHistory::request(Product& product) {
    auto request = random_request(random_, random_threats(product));
    request.acceptance_id = random_new_id(random_, product.last_acceptance_id);
    request.valid_until =
        base::day_of(state_.time) + std::chrono::days{static_cast<std::int64_t>(random_.below(6))};
    if (!product.mitigations.empty() && random_.chance(40)) {
        std::set<MitigationId> controls;
        for (auto count = random_.between(1, 2); count > 0; --count) {
            controls.insert(random_key_of(random_, product.mitigations));
        }
        request.while_mitigations.assign(controls.begin(), controls.end());
    }
    // Mostly the newest that can be replaced, sometimes one that cannot.
    if (!product.acceptances.empty() && random_.chance(40)) {
        const auto newest = std::find_if(
            product.acceptances.rbegin(), product.acceptances.rend(),
            [](const auto& entry) { return entry.second.state == Acceptance::State::approved; });
        request.replaces = newest != product.acceptances.rend() && random_.chance(80)
                               ? newest->first
                               : random_key_of(random_, product.acceptances);
    }
    product.acceptances[request.acceptance_id] = {Acceptance::State::requested,
                                                  request.threat_ids.size(), request.replaces,
                                                  request.valid_until};
    return request;
}

events::EventData RandomHistory::decide(Product& product, AcceptanceId id) {
    Acceptance& acceptance = product.acceptances.at(id);
    if (random_.chance(20)) {
        acceptance.state = Acceptance::State::ended;
        return random_.chance(50)
                   ? events::EventData(events::AcceptanceRejected{id, random_text(random_, 10)})
                   : events::EventData(events::AcceptanceWithdrawn{id});
    }
    acceptance.state = Acceptance::State::approved;
    if (acceptance.replaces != 0) {
        Acceptance& replaced = product.acceptances.at(acceptance.replaces);
        if (replaced.state == Acceptance::State::approved &&
            replaced.last_day >= base::day_of(state_.time)) {
            replaced.state = Acceptance::State::ended;
        }
    }
    auto approval = random_approval(random_, acceptance.threats);
    approval.acceptance_id = id;
    return approval;
}

std::optional<events::EventData> RandomHistory::random_threat_change(Product& product) {
    const bool crowded = product.threats.size() > options_.threats_wanted;
    if (product.threats.empty() || (!crowded && random_.chance(30))) {
        return identify(product);
    }
    const ThreatId id = random_key_of(random_, product.threats);
    if (random_.chance(crowded ? 30 : 6)) {
        product.threats.erase(id);
        return events::ThreatRemoved{id};
    }
    switch (random_.below(3)) {
        case 0:
            return events::ThreatScored{id, random_scoring(random_)};
        case 1: {
            events::ThreatStatus& status = product.threats.at(id);
            const events::ThreatStatus from = status;
            status = another(random_, from);
            return events::ThreatStatusChanged{id, status, from};
        }
        default: {
            // In half of the cases, moves the threat to another element or diagram.
            events::ThreatDescribed described{id, {}};
            if (random_.chance(50)) {
                described.changes =
                    random_changes<events::ThreatField, events::threat_field_count>(random_);
            }
            if (described.changes.empty() || random_.chance(30)) {
                described.changes.set(events::ThreatField::element_id, random_element_id());
            }
            if (random_.chance(40)) {
                described.changes.set(events::ThreatField::diagram, random_diagram());
            }
            return described;
        }
    }
}

std::optional<events::EventData> RandomHistory::random_mitigation_change(Product& product) {
    const bool crowded = product.mitigations.size() > options_.threats_wanted;
    if (product.mitigations.empty() || (!crowded && random_.chance(25))) {
        return propose(product);
    }
    const MitigationId id = random_key_of(random_, product.mitigations);
    if (random_.chance(crowded ? 30 : 6)) {
        product.mitigations.erase(id);
        return events::MitigationRemoved{id};
    }
    Mitigation& mitigation = product.mitigations.at(id);
    switch (random_.below(5)) {
        case 0:
            return events::MitigationDescribed{
                id,
                random_changes<events::MitigationField, events::mitigation_field_count>(random_)};
        case 1:
        case 2: {
            const events::MitigationStatus from = mitigation.status;
            mitigation.status = another(random_, from);
            return events::MitigationStatusChanged{id, mitigation.status, from};
        }
        default:
            mitigation.scope = random_rescope(product, mitigation.scope);
            return events::MitigationLinked{id, mitigation.scope};
    }
}

events::EventData RandomHistory::identify(Product& product) {
    events::ThreatIdentified identified;
    identified.threat_id = random_new_id(random_, product.last_threat_id);
    identified.texts = random_texts<events::ThreatField, events::threat_field_count>(random_);
    identified.texts.set(events::ThreatField::diagram, random_diagram());
    identified.texts.set(events::ThreatField::element_id, random_element_id());
    identified.scoring = random_scoring(random_);
    identified.status = random_.chance(60) ? events::ThreatStatus::identified
                                           : random_name<events::ThreatStatus>(random_);
    product.threats[identified.threat_id] = identified.status;
    return identified;
}

events::EventData RandomHistory::propose(Product& product) {
    events::MitigationProposed proposed;
    proposed.mitigation_id = random_new_id(random_, product.last_mitigation_id);
    proposed.texts = random_texts<events::MitigationField, events::mitigation_field_count>(random_);
    proposed.status = random_name<events::MitigationStatus>(random_);
    proposed.scope = random_scope(product);
    product.mitigations[proposed.mitigation_id] = {proposed.status, proposed.scope};
    return proposed;
}

events::EventData RandomHistory::random_token_change() {
    auto& live = state_.live_tokens;
    if (!live.empty() && random_.chance(40)) {
        const auto at = live.begin() + static_cast<std::ptrdiff_t>(random_.below(live.size()));
        const TokenId id = *at;
        live.erase(at);
        return events::TokenRevoked{id};
    }
    events::TokenIssued token;
    token.token_id = ++state_.last_token_id;
    token.name = random_text(random_, 20);
    token.role = random_name<events::Role>(random_);
    if (random_.chance(50) && state_.last_product_id > 0) {
        std::set<ProductId> ids;
        for (auto count = random_.between(1, 3); count > 0; --count) {
            ids.insert(random_.between(1, state_.last_product_id));
        }
        token.product_ids.emplace(ids.begin(), ids.end());
    }
    if (random_.chance(50)) {
        token.expires_at =
            state_.time + std::chrono::seconds{static_cast<std::int64_t>(random_.below(100'000))};
    }
    token.prefix = "ta_x" + std::to_string(token.token_id);
    token.sha256.assign(64, "0123456789abcdef"[token.token_id % 16]);
    live.push_back(token.token_id);
    return token;
}

// Names of which one begins with another.
events::EventData RandomHistory::random_policy_change() {
    static const std::array<std::string, 3> names{"web", "web-2", "internal"};
    const std::string& name = random_.pick(names);
    Policy& policy = state_.policies[name];
    const bool is_used =
        std::any_of(state_.products.begin(), state_.products.end(),
                    [&](const auto& entry) { return entry.second.policy == name; });
    if (policy.version > 0 && !policy.removed && !is_used && random_.chance(40)) {
        policy.removed = true;
        return events::PolicyRemoved{name};
    }
    policy.removed = false;
    policy.version += 1;
    return events::PolicyDefined{name, policy.version, random_definition()};
}

// Limits that the counts and ages of a short history reach, and a first day that is near.
events::Policy RandomHistory::random_definition() {
    const auto near_day = [this] {
        return base::day_of(state_.time) +
               std::chrono::days{static_cast<std::int64_t>(random_.below(11)) - 5};
    };
    events::Policy policy;
    policy.texts = random_texts<events::PolicyField, events::policy_field_count>(random_);
    policy.honours_acceptances = random_.chance(75);
    if (policy.honours_acceptances && random_.chance(30)) {
        policy.acceptance_days_max = random_.between(1, 366);
    }
    if (random_.chance(50)) {
        policy.effective_from = near_day();
    }
    const auto wanted = random_.between(1, random_.chance(20) ? 12 : 4);
    // Rules that contradict those before them are left out.
    for (std::uint64_t tried = 0; tried < wanted || policy.rules.empty(); ++tried) {
        events::PolicyRule rule;
        rule.kind = random_name<events::RuleKind>(random_);
        rule.mode = random_.chance(65) ? events::RuleMode::fail : events::RuleMode::warn;
        if (events::has_severity(rule.kind)) {
            rule.severity = random_name<events::Severity>(random_);
        }
        if (rule.kind == events::RuleKind::min_mitigation_ratio) {
            rule.ratio.units = random_.chance(20) ? random_.below(events::Ratio::one + 1)
                                                  : random_.below(11) * (events::Ratio::one / 10);
        } else {
            rule.limit = random_.below(random_.chance(50) ? 3 : 12);
        }
        policy.rules.push_back(rule);
        if (events::fault_of_policy(policy)) {
            policy.rules.pop_back();
        }
    }
    return policy;
}

events::EventData RandomHistory::random_governance(Product& product) {
    std::vector<std::string> choices;  // other policies, or none
    for (const auto& [name, policy] : state_.policies) {
        if (!policy.removed) {
            choices.push_back(name);
        }
    }
    if (!product.policy.empty()) {
        choices.emplace_back();
    }
    if (choices.empty() || random_.chance(40)) {
        return events::ProductReviewed{random_.chance(50) ? random_text(random_, 20)
                                                          : std::string()};
    }
    const std::string& choice = random_.pick(choices);
    const bool is_same = choice == product.policy;
    const bool enforced = is_same ? !product.policy_is_enforced : random_.chance(40);
    product.policy = choice;
    product.policy_is_enforced = !choice.empty() && enforced;
    return events::PolicyAssigned{product.policy, product.policy_is_enforced};
}

events::CoverageScope RandomHistory::random_scope(const Product& product) {
    events::CoverageScope scope;
    if (random_.chance(50)) {
        scope.threat_ids = random_threats(product);
    }
    if (scope.threat_ids.empty() || random_.chance(30)) {
        scope.diagram = random_diagram();
        scope.element_id = random_element_id();
    }
    return scope;
}

events::CoverageScope RandomHistory::random_rescope(const Product& product,
                                                    const events::CoverageScope& before) {
    events::CoverageScope scope = before;
    switch (random_.below(5)) {
        case 0:
            return random_scope(product);
        case 1:  // remove all links; only the element remains
            scope.threat_ids.clear();
            return scope;
        case 2:  // keep the old links, including dead ones, and add new ones
            for (const ThreatId id : random_threats(product)) {
                scope.threat_ids.push_back(id);
            }
            std::sort(scope.threat_ids.begin(), scope.threat_ids.end());
            scope.threat_ids.erase(std::unique(scope.threat_ids.begin(), scope.threat_ids.end()),
                                   scope.threat_ids.end());
            return scope;
        case 3:  // remove one link, which may leave only dead ones
            if (scope.threat_ids.size() > 1) {
                scope.threat_ids.erase(scope.threat_ids.begin());
            }
            return scope;
        default:  // move to another element
            scope.diagram = random_diagram();
            scope.element_id = random_element_id();
            return scope;
    }
}

std::vector<ThreatId> RandomHistory::random_threats(const Product& product) {
    std::set<ThreatId> ids;
    if (!product.threats.empty()) {
        for (auto count = random_.between(1, 4); count > 0; --count) {
            ids.insert(random_key_of(random_, product.threats));
        }
    }
    return {ids.begin(), ids.end()};
}

std::string RandomHistory::random_diagram() {
    static const std::array<std::string, 5> diagrams{"", "", "Checkout", "Back office",
                                                     "D \"1\"\n漢"};
    return random_.pick(diagrams);
}

std::string RandomHistory::random_element_id() {
    static const std::array<std::string, 5> element_ids{"", "node-1", "node-2", "flow 3 😀",
                                                        "Checkout"};
    return random_.pick(element_ids);
}

bool append_lines(std::string& out, const std::vector<events::Event>& events) {
    std::string lines;
    for (const events::Event& event : events) {
        const std::size_t begin = lines.size();
        events::append_line(lines, event);
        if (lines.size() - begin > events::limits::line_bytes_max) {
            return false;
        }
        lines += '\n';
    }
    out += lines;
    return true;
}

}  // namespace threatatlas::testing
