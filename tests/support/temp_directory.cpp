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
    std::error_code left_behind_is_no_failure;
    std::filesystem::remove_all(path_, left_behind_is_no_failure);
}

}  // namespace threatatlas::testing
