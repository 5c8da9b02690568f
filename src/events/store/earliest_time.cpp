#include "events/store/earliest_time.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "events/store/keys.hpp"

namespace threatatlas::store {
namespace {

const std::string property_name = "threatatlas.earliest_time";

// The time in a key (id, time); 0 for keys of another length.
std::uint64_t time_in(std::string_view key) {
    return key.size() == 2 * be64_bytes ? read_be64(key.substr(be64_bytes)) : 0;
}

class EarliestTime final : public rocksdb::TablePropertiesCollector {
  public:
    rocksdb::Status AddUserKey(const rocksdb::Slice& key, const rocksdb::Slice& /*value*/,
                               rocksdb::EntryType type, rocksdb::SequenceNumber /*number*/,
                               std::uint64_t /*file_size*/) override {
        // A deletion affects rows in older files, whatever their times.
        const bool is_row = type == rocksdb::kEntryPut;
        earliest_ = is_row ? std::min(earliest_, time_in(key.ToStringView())) : 0;
        return rocksdb::Status::OK();
    }
    rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
        properties->insert_or_assign(property_name, be64_key(earliest_));
        return rocksdb::Status::OK();
    }
    rocksdb::UserCollectedProperties GetReadableProperties() const override {
        return {{property_name, std::to_string(earliest_)}};
    }
    const char* Name() const override { return "threatatlas.EarliestTime"; }

  private:
    std::uint64_t earliest_ = std::numeric_limits<std::uint64_t>::max();
};

class EarliestTimes final : public rocksdb::TablePropertiesCollectorFactory {
  public:
    rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(Context) override {
        return new EarliestTime;  // RocksDB takes ownership
    }
    const char* Name() const override { return "threatatlas.EarliestTimes"; }
};

}  // namespace

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> earliest_time_collectors() {
    return std::make_shared<EarliestTimes>();
}

std::uint64_t earliest_time_in(const rocksdb::TableProperties& file) {
    const auto& stated = file.user_collected_properties;
    const auto earliest = stated.find(property_name);
    return earliest == stated.end() || earliest->second.size() != be64_bytes
               ? 0
               : read_be64(earliest->second);
}

}  // namespace threatatlas::store
