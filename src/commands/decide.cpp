#include "commands/decide.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/low_priority_thread.hpp"
#include "commands/scoring.hpp"
#include "commands/transaction.hpp"
#include "events/limits.hpp"
#include "projections/access.hpp"
#include "projections/fold.hpp"
#include "projections/query/views.hpp"

namespace threatatlas {
namespace {

// From so many on room is made for their rows at once.
constexpr std::size_t many_items = 256;

// Takes those changes out that change nothing.
template <class Field, std::size_t count>
void keep_real(TextChanges<Field, count>& changes, const Texts<Field, count>& current) {
    for (std::size_t i = 0; i < count; ++i) {
        if (changes.at(i) == current.at(i)) {
            changes.leave_at(i);
        }
    }
}

// One overload for each kind of change; together they leave `object_id` with what the answer shows.
// What goes into an event is moved there out of the change.
class Decider {
  public:
    explicit Decider(Transaction& transaction)
        : transaction_(transaction),
          overlay_(transaction.overlay()),
          product_id_(transaction.command().product_id) {}

    void operator()(RegisterProduct& change) {
        require_free(change.texts[ProductField::external_id]);
        product_id_ = transaction_.drawn_id(overlay_.next_product_id() - 1, "product");
        created_ = true;
        transaction_.emit(product_id_, ProductRegistered{std::move(change.texts)});
    }
    void operator()(DescribeProduct& change) {
        keep_real(change.changes, product().texts);
        require_free(change.changes[ProductField::external_id].value_or(""));
        if (!change.changes.empty()) {
            transaction_.emit(product_id_, ProductDescribed{std::move(change.changes)});
        }
    }
    void operator()(const ArchiveProduct&) { transaction_.emit(product_id_, ProductArchived{}); }

    void operator()(IdentifyThreat& change) {
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
        const Scoring scored = scoring({}, change.scoring);
        transaction_.emit(product_id_, ThreatIdentified{object_id_, std::move(change.texts), scored,
                                                        change.status});
    }
    void operator()(ChangeThreat& change) {
        object_id_ = change.threat_id;
        const Threat& threat = transaction_.require_threat(object_id_);
        const ThreatStatus status = threat.status;
        require_from(change.from, status);
        keep_real(change.changes, threat.texts);
        const Scoring after = scoring(threat.scoring, change.scoring);
        const bool is_scored = after != threat.scoring;
        if (!change.changes.empty()) {
            transaction_.emit(product_id_, ThreatDescribed{object_id_, std::move(change.changes)});
        }
        if (is_scored) {
            transaction_.emit(product_id_, ThreatScored{object_id_, after});
        }
        if (change.status && *change.status != status) {
            transaction_.require_reason(*change.status);
            transaction_.emit(product_id_, ThreatStatusChanged{object_id_, *change.status, status});
        }
    }
    void operator()(const RemoveThreat& change) {
        static_cast<void>(transaction_.require_threat(change.threat_id));
        transaction_.emit(product_id_, ThreatRemoved{change.threat_id});
    }

    void operator()(ProposeMitigation& change) {
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
        transaction_.emit(product_id_, MitigationProposed{object_id_, std::move(change.texts),
                                                          change.status, std::move(change.scope)});
    }
    void operator()(ChangeMitigation& change) {
        object_id_ = change.mitigation_id;
        const Mitigation& mitigation = transaction_.require_mitigation(object_id_);
        const MitigationStatus status = mitigation.status;
        require_from(change.from, status);
        keep_real(change.changes, mitigation.texts);
        CoverageScope after = scope(mitigation.scope, change.scope);
        const bool is_linked = after != mitigation.scope;
        if (!change.changes.empty()) {
            transaction_.emit(product_id_,
                              MitigationDescribed{object_id_, std::move(change.changes)});
        }
        if (is_linked) {
            transaction_.emit(product_id_, MitigationLinked{object_id_, std::move(after)});
        }
        if (change.status && *change.status != status) {
            transaction_.emit(product_id_,
                              MitigationStatusChanged{object_id_, *change.status, status});
        }
    }
    void operator()(const RemoveMitigation& change) {
        static_cast<void>(transaction_.require_mitigation(change.mitigation_id));
        transaction_.emit(product_id_, MitigationRemoved{change.mitigation_id});
    }

