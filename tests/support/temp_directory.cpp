#include "support/temp_directory.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <stdlib.h>

namespace threatatlas::testing {

TempDirectory::TempDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "threatatlas-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    path_ = name;
}

TempDirectory::~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace threatatlas::testing
