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
    RowBatch batch(store);
    batch.put(Table::meta, log_epoch_key, drawn);
    store.write(batch);
    return read_be64(drawn);
}

void forget_log_epoch(Store& store) {
    RowBatch batch(store);
    batch.erase(Table::meta, log_epoch_key);
    store.write_unsynced(batch);
}

std::string hex_of(std::uint64_t bits) {
    return fmt::format("{:016x}", bits);
}

}  // namespace threatatlas
