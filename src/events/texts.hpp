#pragma once

// The texts of an object and what changes in them. All texts of one object share one piece of
// memory, and so do its copies: a log has millions of objects, and few of their texts are ever
// looked at.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/shared_bytes.hpp"

namespace threatatlas {

// One text for each field. A text that is given is never empty, so the empty one means: none (null
// in JSON). All together are shorter than 4 GiB (limits.hpp: they fit in a line).
template <class Field, std::size_t count>
class Texts {
  public:
    static constexpr std::size_t size() { return count; }

    Texts() = default;
    // In the order of the fields.
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
    // What is moved from has no text left.
    Texts(Texts&& other) noexcept
        : bytes_(std::exchange(other.bytes_, {})), ends_(std::exchange(other.ends_, {})) {}
    Texts& operator=(Texts&& other) noexcept {
        bytes_ = std::exchange(other.bytes_, {});
        ends_ = std::exchange(other.ends_, {});
        return *this;
    }
    ~Texts() = default;

    // Good until a text is set.
    std::string_view operator[](Field field) const { return at(static_cast<std::size_t>(field)); }
    std::string_view at(std::size_t field) const {
        const std::size_t begin = begin_of(field);
        return bytes_.view().substr(begin, ends_[field] - begin);
    }

    // In the order of the fields this only adds to what is there. The text may be one of these.
    void set(Field field, std::string_view text) { set_at(static_cast<std::size_t>(field), text); }
    void set_at(std::size_t field, std::string_view text) {
        const std::size_t begin = begin_of(field);
        const std::size_t old_size = ends_[field] - begin;
        // Unsigned: what grows smaller goes once around. Before the text may be gone.
        const auto growth = static_cast<std::uint32_t>(text.size() - old_size);
        bytes_.replace(begin, old_size, text);
        for (std::size_t i = field; i < count; ++i) {
            ends_[i] += growth;
        }
    }

    // Makes room for so many bytes at once.
    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

    // Of all texts together.
    std::size_t bytes() const { return ends_[count - 1]; }
    // Whether both are in the same memory.
    bool are_shared_with(const Texts& other) const { return bytes_.is_shared_with(other.bytes_); }

    bool operator==(const Texts&) const = default;

  private:
    std::size_t begin_of(std::size_t field) const { return field == 0 ? 0 : ends_[field - 1]; }

    SharedBytes bytes_;                        // one text behind the other
    std::array<std::uint32_t, count> ends_{};  // of each of them
};

// What changes in an object's texts: nothing for a field that stays, else its new text, where the
// empty one clears it.
template <class Field, std::size_t count>
class TextChanges {
  public:
    static constexpr std::size_t size() { return count; }

    // Good until a change is set.
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
    // The field stays after all.
    void leave_at(std::size_t field) {
        texts_.set_at(field, {});
        given_ &= ~bit_of(field);
    }

    bool empty() const { return given_ == 0; }
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
    std::uint32_t given_ = 0;  // a bit for each field that changes
};

}  // namespace threatatlas
