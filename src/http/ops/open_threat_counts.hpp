#pragma once

/// Counts of open threats for the metrics, recounted only for products that have changed.

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "http/ops/diagnostic_log.hpp"
#include "http/ops/read_errors.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/query/history.hpp"
#include "projections/query/open_threats.hpp"

namespace threatatlas::ops {

/// Thread-safe; calls are serialized.
class OpenThreatCounts {
  public:
    /// The arguments must outlive this object.
    OpenThreatCounts(const Log& log, ReadErrors& read_errors,
                     std::size_t rows_max = limits::open_threat_rows_max)
        : log_(log), read_errors_(read_errors), rows_max_(rows_max) {}

    /// Counts for `products`, which must be sorted by id and belong to `view`. nullopt for a
    /// product that exceeded the call's rows (the next call starts with it), that has more than
    /// `rows_max` rows by itself, or that cannot be read.
    std::vector<std::optional<query::OpenThreats>> of(const store::ReadView& view,
                                                      std::span<const query::ProductAt> products);

  private:
    struct Known {
        std::uint64_t version = 0;  // of the product; 0: not counted yet
        query::OpenThreats open;
        bool is_too_large = false;  // for ever, because rows of removed threats are kept
    };

    void count(const store::ReadView& view, const query::ProductAt& product, Known& known);

    const Log& log_;
    ReadErrors& read_errors_;
    const std::size_t rows_max_;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::map<ProductId, Known> known_;
    ProductId first_ = 0;        // first product of the next call
    std::size_t rows_left_ = 0;  // left in this call
    bool is_full_ = false;       // a product exceeded the rows of this call
};

}  // namespace threatatlas::ops
