#include "events/log_epoch.hpp"

#include <array>

#include <fmt/format.h>

#include "events/store/keys.hpp"

namespace threatatlas::events {

LogEpoch ensure_log_epoch(store::Store& store, const base::RandomSource& random) {
    const auto row = store.get(store::Table::meta, log_epoch_key);
    if (row && row->size() == store::be64_bytes) {
        return store::read_be64(*row);
    }
    std::array<std::byte, store::be64_bytes> bytes{};
    random(bytes);
    const std::string_view drawn(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    store::RowBatch batch(store);
    batch.put(store::Table::meta, log_epoch_key, drawn);
    store.write(batch);
    return store::read_be64(drawn);
}

void forget_log_epoch(store::Store& store) {
    store::RowBatch batch(store);
    batch.erase(store::Table::meta, log_epoch_key);
    store.write_unsynced(batch);
}

std::string hex_of(std::uint64_t bits) {
    return fmt::format("{:016x}", bits);
}

}  // namespace threatatlas::events
