#pragma once

/// The write path of a server, without HTTP.

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "commands/sequencer/sequencer.hpp"

namespace threatatlas::bench {

class LocalWriter {
  public:
    enum class Log { not_signed, is_signed };

    /// Creates a data directory with products 1 to `products`.
    LocalWriter(const std::filesystem::path& data, std::size_t products, Log log = Log::not_signed);

    /// The methods below are for any thread.

    /// Writes NDJSON lines in one transaction.
    void write(ProductId product, const std::string& ndjson);
    /// Writes a body of POST .../threats.
    void write_threat(ProductId product, const std::string& body);

    store::Store& store() { return *store_; }

  private:
    sequencer::SequencerEnvironment environment();

    std::mutex mutex_;
    std::mt19937_64 random_{1};  // guarded by mutex_
    std::unique_ptr<store::Store> store_;
    projections::Access access_;
    std::optional<events::LogSealer> sealer_;
    std::optional<sequencer::Sequencer> sequencer_;
};

}  // namespace threatatlas::bench
