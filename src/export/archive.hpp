#pragma once

/// @file
/// A ZIP archive in memory whose bytes depend only on its contents: no time stamps, no owner.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace threatatlas::exports {

/// Not thread-safe.
class Archive {
  public:
    /// All functions throw std::runtime_error if libzip fails.
    Archive();
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    enum class Packing { deflated, stored };

    /// Adds a file whose contents are made during finish(), when the file is written, and released
    /// afterwards. `name` is ASCII. Everything that `make` uses must outlive finish().
    void add(const std::string& name, std::function<std::string()> make,
             Packing packing = Packing::deflated);

    /// Returns the bytes of the archive, with the files in the order in which they were added. Call
    /// once. Rethrows what a file's `make` throws.
    std::string finish();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace threatatlas::exports
