#include "export/archive.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>
#include <optional>
#include <stdexcept>

#include <zip.h>

#include "base/work_watch.hpp"

namespace threatatlas::exports {
namespace {

// 1980-01-01 00:00, the earliest time that a ZIP archive can express; local time, without a zone.
constexpr zip_uint16_t fixed_date = (1U << 5U) | 1U;
constexpr zip_uint16_t fixed_time = 0;

[[noreturn]] void fail(const char* doing) {
    throw std::runtime_error(std::string("an archive cannot be made: ") + doing);
}

// The state of one file while it is written to the archive.
struct Entry {
    std::function<std::string()> make;
    std::string contents = {};
    bool is_made = false;  // contents are made and not yet released
    std::optional<zip_uint64_t> size = {};
    std::size_t read = 0;
    zip_error_t error = {};
    std::exception_ptr failure = {};
};

// Makes the contents if needed. libzip has to know the size in advance, as it would otherwise use
// ZIP64 records, which not every reader supports.
zip_int64_t prepare(Entry& entry) {
    if (entry.is_made) {
        return 0;
    }
    try {
        entry.contents = entry.make();
        entry.is_made = true;
        entry.size = entry.contents.size();
        return 0;
    } catch (...) {
        entry.failure = std::current_exception();
        zip_error_set(&entry.error, ZIP_ER_INTERNAL, 0);
        return -1;
    }
}

zip_int64_t describe(Entry& entry, void* data) {
    // libzip asks once more after the file was written.
    if (!entry.size && prepare(entry) != 0) {
        return -1;
    }
    auto* const about = static_cast<zip_stat_t*>(data);
    zip_stat_init(about);
    about->size = *entry.size;
    about->valid |= ZIP_STAT_SIZE;
    return sizeof(zip_stat_t);
}

zip_int64_t read_entry(Entry& entry, void* data, zip_uint64_t size) {
    try {
        base::note_row_of_work();
    } catch (...) {
        entry.failure = std::current_exception();
        zip_error_set(&entry.error, ZIP_ER_INTERNAL, 0);
        return -1;
    }
    const std::size_t count = std::min<std::size_t>(size, entry.contents.size() - entry.read);
    std::memcpy(data, entry.contents.data() + entry.read, count);
    entry.read += count;
    return static_cast<zip_int64_t>(count);
}

// Releases the contents after the file was written.
void forget(Entry& entry) {
    std::string().swap(entry.contents);
    entry.is_made = false;
}

// The callback through which libzip reads a file (zip_source_function(3)).
zip_int64_t answer_libzip(void* userdata, void* data, zip_uint64_t size, zip_source_cmd_t command) {
    Entry& entry = *static_cast<Entry*>(userdata);
    switch (command) {
        case ZIP_SOURCE_OPEN:
            entry.read = 0;
            return prepare(entry);
        case ZIP_SOURCE_READ:
            return read_entry(entry, data, size);
        case ZIP_SOURCE_CLOSE:
            forget(entry);
            return 0;
        case ZIP_SOURCE_STAT:
            return describe(entry, data);
        case ZIP_SOURCE_ERROR:
            return zip_error_to_data(&entry.error, data, size);
        case ZIP_SOURCE_FREE:
            return 0;
        case ZIP_SOURCE_SUPPORTS:
            return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
                                                  ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                                  ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
        default:
            zip_error_set(&entry.error, ZIP_ER_OPNOTSUPP, 0);
            return -1;
    }
}

}  // namespace

struct Archive::Parts {
    std::deque<Entry> entries;  // a deque, as libzip keeps the addresses
    zip_source_t* bytes = nullptr;
    zip_t* archive = nullptr;
};

Archive::Archive() : parts_(std::make_unique<Parts>()) {
    parts_->bytes = zip_source_buffer_create(nullptr, 0, 0, nullptr);
    if (parts_->bytes == nullptr) {
        fail("no memory");
    }
    // zip_open_from_source() takes ownership; keep a reference so that the bytes outlive the
    // archive.
    zip_source_keep(parts_->bytes);
    parts_->archive = zip_open_from_source(parts_->bytes, ZIP_TRUNCATE, nullptr);
    if (parts_->archive == nullptr) {
        zip_source_free(parts_->bytes);
        zip_source_free(parts_->bytes);
        fail("it cannot be begun");
    }
}

Archive::~Archive() {
    if (parts_->archive != nullptr) {
        zip_discard(parts_->archive);
    }
    zip_source_free(parts_->bytes);
}

void Archive::add(const std::string& name, std::function<std::string()> make, Packing packing) {
    Entry& entry = parts_->entries.emplace_back(Entry{.make = std::move(make)});
    zip_source_t* const source = zip_source_function(parts_->archive, answer_libzip, &entry);
    const zip_int64_t added =
        source == nullptr ? -1
                          : zip_file_add(parts_->archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (added < 0) {
        zip_source_free(source);
        fail("a file cannot be added");
    }
    const auto index = static_cast<zip_uint64_t>(added);
    // The default level of gzip: level 9 takes three times as long for a tenth fewer bytes.
    constexpr zip_uint32_t level = 6;
    const auto method = packing == Packing::stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    if (zip_file_set_dostime(parts_->archive, index, fixed_time, fixed_date, 0) != 0 ||
        zip_set_file_compression(parts_->archive, index, method, level) != 0) {
        fail("a file cannot be described");
    }
}

std::string Archive::finish() {
    if (zip_close(parts_->archive) != 0) {
        for (const Entry& entry : parts_->entries) {
            if (entry.failure) {
                std::rethrow_exception(entry.failure);
            }
        }
        fail("it cannot be ended");
    }
    parts_->archive = nullptr;
    zip_stat_t about;
    if (zip_source_open(parts_->bytes) != 0 || zip_source_stat(parts_->bytes, &about) != 0) {
        fail("it cannot be read");
    }
    std::string bytes(about.size, '\0');
    const auto read = zip_source_read(parts_->bytes, bytes.data(), bytes.size());
    zip_source_close(parts_->bytes);
    if (read != static_cast<zip_int64_t>(bytes.size())) {
        fail("it cannot be read");
    }
    return bytes;
}

}  // namespace threatatlas::exports
