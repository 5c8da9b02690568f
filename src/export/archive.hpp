#pragma once

// A ZIP archive in memory that depends on what is put in and on nothing else: no clock, no owner.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace threatatlas {

class Archive {
  public:
    // Throws std::runtime_error where libzip fails, as all of them do.
    Archive();
    ~Archive();
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;

    enum class Packing { deflated, stored };

    // A file whose contents are made when its turn comes in finish(), and forgotten after it.
    // `name` is ASCII. Whatever `make` looks at is the caller's and outlives finish().
    void add(const std::string& name, std::function<std::string()> make,
             Packing packing = Packing::deflated);

    // The archive's bytes, with the files in the order in which they were added. Once. What a
    // file's `make` throws is thrown here.
    std::string finish();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace threatatlas
