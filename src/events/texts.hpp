#pragma once

/// @file
/// The text fields of an object, and changes to them. All texts of an object are in one memory
/// block that copies share: a log has millions of objects, and few of their texts are ever read.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/shared_bytes.hpp"

namespace threatatlas::events {

/// One text per field. A given text is never empty; the empty text means none (null in JSON). The
/// total size is below 4 GiB, as the texts fit in a line (limits.hpp).
template <class Field, std::size_t count>
class Texts {
  public:
    static constexpr std::size_t size() { return count; }

    Texts() = default;
    /// `all` is in the order of the fields.
    Texts(const std::array<std::string_view, count>& all) {
        std::size_t bytes = 0;
        for (const std::string_view text : all) {
            bytes += text.size();
        }
        reserve(bytes);
        for (std::size_t i = 0; i < count; ++i) {
            set_at(i, all[i]);
        }
    }

    Texts(const Texts&) = default;
    Texts& operator=(const Texts&) = default;
    /// A moved-from object has no texts.
    Texts(Texts&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), ends_(std::exchange(other.ends_, {})) {}
    Texts& operator=(Texts&& other) noexcept {
        bytes_ = std::exchange(other.bytes_, {});
        ends_ = std::exchange(other.ends_, {});
        return *this;
    }
    ~Texts() = default;

    /// Valid until a text is set.
    std::string_view operator[](Field field) const { return at(static_cast<std::size_t>(field)); }
    std::string_view at(std::size_t field) const {
        const std::size_t begin = begin_of(field);
        return bytes_.view().substr(begin, ends_[field] - begin);
    }

    /// Sets a field. Setting fields in order only appends to the block. `text` may be a view of
    /// these texts.
    void set(Field field, std::string_view text) { set_at(static_cast<std::size_t>(field), text); }
    void set_at(std::size_t field, std::string_view text) {
        const std::size_t begin = begin_of(field);
        const std::size_t old_size = ends_[field] - begin;
        // Unsigned arithmetic: a shrinking text wraps around. Computed first because replace() may
        // invalidate `text`.
        const auto growth = static_cast<std::uint32_t>(text.size() - old_size);
        bytes_.replace(begin, old_size, text);
        for (std::size_t i = field; i < count; ++i) {
            ends_[i] += growth;
        }
    }

    /// Reserves memory for `bytes` bytes of text.
    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

    /// Total size of all texts, in bytes.
    std::size_t bytes() const { return ends_[count - 1]; }
    /// True if both share the same memory block.
    bool are_shared_with(const Texts& other) const { return bytes_.is_shared_with(other.bytes_); }

    bool operator==(const Texts&) const = default;

  private:
    std::size_t begin_of(std::size_t field) const { return field == 0 ? 0 : ends_[field - 1]; }

    base::SharedBytes bytes_;                  ///< the texts, concatenated in field order
    std::array<std::uint32_t, count> ends_{};  ///< end of each text
};

/// Changes to an object's texts: nullopt for a field that stays as it is, otherwise the new text;
/// an empty text clears the field.
template <class Field, std::size_t count>
class TextChanges {
  public:
    static constexpr std::size_t size() { return count; }

    /// Valid until a change is set.
    std::optional<std::string_view> operator[](Field field) const {
        return at(static_cast<std::size_t>(field));
    }
    std::optional<std::string_view> at(std::size_t field) const {
        return (given_ & bit_of(field)) != 0 ? std::optional(texts_.at(field)) : std::nullopt;
    }

    void set(Field field, std::string_view text) { set_at(static_cast<std::size_t>(field), text); }
    void set_at(std::size_t field, std::string_view text) {
        texts_.set_at(field, text);
        given_ |= bit_of(field);
    }
    /// Removes the change of a field.
    void leave_at(std::size_t field) {
        texts_.set_at(field, {});
        given_ &= ~bit_of(field);
    }

    bool empty() const { return given_ == 0; }
    /// Applies the changes to an object's texts.
    void apply_to(Texts<Field, count>& texts) const {
        for (std::size_t i = 0; i < count; ++i) {
            if (const auto text = at(i)) {
                texts.set_at(i, *text);
            }
        }
    }

    bool operator==(const TextChanges&) const = default;

  private:
    static_assert(count <= 32);
    static constexpr std::uint32_t bit_of(std::size_t field) { return std::uint32_t{1} << field; }

    Texts<Field, count> texts_;
    std::uint32_t given_ = 0;  ///< one bit per changed field
};

}  // namespace threatatlas::events
