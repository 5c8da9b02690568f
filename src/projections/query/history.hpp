#pragma once

// Answers about one product at a moment: now, or what had been recorded up to some instant. The
// past costs one seek more than the present, whatever the length of history.

#include <optional>
#include <string>
#include <vector>

#include "events/event_log.hpp"
#include "projections/model.hpp"

namespace threatatlas {

// Nothing = now.
using Moment = std::optional<Instant>;

// A product's state at a moment, as the gate and every summary need it.
struct ProductAt {
    ProductId id = 0;
    ProductTexts texts;
    Posture posture;
    std::uint64_t version = 0;
    Position position = 0;  // of its newest event at the moment
    StateId state_id = 0;   // of that event
    Instant recorded_at{};  // of that event
    Instant created_at{};
    bool archived = false;
};

/// The product as of an instant in the past; nothing if it was not registered by then. One seek and
/// two point reads. Throws ReadError.
std::optional<ProductAt> product_at(const ReadView& view, ProductId product, Instant instant);
/// The same for now, at which nothing later can have been recorded. One point read.
std::optional<ProductAt> product_now(const ReadView& view, ProductId product, Instant now);
/// Either, as the moment says.
std::optional<ProductAt> product_at(const ReadView& view, ProductId product, Moment moment,
                                    Instant now);

/// The product as of an instant, from the row that was its newest then.
ProductAt product_at(ProductId id, const Product& row, Instant instant);

// When the product was registered, if it ever was: for "not yet registered then".
std::optional<Instant> registered_at(const ReadView& view, ProductId product);

// Ids of all products ever registered that are greater than `after`, ascending, until `visit` says
// false.
void scan_products(const ReadView& view, ProductId after,
                   const std::function<bool(ProductId)>& visit);

// The same for live products that have this external_id now. Costs a seek and what is visited.
void scan_products_with(const ReadView& view, std::string_view external_id, ProductId after,
                        const std::function<bool(ProductId)>& visit);

// One step of a product's history.
struct HistoryStep {
    Instant time{};
    HistoryRow row;
};
// The step that held at an instant; nothing before the first.
std::optional<HistoryStep> step_at(const ReadView& view, ProductId product, Instant instant);
// Steps with from < time <= to, in order, until `visit` says false.
void scan_steps(const ReadView& view, ProductId product, Instant from, Instant to,
                const std::function<bool(const HistoryStep&)>& visit);

// The product's own lines with position > after, and recorded no later than `until`, in order,
// until `visit` says false. Costs what is visited; each line counts as work (work_watch.hpp).
void scan_product_lines(const ReadView& view, ProductId product, Position after, Instant until,
                        const std::function<bool(Position, std::string_view line)>& visit);

}  // namespace threatatlas
