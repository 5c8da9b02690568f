#include "http/ops/open_threat_counts.hpp"

#include <algorithm>

#include "events/store/errors.hpp"

namespace threatatlas::ops {

std::vector<std::optional<query::OpenThreats>> OpenThreatCounts::of(
    const store::ReadView& view, std::span<const query::ProductAt> products) {
    const std::lock_guard lock(mutex_);
    if (known_.size() > limits::open_threat_products_max) {
        known_.clear();
    }
    rows_left_ = rows_max_;
    is_full_ = false;
    const auto turn =
        std::find_if(products.begin(), products.end(),
                     [this](const query::ProductAt& product) { return product.id >= first_; });
    const auto begin = static_cast<std::size_t>(turn - products.begin());
    std::vector<std::optional<query::OpenThreats>> counts(products.size());
    for (std::size_t i = 0; i < products.size(); ++i) {
        const std::size_t place = (begin + i) % products.size();
        const query::ProductAt& product = products[place];
        Known& known = known_[product.id];
        if (known.version != product.version && !known.is_too_large && !is_full_) {
            count(view, product, known);
        }
        if (known.version == product.version) {
            counts[place] = known.open;
        }
    }
    return counts;
}

void OpenThreatCounts::count(const store::ReadView& view, const query::ProductAt& product,
                             Known& known) {
    const bool has_all_room = rows_left_ == rows_max_;
    try {
        if (const auto open = query::count_open_threats(view, product.id, rows_left_)) {
            known.open = *open;
            known.version = product.version;
            return;
        }
    } catch (const store::ReadError& error) {
        // All other metrics are still answered; the operator needs them to see the fault.
        log_.error("storage_error", {{"detail", error.what()}});
        read_errors_.note();
        return;
    }
    is_full_ = true;
    known.is_too_large = has_all_room;
    first_ = product.id;
}

}  // namespace threatatlas::ops
