#include "commands/item_decider.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "commands/acceptance_decider.hpp"
#include "commands/policy_decider.hpp"
#include "commands/scoring.hpp"
#include "events/limits.hpp"
#include "projections/access.hpp"

namespace threatatlas::commands {
namespace {

/// Removes changes that would set a text to its current value.
template <class Field, std::size_t count>
void keep_real(events::TextChanges<Field, count>& changes,
               const events::Texts<Field, count>& current) {
    for (std::size_t i = 0; i < count; ++i) {
        if (changes.at(i) == current.at(i)) {
            changes.leave_at(i);
        }
    }
}

constexpr const char* held_by_another =
    "Another product has this external_id already: choose another one.";

/// Refuses the item if `from` is given and is not the current status.
template <class Status>
void require_from(const Transaction& transaction, std::optional<Status> from, Status current) {
    if (from && *from != current) {
        transaction.refuse("from", fmt::format("The status is {}, not {}: read it again.",
                                               events::name_of(current), events::name_of(*from)));
    }
}

}  // namespace

void ItemDecider::operator()(RegisterProduct& change) {
    require_free(change.texts[events::ProductField::external_id]);
    register_product(change);
}

void ItemDecider::operator()(EnsureProduct& change) {
    const std::string_view external_id = external_id_of(change);
    const auto holder = overlay_.holder_of(external_id, 0);
    if (!holder) {
        register_product(change.product);
        return;
    }
    if (!sees(*holder)) {
        refuse_key(held_by_another);
    }
    // No command makes a second holder, but an imported log may have one.
    if (overlay_.holder_of(external_id, *holder)) {
        refuse_key(
            fmt::format("Product {} and at least one other have this external_id: the log "
                        "was imported with them. Clear it in all but one.",
                        *holder));
    }
    product_id_ = *holder;
    transaction_.leave_unchanged();
}

void ItemDecider::operator()(DescribeProduct& change) {
    keep_real(change.changes, product().texts);
    require_free(change.changes[events::ProductField::external_id].value_or(""));
    if (!change.changes.empty()) {
        transaction_.emit(product_id_, events::ProductDescribed{std::move(change.changes)});
    }
}

void ItemDecider::operator()(const ArchiveProduct&) {
    transaction_.emit(product_id_, events::ProductArchived{});
}

void ItemDecider::operator()(IdentifyThreat& change) {
    object_id_ = change.threat_id
                     ? *change.threat_id
                     : transaction_.drawn_id(product().last_threat_id, "threat", "threat_id");
    if (overlay_.threat(product_id_, object_id_) != nullptr) {
        transaction_.refuse_conflict(
            "threat_id", fmt::format("Threat {} of this product is, or was, another one: "
                                     "choose an id that was never used, or leave it out.",
                                     object_id_));
    }
    transaction_.require_reason(change.status);
    created_ = true;
    const events::Scoring scored = scoring({}, change.scoring);
    transaction_.emit(product_id_, events::ThreatIdentified{object_id_, std::move(change.texts),
                                                            scored, change.status});
}

void ItemDecider::operator()(ChangeThreat& change) {
    object_id_ = change.threat_id;
    const projections::Threat& threat = transaction_.require_threat(object_id_);
    const events::ThreatStatus status = threat.status;
    require_from(transaction_, change.from, status);
    keep_real(change.changes, threat.texts);
    const events::Scoring after = scoring(threat.scoring, change.scoring);
    const bool is_scored = after != threat.scoring;
    if (!change.changes.empty()) {
        transaction_.emit(product_id_,
                          events::ThreatDescribed{object_id_, std::move(change.changes)});
    }
    if (is_scored) {
        transaction_.emit(product_id_, events::ThreatScored{object_id_, after});
    }
    if (change.status && *change.status != status) {
        transaction_.require_reason(*change.status);
        transaction_.emit(product_id_,
                          events::ThreatStatusChanged{object_id_, *change.status, status});
    }
}

void ItemDecider::operator()(const RemoveThreat& change) {
    static_cast<void>(transaction_.require_threat(change.threat_id));
    transaction_.emit(product_id_, events::ThreatRemoved{change.threat_id});
}

void ItemDecider::operator()(ProposeMitigation& change) {
    object_id_ = change.mitigation_id ? *change.mitigation_id
                                      : transaction_.drawn_id(product().last_mitigation_id,
                                                              "mitigation", "mitigation_id");
    if (overlay_.mitigation(product_id_, object_id_) != nullptr) {
        transaction_.refuse_conflict(
            "mitigation_id", fmt::format("Mitigation {} of this product is, or was, another "
                                         "one: choose an id that was never used, or leave it "
                                         "out.",
                                         object_id_));
    }
    require_threats(change.scope.threat_ids, {});
    created_ = true;
    transaction_.emit(product_id_,
                      events::MitigationProposed{object_id_, std::move(change.texts), change.status,
                                                 std::move(change.scope)});
}

void ItemDecider::operator()(ChangeMitigation& change) {
    object_id_ = change.mitigation_id;
    const projections::Mitigation& mitigation = transaction_.require_mitigation(object_id_);
    const events::MitigationStatus status = mitigation.status;
    require_from(transaction_, change.from, status);
    keep_real(change.changes, mitigation.texts);
    events::CoverageScope after = scope(mitigation.scope, change.scope);
    const bool is_linked = after != mitigation.scope;
    if (!change.changes.empty()) {
        transaction_.emit(product_id_,
                          events::MitigationDescribed{object_id_, std::move(change.changes)});
    }
    if (is_linked) {
        transaction_.emit(product_id_, events::MitigationLinked{object_id_, std::move(after)});
    }
    if (change.status && *change.status != status) {
        transaction_.emit(product_id_,
                          events::MitigationStatusChanged{object_id_, *change.status, status});
    }
}

void ItemDecider::operator()(const RemoveMitigation& change) {
    static_cast<void>(transaction_.require_mitigation(change.mitigation_id));
    transaction_.emit(product_id_, events::MitigationRemoved{change.mitigation_id});
}

void ItemDecider::operator()(const IssueToken& change) {
    for (const ProductId id : change.product_ids.value_or(std::vector<ProductId>{})) {
        if (overlay_.product(id) == nullptr) {
            transaction_.refuse("product_ids", fmt::format("There is no product {}.", id));
        }
    }
    if (change.expires_at && *change.expires_at <= transaction_.judged_at()) {
        transaction_.refuse("expires_at", "expires_at must lie in the future.");
    }
    require_free_token();
    object_id_ = transaction_.drawn_id(overlay_.next_token_id() - 1, "token");
    created_ = true;
    transaction_.emit(
        0, events::TokenIssued{object_id_, change.name, change.role, change.product_ids,
                               change.expires_at, projections::token_prefix(change.secret),
                               base::hex_of(base::sha256(change.secret))});
}

void ItemDecider::operator()(const RevokeToken& change) {
    const projections::Token* token = overlay_.token(change.token_id);
    if (token == nullptr || token->revoked_at) {
        throw Refusal(RefusalKind::not_found,
                      fmt::format("There is no token {}: it never existed, or it was revoked.",
                                  change.token_id));
    }
    if (token->role == events::Role::admin && token->is_live(transaction_.judged_at())) {
        require_lasting_admin(change.token_id, token->expires_at);
    }
    transaction_.emit(0, events::TokenRevoked{change.token_id});
}

void ItemDecider::operator()(RememberImport& change) {
    if (!change.data.threats.empty() || !change.data.mitigations.empty()) {
        transaction_.emit(product_id_, std::move(change.data));
    }
}

void ItemDecider::operator()(RequestAcceptance& change) {
    require_threats(change.threat_ids, {});
    object_id_ = AcceptanceDecider(transaction_, product_id_).request(change);
    created_ = true;
}

void ItemDecider::operator()(StepAcceptance& change) {
    object_id_ = change.acceptance_id;
    AcceptanceDecider(transaction_, product_id_).take_step(change);
}

void ItemDecider::operator()(DefinePolicy& change) {
    created_ = PolicyDecider(transaction_).define(change);
}

void ItemDecider::operator()(const RemovePolicy& change) {
    PolicyDecider(transaction_).remove(change.name);
}

void ItemDecider::operator()(const AssignPolicy& change) {
    PolicyDecider(transaction_).assign(product_id_, change);
}

void ItemDecider::operator()(ReviewProduct& change) {
    transaction_.emit(product_id_, events::ProductReviewed{std::move(change.note)});
}

void ItemDecider::operator()(RecordCheck& change) {
    const projections::Product& row = product();
    const auto* const read = change.threats.get();
    const bool fits =
        read != nullptr && read->position == row.last_position && read->state_id == row.state_id;
    const query::FindPolicy find = [this](const std::string& name) {
        const projections::PolicyVersion* const version = overlay_.policy(name);
        return version == nullptr ? std::nullopt : std::optional(*version);
    };
    auto judged = std::make_shared<query::JudgedCheck>();
    try {
        *judged = query::judge_check(query::product_at(product_id_, row, transaction_.time()),
                                     change.question, transaction_.time(), find,
                                     fits ? std::optional(read->threats) : std::nullopt);
    } catch (const query::PolicyRefused& refused) {
        transaction_.refuse("policy", refused.what());
    }
    if (judged->needs_threats) {
        throw Refusal(RefusalKind::needs_threats,
                      "The product has changed since its threats were read: repeat the request.");
    }
    object_id_ = transaction_.drawn_id(row.last_check_id, "check");
    created_ = true;
    events::GateChecked event;
    event.check_id = object_id_;
    event.question = std::move(change.question);
    event.subject = std::move(change.subject);
    event.ref = std::move(change.ref);
    event.pipeline_url = std::move(change.pipeline_url);
    query::record_answer(event, *judged);
    transaction_.emit(product_id_, std::move(event));
    judged_check_ = std::move(judged);
}

void ItemDecider::register_product(RegisterProduct& change) {
    product_id_ = transaction_.drawn_id(overlay_.next_product_id() - 1, "product");
    created_ = true;
    transaction_.emit(product_id_, events::ProductRegistered{std::move(change.texts)});
}

/// The external_id is the key in the path.
void ItemDecider::refuse_key(const std::string& detail) const {
    throw Refusal(RefusalKind::conflict, detail, {{FieldError::Where::parameter, "key", detail}});
}

/// Requires that revoking an admin token does not shorten the time for which there is an admin:
/// another admin token must last at least as long. `end` is the expiry of the revoked token;
/// nullopt: never.
void ItemDecider::require_lasting_admin(TokenId revoked, std::optional<base::Instant> end) {
    std::optional<base::Instant> longest_end;  // latest expiry of the others
    bool lasts = false;
    overlay_.scan_tokens([&](TokenId id, const projections::Token& other) {
        if (id == revoked || other.role != events::Role::admin || other.product_ids ||
            !other.is_live(transaction_.judged_at())) {
            return;
        }
        lasts |= !other.expires_at || (end && *other.expires_at >= *end);
        longest_end = std::max(longest_end, other.expires_at);
    });
    if (lasts) {
        return;
    }
    if (!longest_end) {
        throw Refusal(RefusalKind::conflict,
                      "This is the last live admin token: issue another one first.");
    }
    throw Refusal(
        RefusalKind::conflict,
        fmt::format("No other admin token lasts as long as this one, {}, and the last of the "
                    "others ends at {}: issue one first that {}.",
                    end ? "until " + base::format_instant(*end) : "which never ends",
                    base::format_instant(*longest_end), end ? "ends no earlier" : "has no end"));
}

/// Refuses the item if there are too many live tokens. Counting reads all tokens and is skipped
/// until that many tokens were issued.
void ItemDecider::require_free_token() {
    if (overlay_.next_token_id() <= events::limits::live_tokens_max) {
        return;
    }
    std::size_t live = 0;
    overlay_.scan_tokens([&](TokenId, const projections::Token& token) {
        live += token.is_live(transaction_.judged_at()) ? 1 : 0;
    });
    if (live >= events::limits::live_tokens_max) {
        transaction_.refuse("name", fmt::format("There are {} live tokens, and there can be no "
                                                "more: revoke some.",
                                                events::limits::live_tokens_max));
    }
}

/// Requires that no other live product has this external_id. The refusal names that product only if
/// the token may see it.
void ItemDecider::require_free(std::string_view external_id) {
    const auto holder =
        external_id.empty() ? std::nullopt : overlay_.holder_of(external_id, product_id_);
    if (!holder) {
        return;
    }
    transaction_.refuse_conflict(
        "external_id", sees(*holder)
                           ? fmt::format("Product {} has this external_id already: choose another "
                                         "one, or clear it there first.",
                                         *holder)
                           : held_by_another);
}

/// Returns true if the token of the command may see the product. The server itself may see all.
bool ItemDecider::sees(ProductId id) {
    const TokenId token_id = transaction_.command().token_id;
    if (token_id == 0) {
        return true;
    }
    const projections::Token* const token = overlay_.token(token_id);
    return token != nullptr &&
           (!token->product_ids ||
            std::binary_search(token->product_ids->begin(), token->product_ids->end(), id));
}

events::Scoring ItemDecider::scoring(const events::Scoring& before,
                                     const ScoringChange& change) const {
    return resolve_scoring(before, change, transaction_.item().pointer);
}

/// Refuses threats that do not exist. A threat that the mitigation already named is accepted even
/// if it has been removed since.
void ItemDecider::require_threats(const std::vector<ThreatId>& wanted,
                                  const std::vector<ThreatId>& before) {
    for (const ThreatId id : wanted) {
        if (std::binary_search(before.begin(), before.end(), id)) {
            continue;
        }
        const projections::Exposure* threat = overlay_.exposure(product_id_, id);
        if (threat == nullptr || threat->removed) {
            transaction_.refuse("threat_ids",
                                fmt::format("Product {} has no threat {}: it never existed, "
                                            "or it was removed.",
                                            product_id_, id));
        }
    }
}

events::CoverageScope ItemDecider::scope(const events::CoverageScope& before,
                                         const ScopeChange& change) {
    events::CoverageScope after = before;
    if (change.threat_ids) {
        require_threats(*change.threat_ids, before.threat_ids);
        after.threat_ids = *change.threat_ids;
    }
    after.diagram = change.diagram.value_or(before.diagram);
    after.element_id = change.element_id.value_or(before.element_id);
    return after;
}

}  // namespace threatatlas::commands
