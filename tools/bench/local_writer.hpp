#pragma once

// The writing half of a server, without HTTP.

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

    // Makes a data directory with so many products, 1 to `products`.
    LocalWriter(const std::filesystem::path& data, std::size_t products, Log log = Log::not_signed);

    // The methods below may be called from any thread.

    // NDJSON, all in one transaction.
    void write(ProductId product, const std::string& ndjson);
    // A body of POST .../threats.
    void write_threat(ProductId product, const std::string& body);

    Store& store() { return *store_; }

  private:
    SequencerEnvironment environment();

    std::mutex mutex_;
    std::mt19937_64 random_{1};  // guarded by mutex_
    std::unique_ptr<Store> store_;
    Access access_;
    std::optional<LogSealer> sealer_;
    std::optional<Sequencer> sequencer_;
};

}  // namespace threatatlas::bench
