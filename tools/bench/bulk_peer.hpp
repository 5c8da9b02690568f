#pragma once

// What bulk writes are held against: one RocksDB thread that writes the very same rows, made
// beforehand, in the same synced batches. It is spared one thing more: its rows come in the order
// of their keys. Both write as much once before it counts: memory that a process gets for the first
// time, and tables that are written out and merged, are part of what goes on without pause.

#include <filesystem>
#include <vector>

#include <rocksdb/write_batch.h>

#include "bulk_bodies.hpp"
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
    void take_batches(const std::filesystem::path& scratch);

    const std::vector<BulkBody>& bodies_;
    std::uint64_t events_ = 0;
    std::vector<rocksdb::WriteBatch> batches_;  // those to write before it counts come first
};

}  // namespace threatatlas::bench