    void operator()(const IssueToken& change) {
        for (const ProductId id : change.product_ids.value_or(std::vector<ProductId>{})) {
            if (overlay_.product(id) == nullptr) {
                transaction_.refuse("product_ids", fmt::format("There is no product {}.", id));
            }
        }
        if (change.expires_at && *change.expires_at <= transaction_.judged_at()) {
            transaction_.refuse("expires_at", "expires_at must lie in the future.");
        }
        if (count_live([](const Token&) { return true; }) >= limits::live_tokens_max) {
            transaction_.refuse("name", fmt::format("There are {} live tokens, and there can be no "
                                                    "more: revoke some.",
                                                    limits::live_tokens_max));
        }
        object_id_ = transaction_.drawn_id(overlay_.next_token_id() - 1, "token");
        created_ = true;
        transaction_.emit(0, TokenIssued{object_id_, change.name, change.role, change.product_ids,
                                         change.expires_at, token_prefix(change.secret),
                                         hex_of(sha256(change.secret))});
    }
    void operator()(const RevokeToken& change) {
        const Token* token = overlay_.token(change.token_id);
        if (token == nullptr || token->revoked_at) {
            throw Refusal(
                RefusalKind::not_found,
                fmt::format("There is no token {}: it was never there, or it was revoked.",
                            change.token_id));
        }
        if (token->role == Role::admin && token->is_live(transaction_.judged_at())) {
            require_lasting_admin(change.token_id, token->expires_at);
        }
        transaction_.emit(0, TokenRevoked{change.token_id});
    }

    ProductId product_id() const { return product_id_; }
    std::uint64_t object_id() const { return object_id_; }
    bool created() const { return created_; }

  private:
    const Product& product() { return transaction_.require_product(product_id_); }

    // Revoking an admin token must not shorten the time for which there is one: another one has to
    // last as long. `end`: of the one that goes; nothing = it never ends.
    void require_lasting_admin(TokenId goes, std::optional<Instant> end) {
        std::optional<Instant> longest_end;  // of the others
        bool lasts = false;
        overlay_.scan_tokens([&](TokenId id, const Token& other) {
            if (id == goes || other.role != Role::admin || other.product_ids ||
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
                        end ? "until " + format_instant(*end) : "which never ends",
                        format_instant(*longest_end), end ? "ends no earlier" : "has no end"));
    }

    // An external_id names one live product. Whether a product that the token cannot see has it is
    // not to be hidden, but which one it is stays untold.
    void require_free(std::string_view external_id) {
        const auto holder =
            external_id.empty() ? std::nullopt : overlay_.holder_of(external_id, product_id_);
        if (!holder) {
            return;
        }
        transaction_.refuse_conflict(
            "external_id",
            sees(*holder) ? fmt::format("Product {} has this external_id already: choose another "
                                        "one, or clear it there first.",
                                        *holder)
                          : "Another product has this external_id already: choose another one.");
    }

    // Whether the token that asks may see a product; the server itself may see all.
    bool sees(ProductId id) {
        const TokenId asking = transaction_.command().token_id;
        if (asking == 0) {
            return true;
        }
        const Token* const token = overlay_.token(asking);
        return token != nullptr &&
               (!token->product_ids ||
                std::binary_search(token->product_ids->begin(), token->product_ids->end(), id));
    }

    Scoring scoring(const Scoring& before, const ScoringChange& change) const {
        return resolve_scoring(before, change, transaction_.item().pointer);
    }

    template <class Status>
    void require_from(std::optional<Status> from, Status current) const {
        if (from && *from != current) {
            transaction_.refuse("from", fmt::format("The status is {}, not {}: read it again.",
                                                    name_of(current), name_of(*from)));
        }
    }

    // Named threats must be there; one that was named before may have been removed since.
    void require_threats(const std::vector<ThreatId>& wanted, const std::vector<ThreatId>& before) {
        for (const ThreatId id : wanted) {
            if (std::binary_search(before.begin(), before.end(), id)) {
                continue;
            }
            const Exposure* threat = overlay_.exposure(product_id_, id);
            if (threat == nullptr || threat->removed) {
                transaction_.refuse("threat_ids",
                                    fmt::format("Product {} has no threat {}: it was never there, "
                                                "or it was removed.",
                                                product_id_, id));
            }
        }
    }

    CoverageScope scope(const CoverageScope& before, const ScopeChange& change) {
        CoverageScope after = before;
        if (change.threat_ids) {
            require_threats(*change.threat_ids, before.threat_ids);
            after.threat_ids = *change.threat_ids;
        }
        after.diagram = change.diagram.value_or(before.diagram);
        after.element_id = change.element_id.value_or(before.element_id);
        return after;
    }

    template <class Matches>
    std::size_t count_live(Matches matches) {
        std::size_t live = 0;
        overlay_.scan_tokens([&](TokenId, const Token& token) {
            live += token.is_live(transaction_.judged_at()) && matches(token) ? 1 : 0;
        });
        return live;
    }

    Transaction& transaction_;
    Overlay& overlay_;
    ProductId product_id_;
    std::uint64_t object_id_ = 0;
    bool created_ = false;
};

// The object as it now is, and its path.
class Describer {
  public:
    Describer(Overlay& overlay, const Decider& decided, Accepted& accepted)
        : overlay_(overlay), decided_(decided), accepted_(accepted), json_(accepted.body) {}

