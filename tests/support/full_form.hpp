#pragma once

#include <cstdlib>

namespace threatatlas::testing {

/// Whether suites with a long form take it: `tools/test --full` sets THREATATLAS_FULL.
inline bool is_full_form() {
    return std::getenv("THREATATLAS_FULL") != nullptr;
}

}  // namespace threatatlas::testing
