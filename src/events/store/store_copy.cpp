// Copies of a store: a snapshot of the files beside the writing process, and a copy made by that
// process.

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include "events/store/data_directory.hpp"
#include "events/store/database.hpp"
#include "events/store/file_snapshot.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/read_view.hpp"
#include "events/store/store.hpp"

namespace threatatlas::store {

std::unique_ptr<Store> Store::open_beside(const std::filesystem::path& data,
                                          const std::filesystem::path& scratch) {
    require_data_directory(data, false);
    const std::filesystem::path files = database_directory(data);
    // A snapshot takes milliseconds, and even a busy writer moves rows between files only
    // occasionally, so one of the attempts succeeds.
    constexpr int attempts_max = 100;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const std::filesystem::path snapshot = scratch / fmt::format("picture-{}", attempt);
        const ManifestState before = manifest_state(files);
        if (snapshot_files(files, snapshot)) {
            std::unique_ptr<Store> store(new Store(data, StoreOptions{}, false));
            const auto status =
                store->database_->open_read_only(snapshot, store->options_.cache_mebibytes);
            if (status.ok()) {
                return store;
            }
            if (manifest_state(files) == before) {
                require_ok(status, "opening the database for reading");
            }
        }
        std::filesystem::remove_all(snapshot);
    }
    throw StorageError("the files change faster than they can be opened: try again");
}

std::unique_ptr<Store> Store::copy_to(const std::filesystem::path& unfinished) const {
    const auto lock = use();
    const HighWaterMark known = read_mark(own_data());
    rocksdb::Checkpoint* made = nullptr;
    require_ok(rocksdb::Checkpoint::Create(&database_->db(), &made), "preparing a copy");
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    const std::filesystem::path files = database_directory(unfinished);
    require_ok(checkpoint->CreateCheckpoint(files.string()), "copying the database");

    std::unique_ptr<Store> copy(new Store(unfinished, StoreOptions{}, false));
    require_ok(copy->database_->open_read_only(files, copy->options_.cache_mebibytes),
               "opening the copy");
    const Position position = last_position(ReadView(*copy));
    if (position < known.position) {
        throw StorageError(
            fmt::format("the log in {} ends at position {}, and was known to be {} "
                        "long",
                        data_.string(), position, known.position));
    }
    // Read after the copy was made, so that answers that were final until then stay final.
    HighWaterMarkFile(unfinished).set({position, read_mark(own_data()).answered_until});
    return copy;
}

void Store::check_files() const {
    const auto lock = use();
    require_ok(database_->db().VerifyChecksum(rocksdb::ReadOptions()), "checking the files");
}

}  // namespace threatatlas::store
