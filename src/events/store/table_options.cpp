#include "events/store/table_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include "events/store/earliest_time.hpp"
#include "events/store/table.hpp"

namespace threatatlas::store {
namespace {

// A file with this many deletions among this many consecutive entries is compacted soon.
constexpr std::size_t deletion_window = 1'024;
constexpr std::size_t deletions_many = 512;

// Most tables are read by exact key far more often than in order: a filter avoids disk reads for
// missing keys.
bool is_read_by_key(Table table) {
    return table != Table::events && table != Table::history && table != Table::coverage &&
           table != Table::external_ids && table != Table::imports;
}

rocksdb::CompressionType compression_of(Table table) {
    switch (table) {
        case Table::tiles:
            return rocksdb::kNoCompression;  // digests do not compress
        case Table::events:
            return rocksdb::kZSTD;  // including the first files, which are never rewritten
        default:
            return rocksdb::kLZ4Compression;
    }
}

rocksdb::ColumnFamilyOptions options_of(Table table, const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions blocks;
    blocks.block_cache = cache;
    blocks.cache_index_and_filter_blocks = true;
    // The gate reads products. With the index and filter of new files pinned, it does not take the
    // cache's locks, which low-priority threads also hold. Other tables are not pinned: a file that
    // overlaps no other is moved down unchanged and stays open, and its pinned blocks would stay
    // forever, beyond the cache's limit. For products that is about ten bytes per product.
    blocks.pin_l0_filter_and_index_blocks_in_cache = table == Table::products;
    blocks.format_version = 5;
    if (table == Table::events) {
        // Compared with blocks of 4 KiB: a fifth fewer bytes, and a third less time to compress and
        // decompress everything; reading a single line takes 1.5 times as long.
        blocks.block_size = std::size_t{8} << 10U;
    }
    if (is_read_by_key(table)) {
        blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    }
    rocksdb::ColumnFamilyOptions options;
    if (table == Table::history) {
        options.table_properties_collector_factories.push_back(earliest_time_collectors());
        // Reads about the past need one seek for each file that is not compacted yet.
        options.level0_file_num_compaction_trigger = 2;
    }
    if (table == Table::coverage) {
        // Mitigations that become inactive leave deletions, which a search for the first active
        // ones must skip. Files with many deletions are therefore compacted soon.
        options.table_properties_collector_factories.push_back(
            rocksdb::NewCompactOnDeletionCollectorFactory(deletion_window, deletions_many));
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
    options.compression = compression_of(table);
    // Half the work of zstd's default level for hardly more bytes.
    options.compression_opts.level = 1;
    if (table == Table::events) {
        // Lines are only appended, so their files are moved down unchanged. With level compaction,
        // each file would be decompressed and written a second time once a snapshot was released.
        options.compaction_style = rocksdb::kCompactionStyleUniversal;
        options.compaction_options_universal.allow_trivial_move = true;
    }
    return options;
}

// Discards RocksDB's info log: on a full disk its writes fail first, and its logger ends the
// process at the second failure. Failures are reported by the status of each call.
class DiscardedLog final : public rocksdb::Logger {
  public:
    DiscardedLog() : Logger(rocksdb::InfoLogLevel::NUM_INFO_LOG_LEVELS) {}
    using rocksdb::Logger::Logv;
    void Logv(const char*, va_list) override {}
};

}  // namespace

rocksdb::DBOptions database_options() {
    rocksdb::DBOptions options;
    // Point-in-time recovery, the default, would silently drop acknowledged events after a corrupt
    // place in the write-ahead log.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.max_open_files = -1;
    // Each table starts so many threads when the database is opened, whatever the number of its
    // files. The default, 16, is 225 threads for 15 tables, and a file opens in microseconds.
    options.max_file_opening_threads = 1;
    options.db_write_buffer_size = std::size_t{96} << 20U;
    options.max_total_wal_size = std::uint64_t{64} << 20U;
    options.max_background_jobs = 2;
    options.bytes_per_sync = std::uint64_t{1} << 20U;
    options.info_log = std::make_shared<DiscardedLog>();
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> table_descriptors(std::size_t cache_mebibytes) {
    const auto cache = rocksdb::NewLRUCache(cache_mebibytes << 20U);
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    for (std::size_t i = 0; i < table_count; ++i) {
        const auto table = static_cast<Table>(i);
        all.emplace_back(std::string(table_name(table)), options_of(table, cache));
    }
    all.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
    return all;
}

}  // namespace threatatlas::store
