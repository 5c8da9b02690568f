#pragma once

#include <cstdlib>

namespace threatatlas::testing {

/// Whether suites run their long form: `tools/test --full` sets THREATATLAS_FULL.
inline bool is_full_form() {
    return std::getenv("THREATATLAS_FULL") != nullptr;
}

}  // namespace threatatlas::testing