    void operator()(const RegisterProduct&) { describe_product(); }
    void operator()(const DescribeProduct&) { describe_product(); }
    void operator()(const IdentifyThreat&) { describe_threat(); }
    void operator()(const ChangeThreat&) { describe_threat(); }
    void operator()(const ProposeMitigation&) { describe_mitigation(); }
    void operator()(const ChangeMitigation&) { describe_mitigation(); }
    void operator()(const IssueToken& change) {
        const TokenId id = decided_.object_id();
        write_issued_token(json_, id, *overlay_.token(id), change.secret);
        locate(fmt::format("/api/api-tokens/{}", id));
    }
    void operator()(const ArchiveProduct&) {}
    void operator()(const RemoveThreat&) {}
    void operator()(const RemoveMitigation&) {}
    void operator()(const RevokeToken&) {}

  private:
    void describe_product() {
        const ProductId id = decided_.product_id();
        const Product& row = *overlay_.product(id);
        write_product(json_, product_at(id, row, row.updated_at));
        locate(fmt::format("/api/products/{}", id));
    }
    void describe_threat() {
        const ProductId product = decided_.product_id();
        const ThreatId id = decided_.object_id();
        const Threat& threat = *overlay_.threat(product, id);
        CoveringIds covering = overlay_.covered_by(product, id, threat);
        const std::uint64_t unlisted = covering.unlisted();
        write_threat(json_, product, {id, threat, std::move(covering.lowest), unlisted});
        locate(fmt::format("/api/products/{}/threats/{}", product, id));
    }
    void describe_mitigation() {
        const ProductId product = decided_.product_id();
        const MitigationId id = decided_.object_id();
        write_mitigation(json_, product, {id, *overlay_.mitigation(product, id)});
        locate(fmt::format("/api/products/{}/mitigations/{}", product, id));
    }
    void locate(std::string path) {
        if (decided_.created()) {
            accepted_.result = Result::created;
            accepted_.location = std::move(path);
        }
    }

