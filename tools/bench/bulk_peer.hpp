#pragma once

// What bulk writes are compared with: one RocksDB thread that writes the very same rows in the same
// synced batches, which were made beforehand. It has one more advantage: its rows come in the order
// of their keys. Both write the same amount once before the measurement: the first use of memory,
// and flushes and compactions, are part of continuous operation.

#include <filesystem>
#include <string>
#include <vector>

#include "bulk_bodies.hpp"
#include "events/store/store.hpp"
#include "measurement.hpp"

namespace threatatlas::bench {

class BulkPeer {
  public:
    // Writes the bodies twice, each to a product of its own, in a store at `scratch`, and keeps the
    // rows that this made.
    BulkPeer(const std::filesystem::path& scratch, const std::vector<BulkBody>& bodies);

    // In a new directory at `data`, which is removed again. Ours: from body to answer, by one
    // caller, without HTTP. Raw: the batches alone.
    Cost run_ours(const std::filesystem::path& data) const;
    Cost run_raw(const std::filesystem::path& data);

    std::uint64_t events() const { return events_; }
    std::uint64_t body_bytes() const;
    double rows_per_event() const;

  private:
    struct Row {
        Table table;
        std::string key;
        std::string value;
    };
    using Batch = std::vector<Row>;

    static Batch batch_of(const Store& store, ProductId product, Position before,
                          std::size_t events);
    void take_batches(const std::filesystem::path& scratch);

    const std::vector<BulkBody>& bodies_;
    std::uint64_t events_ = 0;
    std::vector<Batch> batches_;  // those to write before it counts come first
};

}  // namespace threatatlas::bench
