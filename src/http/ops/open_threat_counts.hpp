#pragma once

// Open threats for the metrics, counted again only where a product has changed.

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

namespace threatatlas {

// For any thread; one counts at a time.
class OpenThreatCounts {
  public:
    // Log and read errors are the caller's and outlive the counts.
    OpenThreatCounts(const Log& log, ReadErrors& read_errors,
                     std::size_t rows_max = limits::open_threat_rows_max)
        : log_(log), read_errors_(read_errors), rows_max_(rows_max) {}

    // Of each of the products, which rise by id and are as the view shows them. Nothing for those
    // that there were too many rows for, which come first at the next call; for one that has more
    // than `rows_max` by itself; and for one that cannot be read.
    std::vector<std::optional<OpenThreats>> of(const ReadView& view,
                                               std::span<const ProductAt> products);

  private:
    struct Known {
        std::uint64_t version = 0;  // of the product; 0 = not counted yet
        OpenThreats open;
        bool is_too_large = false;  // and stays it: rows of removed threats are kept
    };

    void count(const ReadView& view, const ProductAt& product, Known& known);

    const Log& log_;
    ReadErrors& read_errors_;
    const std::size_t rows_max_;

    std::mutex mutex_;
    // Guarded by mutex_.
    std::map<ProductId, Known> known_;
    ProductId first_ = 0;        // whose turn it is
    std::size_t rows_left_ = 0;  // of one call
    bool is_full_ = false;       // a product found no room in this call
};

}  // namespace threatatlas
