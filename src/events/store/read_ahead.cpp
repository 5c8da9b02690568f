#include "events/store/read_ahead.hpp"

#include <algorithm>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "events/store/store.hpp"

namespace threatatlas::store {
namespace {

// Size of one request: Linux may ignore anything beyond its read-ahead size, which is this by
// default.
constexpr std::uint64_t request_bytes = std::uint64_t{128} << 10U;
// Size of the requests that are issued together.
constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20U;

std::uint64_t bytes_in(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

// Does not copy the bytes, which would take longer than reading them from the disk.
void request(int file, std::uint64_t from, std::uint64_t to) {
    for (; from < to; from += request_bytes) {
        static_cast<void>(::posix_fadvise(file, static_cast<off_t>(from),
                                          static_cast<off_t>(std::min(request_bytes, to - from)),
                                          POSIX_FADV_WILLNEED));
    }
}

void wait_for_byte(int file, std::uint64_t at) {
    char byte = 0;
    static_cast<void>(::pread(file, &byte, 1, static_cast<off_t>(at)));
}

// Returns the number of bytes read.
std::uint64_t read_file(int file, std::uint64_t bytes_max, const std::function<bool()>& goes_on) {
    const std::uint64_t bytes = std::min(bytes_in(file), bytes_max);
    std::uint64_t read = 0;
    while (read < bytes && goes_on()) {
        const std::uint64_t end = std::min(read + piece_bytes, bytes);
        request(file, read, end);
        wait_for_byte(file, end - 1);
        read = end;
    }
    return read;
}

}  // namespace

void read_ahead(const Store& store, const std::vector<Table>& tables, std::uint64_t bytes_max,
                const std::function<bool()>& goes_on) {
    std::uint64_t bytes_left = bytes_max;
    for (const Table table : tables) {
        for (const std::filesystem::path& path : store.files_of(table)) {
            // A compaction may have removed the file meanwhile.
            const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            if (file != -1) {
                bytes_left -= read_file(file, bytes_left, goes_on);
                ::close(file);
            }
        }
    }
}

}  // namespace threatatlas::store