    Overlay& overlay_;
    const Decider& decided_;
    Accepted& accepted_;
    JsonWriter json_;
};

void require_live_token(Overlay& overlay, const Command& command, Instant now) {
    if (command.token_id == 0) {
        return;
    }
    const Token* token = overlay.token(command.token_id);
    if (token == nullptr || !token->is_live(now)) {
        throw Refusal(RefusalKind::unauthorized,
                      "The token was revoked or has expired: ask an admin for a new one.");
    }
}

bool is_about_existing_product(const Command& command) {
    const Change& change = command.items.front().change;
    return !std::holds_alternative<RegisterProduct>(change) &&
           !std::holds_alternative<IssueToken>(change) &&
           !std::holds_alternative<RevokeToken>(change);
}

// Why none of the tags that If-Match named is the one of the state; what was wrong with the tags
// themselves comes first.
std::string mismatch(const VersionCondition& condition, const SeenState& state) {
    if (state.version == 0) {
        return "There is no version yet that If-Match could name: leave the header out.";
    }
    if (condition.names_weak) {
        return "If-Match named a weak tag (W/\"...\"), and weak tags never match. A proxy that "
               "compresses answers makes their tags weak: have it pass this API's answers on "
               "unchanged, read the object again, and send the tag that comes then.";
    }
    if (condition.names_foreign) {
        return "If-Match named a tag that this server does not give: read the object again, and "
               "send its ETag exactly as it comes, quotes included.";
    }
    const auto& seen = condition.states;
    const bool is_same_version = std::any_of(
        seen.begin(), seen.end(), [&](const auto& tag) { return tag.version == state.version; });
    return is_same_version
               ? fmt::format(
                     "Version {} of the product is another one than the one If-Match names: "
                     "the log was restored or imported since. Read the product again, and "
                     "repeat the change if it still fits.",
                     state.version)
               : fmt::format(
                     "The product is at version {} by now: read it again, and repeat the "
                     "change if it still fits.",
                     state.version);
}

// A state of version 0 is that of nothing.
void require_match(const Command& command, const SeenState& state) {
    if (!command.if_match) {
        return;
    }
    const auto& seen = command.if_match->states;
    const bool matches = command.if_match->any
                             ? state.version > 0
                             : std::find(seen.begin(), seen.end(), state) != seen.end();
    if (!matches) {
        throw Refusal(RefusalKind::precondition_failed, mismatch(*command.if_match, state),
                      {{FieldError::Where::header, "If-Match", "does not name the current state"}});
    }
}

// What a write is sent to is there: the object that it changes, or the list that it adds to. Looked
// at after everything else (RFC 9110 section 13.2.1): a write that would fail anyway says why.
void require_absence_is_not_asked(const Command& command) {
    if (command.only_if_absent) {
        throw Refusal(
            RefusalKind::precondition_failed,
            "If-None-Match: * asks for a write only if there is nothing at this path, and "
            "there is: leave the header out. If-Match holds a write to a version.",
            {{FieldError::Where::header, "If-None-Match", "leave it out"}});
    }
}

void write_counts(JsonWriter& json, const Transaction& transaction, std::uint64_t version) {
    const std::size_t count = transaction.event_count();
    json.begin_object();
    json.key("appended").number(count);
    json.key("first_position");
    count == 0 ? json.null() : json.number(transaction.last_position() + 1 - count);
    json.key("last_position");
    count == 0 ? json.null() : json.number(transaction.last_position());
    json.key("version").number(version);
    json.end_object();
}

Accepted describe(Transaction& transaction, const Decider& decided) {
    const Command& command = transaction.command();
    Accepted accepted;
    const Product* product = transaction.overlay().product(decided.product_id());
    if (product != nullptr) {
        accepted.version = product->version;
        accepted.position = product->last_position;
        accepted.state_id = product->state_id;
    } else {
        accepted.position = transaction.last_position();
    }
    switch (command.answer) {
        case AnswerForm::object:
            std::visit(Describer(transaction.overlay(), decided, accepted),
                       command.items.back().change);
            break;
        case AnswerForm::counts: {
            JsonWriter json(accepted.body);
            write_counts(json, transaction, accepted.version);
            break;
        }
        case AnswerForm::nothing:
            accepted.result = Result::no_content;
            break;
    }
    return accepted;
}

}  // namespace

Decision decide(Overlay& overlay, Command& command, const TransactionContext& context, Lines room) {
    require_live_token(overlay, command, context.judged_at());
    Transaction transaction(overlay, command, context, std::move(room));
    SeenState state;
    if (is_about_existing_product(command)) {
        const Product& product = transaction.require_product(command.product_id);
        state = {product.version, product.state_id};
    }
    require_match(command, state);
    require_affordable(command, context.cost ? *context.cost : cost_of(overlay, command));

    if (command.items.size() >= many_items) {
        overlay.expect(command.items.size());
    }
    Decider decider(transaction);
    for (Item& item : command.items) {
        yield_if_due();
        transaction.begin(item);
        std::visit(decider, item.change);
        transaction.end();
    }
    require_absence_is_not_asked(command);
    if (transaction.event_count() > 0) {
        close_transaction(overlay, decider.product_id());
    }
    Decision decision;
    decision.accepted = describe(transaction, decider);
    decision.lines = transaction.take_lines();
    return decision;
}

}  // namespace threatatlas
