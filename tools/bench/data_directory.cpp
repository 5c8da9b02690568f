#include "data_directory.hpp"

#include <string>
#include <vector>

#include "events/event_line.hpp"
#include "events/store/store.hpp"
#include "log_generator.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/fold_writer.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::bench {

void make_directory(const std::filesystem::path& data, std::uint64_t seed, Position events,
                    const GenerateProgress& progress) {
    const auto store = store::Store::open(data, {.create = true});
    projections::FoldWriter writer(*store, projections::FoldWriter::Lines::come_along);
    LogGenerator generator(seed, events);
    std::string line;
    for (auto transaction = generator.next_transaction(); !transaction.empty();
         transaction = generator.next_transaction()) {
        for (const events::Event& event : transaction) {
            line.clear();
            events::append_line(line, event);
            writer.add(event, line);
        }
        if (progress) {
            progress(transaction.back().position, events);
        }
    }
    writer.finish();
    audit::stamp_projections(*store);
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

std::uint64_t table_file_bytes(const std::filesystem::path& data, store::Table table) {
    const testing::TempDirectory scratch;
    const auto store = store::Store::open_beside(data, scratch.path());
    std::uint64_t bytes = 0;
    for (const std::filesystem::path& file : store->files_of(table)) {
        bytes += std::filesystem::file_size(file);
    }
    return bytes;
}

}  // namespace threatatlas::bench
