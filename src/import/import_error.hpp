#pragma once

/// @file
/// Why a file cannot be imported. Nothing of such a file is.

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

namespace threatatlas::imports {

enum class ImportFault : std::uint8_t {
    malformed,     ///< not the JSON, YAML, XML or CSV that it begins as; the detail has line and
                   ///< column
    unacceptable,  ///< well-formed, but of no known format, not of the requested one, or beyond a
                   ///< limit
};

class ImportError : public std::exception {
  public:
    /// `detail`: sentences that say what the file looks like and what to do.
    ImportError(ImportFault fault, std::string detail)
        : fault_(fault), detail_(std::move(detail)) {}

    ImportFault fault() const { return fault_; }
    const std::string& detail() const { return detail_; }
    const char* what() const noexcept override { return detail_.c_str(); }

  private:
    ImportFault fault_;
    std::string detail_;
};

}  // namespace threatatlas::imports
