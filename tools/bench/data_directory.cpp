#include "data_directory.hpp"

#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>

#include "events/event_line.hpp"
#include "events/store/store.hpp"
#include "log_generator.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/fold_writer.hpp"

namespace threatatlas::bench {

void make_directory(const std::filesystem::path& data, std::uint64_t seed, Position events,
                    const GenerateProgress& progress) {
    const auto store = Store::open(data, {.create = true});
    FoldWriter writer(*store, FoldWriter::Lines::come_along);
    LogGenerator generator(seed, events);
    std::string line;
    for (auto transaction = generator.next_transaction(); !transaction.empty();
         transaction = generator.next_transaction()) {
        for (const Event& event : transaction) {
            line.clear();
            append_line(line, event);
            writer.add(event, line);
        }
        if (progress) {
            progress(transaction.back().position, events);
        }
    }
    writer.finish();
    stamp_projections(*store);
    // Flush, because a short log would otherwise be read from memory instead of files.
    store->flush();
}

std::uint64_t directory_bytes(const std::filesystem::path& data) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
        bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
}

std::uint64_t table_file_bytes(const std::filesystem::path& data, Table table) {
    const std::string database = data / "rocksdb";
    std::vector<std::string> names;
    require_ok(rocksdb::DB::ListColumnFamilies({}, database, &names), "listing the tables");
    std::vector<rocksdb::ColumnFamilyDescriptor> tables;
    for (const std::string& name : names) {
        tables.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    require_ok(rocksdb::DB::OpenForReadOnly({}, database, tables, &handles, &opened),
               "opening the database");
    const std::unique_ptr<rocksdb::DB> db(opened);
    std::uint64_t bytes = 0;
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
        if (handle->GetName() == table_name(table)) {
            db->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
        }
        require_ok(db->DestroyColumnFamilyHandle(handle), "closing a table");
    }
    return bytes;
}

}  // namespace threatatlas::bench
