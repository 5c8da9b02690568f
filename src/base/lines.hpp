#pragma once

/// @file
/// The lines of a transaction, stored contiguously in one buffer that is reused for the next
/// transaction.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace threatatlas::base {

/// Not thread-safe.
class Lines {
  public:
    /// Adds a line: `write` appends it to the string it receives. Returns a view that is valid
    /// until the next add().
    template <class Write>
    std::string_view add(const Write& write) {
        const std::size_t begin = bytes_.size();
        write(bytes_);
        ends_.push_back(bytes_.size());
        return std::string_view(bytes_).substr(begin);
    }

    /// Valid until the next add().
    std::string_view operator[](std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(bytes_).substr(begin, ends_[index] - begin);
    }
    std::size_t size() const { return ends_.size(); }
    bool empty() const { return ends_.empty(); }

    /// Removes all lines and keeps the capacity.
    void clear() {
        bytes_.clear();
        ends_.clear();
    }

    class Iterator {
      public:
        Iterator(const Lines& lines, std::size_t index) : lines_(lines), index_(index) {}
        std::string_view operator*() const { return lines_[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

      private:
        const Lines& lines_;
        std::size_t index_;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

  private:
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

}  // namespace threatatlas::base
