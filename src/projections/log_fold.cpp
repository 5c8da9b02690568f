#include "projections/log_fold.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

namespace threatatlas::projections {

void LogFold::next(const events::Event& event) {
    begin(event);
    fold(tables_, event);
    end(event.position, event.time, event.product_id);
}

void LogFold::next(events::Event&& event) {
    begin(event);
    const Position position = event.position;
    const base::Instant time = event.time;
    const ProductId product = event.product_id;
    fold(tables_, std::move(event));
    end(position, time, product);
}

// Closes the previous transaction if the event belongs to another one.
void LogFold::begin(const events::Event& event) {
    if (event.position != position_ + 1) {
        throw BadHistory(fmt::format("position {} follows position {}", event.position, position_));
    }
    const bool continues = position_ > 0 && event.time == time_;
    if (position_ > 0 && event.time < time_) {
        throw BadHistory(fmt::format("position {} has an earlier time than the position before it",
                                     event.position));
    }
    if (continues && event.product_id != open_product_) {
        throw BadHistory(
            fmt::format("position {}: one transaction concerns two products", event.position));
    }
    if (!continues) {
        finish();
    }
    if (const auto* assigned = std::get_if<events::PolicyAssigned>(&event.data);
        assigned != nullptr && !assigned->policy.empty()) {
        const PolicyVersion* const policy = tables_.policy(assigned->policy);
        if (policy == nullptr || policy->removed) {
            throw BadHistory(fmt::format("position {}: policy {} does not exist", event.position,
                                         assigned->policy));
        }
    }
}

void LogFold::end(Position position, base::Instant time, ProductId product) {
    position_ = position;
    time_ = time;
    open_product_ = product;
}

void LogFold::finish() {
    if (position_ > 0) {
        close_transaction(tables_, open_product_, time_);
    }
}

}  // namespace threatatlas::projections
