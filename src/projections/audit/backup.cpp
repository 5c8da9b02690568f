#include "projections/audit/backup.hpp"

#include <fmt/format.h>

#include "events/log_epoch.hpp"
#include "events/store/data_directory.hpp"
#include "events/store/file_snapshot.hpp"
#include "events/store/high_water_mark.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas {
namespace {

namespace fs = std::filesystem;

// Verifies the copy completely and returns the end of its log.
LogEnd verified_end(const Store& copy, const VerifyProgress& progress) {
    copy.check_files();
    const Verification verification = verify_projections(copy, progress);
    if (const auto& difference = verification.fault()) {
        throw BadCopy(fmt::format("{} is not what its log says: {}: {}: {}", copy.data().string(),
                                  table_name(difference->table),
                                  describe_key(difference->table, difference->key),
                                  difference->detail));
    }
    const LogEnd end = end_of_log(ReadView(copy));
    const HighWaterMark mark = read_mark(copy.data());
    if (end.position < mark.position) {
        throw BadCopy(fmt::format("the log in {} ends at position {}, and should be {} long",
                                  copy.data().string(), end.position, mark.position));
    }
    return end;
}

// Copies the files of a backup into an unfinished directory.
void copy_files(const fs::path& backup, const fs::path& unfinished) {
    if (!snapshot_files(backup / "rocksdb", unfinished / "rocksdb", TableFiles::copied)) {
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

CopyFacts back_up(const Store& store, const fs::path& directory, const VerifyProgress& progress) {
    UnfinishedDirectory unfinished(directory);
    const LogEnd end = verified_end(*store.copy_to(directory), progress);
    unfinished.finish();
    return {end, bytes_of(directory)};
}

CopyFacts restore(const fs::path& backup, const fs::path& data, const VerifyProgress& progress) {
    require_data_directory(backup, false);
    UnfinishedDirectory unfinished(data);
    copy_files(backup, data);
    auto store = Store::open_unfinished(data);
    finish_rebuild(*store);
    const LogEnd end = verified_end(*store, progress);
    forget_log_epoch(*store);
    // Closing the database writes files, which must be on disk, too.
    store.reset();
    unfinished.finish();
    return {end, bytes_of(data)};
}

}  // namespace threatatlas
