#include "events/log_epoch.hpp"

#include <array>

#include <fmt/format.h>

#include "events/store/keys.hpp"

namespace threatatlas {

LogEpoch ensure_log_epoch(Store& store, const RandomSource& random) {
    const auto row = store.get(Table::meta, log_epoch_key);
    if (row && row->size() == be64_bytes) {
        return read_be64(*row);
    }
    std::array<std::byte, be64_bytes> bytes{};
    random(bytes);
    const std::string_view drawn(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    rocksdb::WriteBatch batch;
    require_ok(batch.Put(store.handle(Table::meta), log_epoch_key, drawn), "drawing a log epoch");
    store.write(batch);
    return read_be64(drawn);
}

void forget_log_epoch(Store& store) {
    rocksdb::WriteBatch batch;
    require_ok(batch.Delete(store.handle(Table::meta), log_epoch_key), "forgetting the log epoch");
    store.write_unsynced(batch);
}

std::string hex_of(std::uint64_t bits) {
    return fmt::format("{:016x}", bits);
}

}  // namespace threatatlas
