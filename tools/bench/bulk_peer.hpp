#pragma once

/// The peer of bulk writes: one RocksDB thread that writes exactly the same rows, prepared in
/// advance, in the same synced batches and sorted by key. Both write the same amount once before
/// measuring, so that first use of memory, flushes and compactions are part of a steady state.

#include <filesystem>
#include <string>
#include <vector>

#include "bulk_bodies.hpp"
#include "events/store/store.hpp"
#include "measurement.hpp"

namespace threatatlas::bench {

class BulkPeer {
  public:
    /// Writes the bodies twice, each to a product of its own, in a store at `scratch`, and records
    /// the resulting rows.
    BulkPeer(const std::filesystem::path& scratch, const std::vector<BulkBody>& bodies);

    /// Each runs in a new directory `data`, which is removed afterwards. Ours: from request body to
    /// response, one caller, without HTTP. Raw: only the batches.
    Cost run_ours(const std::filesystem::path& data) const;
    Cost run_raw(const std::filesystem::path& data);

    std::uint64_t events() const { return events_; }
    std::uint64_t body_bytes() const;
    double rows_per_event() const;

  private:
    struct Row {
        store::Table table;
        std::string key;
        std::string value;
    };
    using Batch = std::vector<Row>;

    static Batch batch_of(const store::Store& store, ProductId product, Position before,
                          std::size_t events);
    void take_batches(const std::filesystem::path& scratch);

    const std::vector<BulkBody>& bodies_;
    std::uint64_t events_ = 0;
    std::vector<Batch> batches_;  // the warm-up batches come first
};

}  // namespace threatatlas::bench
