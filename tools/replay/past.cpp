#include "replay/past.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "projections/fold.hpp"
#include "projections/query/timeline.hpp"
#include "replay/errors.hpp"

namespace threatatlas::replay {

bool Cut::takes_in(const ReplayedTransaction& transaction) const {
    if (until && transaction.time > *until) {
        return false;
    }
    return !at_position || transaction.last_position <= *at_position;
}

namespace {

base::Instant require_instant(const std::optional<base::Instant>& parsed, std::string_view option,
                              std::string_view text) {
    if (!parsed) {
        throw UsageError(
            fmt::format("{}: \"{}\" must be an instant such as 2026-03-31T12:00:00Z or a date such "
                        "as 2026-03-31",
                        option, text));
    }
    return *parsed;
}

}  // namespace

Cut parse_cut(std::string_view option, std::string_view text) {
    return {.until = require_instant(base::parse_as_of(text), option, text),
            .until_end_of_day = base::is_date(text),
            .at_position = std::nullopt};
}

Cut parse_baseline(std::string_view text) {
    constexpr std::string_view option = "--baseline";
    constexpr std::string_view prefix = "position:";
    if (!text.starts_with(prefix)) {
        return parse_cut(option, text);
    }
    Position position = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data() + prefix.size(), end, position);
    if (error != std::errc{} || stopped != end) {
        throw UsageError(
            fmt::format("{}: \"{}\" must be a position such as position:1234", option, text));
    }
    return {.until = std::nullopt, .until_end_of_day = false, .at_position = position};
}

Cut parse_range_start_cut(std::string_view option, std::string_view text) {
    return {.until = require_instant(query::parse_range_start(text), option, text),
            .until_end_of_day = false,
            .at_position = std::nullopt};
}

// If the cut excluded events, reading went past it; otherwise the whole log was read.
base::Instant resolve_moment(const Cut& cut, const TransactionStream& stream,
                             base::Instant wall_clock) {
    const events::LogEnd read_up_to = stream.read_up_to();
    const base::Instant now = std::max(wall_clock, read_up_to.time);
    if (cut.at_position) {
        if (*cut.at_position > read_up_to.position) {
            throw UsageError(fmt::format("--at-position {} is after the end of the log, {}",
                                         *cut.at_position, read_up_to.position));
        }
        return stream.time_at_position().value_or(base::Instant{});
    }
    if (!cut.until || *cut.until <= now) {
        return cut.until.value_or(now);
    }
    using std::chrono::days;
    if (cut.until_end_of_day &&
        std::chrono::floor<days>(*cut.until) == std::chrono::floor<days>(now)) {
        return now;
    }
    throw UsageError(fmt::format("{} is in the future: ask for an earlier time",
                                 base::format_instant(*cut.until)));
}

ProductPast::ProductPast(LogSource& source, ProductId product, base::Instant wall_clock,
                         std::optional<Position> at_position, events::Members members)
    : product_(product),
      wall_clock_(wall_clock),
      stream_(source, product, members, at_position),
      tables_({.history =
                   [this](ProductId, base::Instant time, const projections::HistoryRow& row) {
                       newest_step_ = {time, row};
                   },
               .details = {}}) {
    read_ahead();
}

// Checks do not change the product.
void ProductPast::read_ahead() {
    do {
        ahead_ = stream_.next();
    } while (ahead_ != nullptr && !events::changes_product(ahead_->events.front().type()));
}

const ReplayedTransaction* ProductPast::step(const Cut& cut) {
    if (ahead_is_folded_) {
        read_ahead();
        ahead_is_folded_ = false;
    }
    if (ahead_ == nullptr || !cut.takes_in(*ahead_)) {
        return nullptr;
    }
    for (const events::Event& event : ahead_->events) {
        projections::fold(tables_, event);
    }
    projections::close_transaction(tables_, product_, ahead_->time);
    ahead_is_folded_ = true;
    return ahead_;
}

void ProductPast::advance(const Cut& cut) {
    while (step(cut) != nullptr) {
    }
}

const projections::Product* ProductPast::product() const {
    const auto* rows = tables_.find(product_);
    return rows == nullptr ? nullptr : &rows->product;
}

std::optional<query::ProductModel> ProductPast::model(base::Instant instant) const {
    return query::product_model_of(tables_, product_, instant);
}

std::optional<query::ImportState> ProductPast::import_state(base::Instant instant) const {
    return query::import_state_of(tables_, product_, instant);
}

query::ProductAt ProductPast::require_state(base::Instant instant) const {
    const projections::Product* found = product();
    if (found == nullptr || found->archived_at) {
        refuse_absent();
    }
    return query::product_at(product_, *found, instant);
}

query::ProductAt ProductPast::require_judged(base::Instant instant,
                                             const query::PolicyChoice& choice) const {
    query::ProductAt judged = require_state(instant);
    try {
        query::apply_policies(judged, judged.policy, choice, instant, [&](const std::string& name) {
            return stream_.find_policy(name, instant);
        });
    } catch (const query::PolicyRefused& refused) {
        throw UsageError(fmt::format("--{}: {}", refused.parameter(), refused.what()));
    }
    if (!judged.applied.policies.empty() || judged.applied.since) {
        judged.applied.threats = query::rated_threats(tables_, product_, judged.posture);
    }
    return judged;
}

std::optional<base::Instant> ProductPast::policy_moment(base::Instant now,
                                                        const query::PolicyChoice& choice) const {
    return query::policy_moment(product()->policy, choice, now, [&](const std::string& name) {
        return stream_.find_policy(name, now);
    });
}

void ProductPast::refuse_absent() const {
    if (const projections::Product* found = product()) {
        throw UsageError(fmt::format("product {} was archived at {}: ask for an earlier time",
                                     product_, base::format_instant(found->updated_at)));
    }
    if (ahead_ != nullptr) {
        throw UsageError(fmt::format("product {} was not registered before {}", product_,
                                     base::format_instant(ahead_->time)));
    }
    throw UsageError(fmt::format("there is no product {} in this log", product_));
}

}  // namespace threatatlas::replay
