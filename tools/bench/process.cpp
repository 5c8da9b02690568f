#include "process.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace threatatlas::bench {

double processor_seconds_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string line;
    std::getline(file, line);
    // Parse after the name, which may contain any character: the state is field 3, the times are 14
    // and 15.
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field) {
        fields >> skipped;
    }
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Memory memory_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/status", pid));
    Memory memory;
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string name;
        std::uint64_t kibibytes = 0;
        fields >> name >> kibibytes;
        if (name == "VmRSS:") {
            memory.resident_bytes = kibibytes * 1024;
        } else if (name == "VmHWM:") {
            memory.resident_peak_bytes = kibibytes * 1024;
        } else if (name == "RssAnon:") {
            memory.anonymous_bytes = kibibytes * 1024;
        }
    }
    return memory;
}

void forget_pages_of(const std::filesystem::path& directory) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            ::fsync(file);
            ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
            ::close(file);
        }
    }
}

}  // namespace threatatlas::bench
