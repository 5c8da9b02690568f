#include "projections/audit/backup.hpp"

#include <fmt/format.h>

#include "events/log_epoch.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/file_snapshot.hpp"
#include "events/store/high_water_mark.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas::audit {
namespace {

namespace fs = std::filesystem;

// Verifies the copy completely and returns the end of its log.
events::LogEnd verified_end(const store::Store& copy, const VerifyProgress& progress) {
    copy.check_files();
    const Verification verification = verify_projections(copy, progress);
    if (const auto& difference = verification.fault()) {
        throw BadCopy(fmt::format("{} is not what its log says: {}: {}: {}", copy.data().string(),
                                  store::table_name(difference->table),
                                  describe_key(difference->table, difference->key),
                                  difference->detail));
    }
    const events::LogEnd end = events::end_of_log(store::ReadView(copy));
    const store::HighWaterMark mark = store::read_mark(copy.data());
    if (end.position < mark.position) {
        throw BadCopy(fmt::format("the log in {} ends at position {}, and should be {} long",
                                  copy.data().string(), end.position, mark.position));
    }
    return end;
}

// Copies the files of a backup into an unfinished directory.
void copy_files(const fs::path& backup, const fs::path& unfinished) {
    if (!store::snapshot_files(backup / "rocksdb", unfinished / "rocksdb",
                               store::TableFiles::copied)) {
        throw BadCopy(fmt::format(
            "the files of {} are not complete, or change while they are copied: take another "
            "backup, or stop what writes to it",
            backup.string()));
    }
    if (fs::exists(backup / "mark")) {
        fs::copy_file(backup / "mark", unfinished / "mark");
    }
}

}  // namespace

CopyFacts back_up(const store::Store& store, const fs::path& directory,
                  const VerifyProgress& progress) {
    store::UnfinishedDirectory unfinished(directory);
    const events::LogEnd end = verified_end(*store.copy_to(directory), progress);
    unfinished.finish();
    return {end, store::bytes_of(directory)};
}

CopyFacts restore(const fs::path& backup, const fs::path& data, const VerifyProgress& progress) {
    store::require_data_directory(backup, false);
    store::UnfinishedDirectory unfinished(data);
    copy_files(backup, data);
    auto store = store::Store::open_unfinished(data);
    finish_rebuild(*store);
    const events::LogEnd end = verified_end(*store, progress);
    events::forget_log_epoch(*store);
    // Closing the database writes files, which must be on disk, too.
    store.reset();
    unfinished.finish();
    return {end, store::bytes_of(data)};
}

}  // namespace threatatlas::audit
