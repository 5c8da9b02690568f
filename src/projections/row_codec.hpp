#pragma once

/// @file
/// Encodes values as row bytes and decodes them (docs/FORMATS.md). The encoding is canonical: each
/// value has exactly one encoding, and decoding rejects everything else.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "events/store/errors.hpp"
#include "events/store/keys.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::projections {

/// The bytes of a row are not the encoding of any value.
class BadRow : public store::ReadError {
  public:
    explicit BadRow(const std::string& why) : store::ReadError("reading a row: " + why) {}
};

/// Encodes integers as LEB128 in the fewest bytes, texts with their length first, and optionals as
/// 0 or as 1 followed by the value.
class RowWriter {
  public:
    RowWriter() = default;
    /// Reuses the memory of `buffer`, whose content is discarded.
    explicit RowWriter(std::string buffer) : bytes_(std::move(buffer)) { bytes_.clear(); }

    RowWriter& number(std::uint64_t value) {
        while (value >= 0x80) {
            bytes_ += static_cast<char>(static_cast<std::uint8_t>(value | 0x80U));
            value >>= 7U;
        }
        bytes_ += static_cast<char>(value);
        return *this;
    }
    /// Eight bytes, big-endian: for numbers that are uniformly distributed.
    RowWriter& bits(std::uint64_t value) {
        store::append_be64(bytes_, value);
        return *this;
    }
    RowWriter& boolean(bool value) { return number(value ? 1 : 0); }
    RowWriter& text(std::string_view text) {
        number(text.size());
        bytes_ += text;
        return *this;
    }
    RowWriter& instant(base::Instant instant) { return number(store::micros_of(instant)); }
    RowWriter& optional_instant(const std::optional<base::Instant>& instant) {
        boolean(instant.has_value());
        return instant ? this->instant(*instant) : *this;
    }
    /// Days since 1970-01-01, which no day precedes.
    RowWriter& day(base::Day day) {
        return number(static_cast<std::uint64_t>(day.time_since_epoch().count()));
    }
    RowWriter& optional_digest(const std::optional<base::Digest>& digest) {
        boolean(digest.has_value());
        if (digest) {
            bytes_ += base::bytes_of(*digest);
        }
        return *this;
    }
    template <class Texts>
    RowWriter& texts(const Texts& texts) {
        for (std::size_t i = 0; i < Texts::size(); ++i) {
            text(texts.at(i));
        }
        return *this;
    }
    RowWriter& ids(std::span<const std::uint64_t> ids) {
        return number(ids.size()).ids_without_size(ids);
    }
    /// Encodes ascending ids as differences.
    RowWriter& ids_without_size(std::span<const std::uint64_t> ids) {
        std::uint64_t last = 0;
        for (const auto id : ids) {
            number(id - last);
            last = id;
        }
        return *this;
    }

    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// Decodes the bytes of a row. All functions throw BadRow if the bytes are not canonical.
class RowReader {
  public:
    explicit RowReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t number() {
        // Most numbers are small.
        if (!bytes_.empty() && static_cast<std::uint8_t>(bytes_.front()) < 0x80) {
            const auto value = static_cast<std::uint8_t>(bytes_.front());
            bytes_.remove_prefix(1);
            return value;
        }
        return long_number();
    }
    /// The same as as many calls of number(), but faster if all of them are small.
    template <std::size_t count>
    std::array<std::uint64_t, count> numbers() {
        std::array<std::uint64_t, count> values{};
        if (bytes_.size() >= count) {
            std::uint64_t all_bits = 0;
            for (std::size_t i = 0; i < count; ++i) {
                values[i] = static_cast<std::uint8_t>(bytes_[i]);
                all_bits |= values[i];
            }
            if (all_bits < 0x80) {
                bytes_.remove_prefix(count);
                return values;
            }
        }
        for (std::uint64_t& value : values) {
            value = number();
        }
        return values;
    }
    std::uint64_t bits() { return store::read_be64(take(store::be64_bytes)); }
    bool boolean() { return name<bool>(2); }
    /// Reads the number of one of `count` enumerators.
    template <class Value>
    Value name(std::uint64_t count) {
        const std::uint64_t value = number();
        if (value >= count) {
            throw BadRow("a number is not a valid enumerator");
        }
        return static_cast<Value>(value);
    }
    template <class Enum>
    Enum name() {
        return name<Enum>(events::names_of<Enum>().size());
    }
    std::string text() { return std::string(view()); }
    /// Valid as long as the bytes of the row.
    std::string_view view() { return take(number()); }
    base::Instant instant() {
        const std::uint64_t micros = number();
        if (micros > std::numeric_limits<std::int64_t>::max()) {
            throw BadRow("a time is out of range");
        }
        return store::instant_of(micros);
    }
    std::optional<base::Instant> optional_instant() {
        return boolean() ? std::optional(instant()) : std::nullopt;
    }
    base::Day day() {
        constexpr auto end = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
        return base::Day{std::chrono::days{
            name<std::int32_t>(static_cast<std::uint64_t>(end.time_since_epoch().count()))}};
    }
    std::optional<base::Digest> optional_digest() {
        return boolean() ? std::optional(base::digest_of_bytes(take(base::digest_bytes)))
                         : std::nullopt;
    }
    template <class Texts>
    Texts texts() {
        Texts texts;
        for (std::size_t i = 0; i < Texts::size(); ++i) {
            texts.set_at(i, view());
        }
        return texts;
    }
    /// The number of entries of a list; each takes at least a byte.
    std::size_t size() { return checked_size(number()); }
    /// The same, for a number that was read before.
    std::size_t checked_size(std::uint64_t size) const {
        if (size > bytes_.size()) {
            throw BadRow("a list is longer than its row");
        }
        return size;
    }
    std::vector<std::uint64_t> ids() {
        std::vector<std::uint64_t> ids(size());
        read_ids(ids);
        return ids;
    }
    /// Reads as many ids as `ids` has places.
    void read_ids(std::span<std::uint64_t> ids) {
        std::uint64_t last = 0;
        for (std::uint64_t& id : ids) {
            const std::uint64_t distance = number();
            if (distance == 0 || distance > std::numeric_limits<std::uint64_t>::max() - last) {
                throw BadRow("ids are not in ascending order");
            }
            last += distance;
            id = last;
        }
    }

    bool at_end() const { return bytes_.empty(); }
    void end() const {
        if (!at_end()) {
            throw BadRow("bytes after the end");
        }
    }

  private:
    /// A number of any size.
    std::uint64_t long_number() {
        std::uint64_t value = 0;
        std::size_t size = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (size == bytes_.size()) {
                throw BadRow("the row is cut off");
            }
            const auto byte = static_cast<std::uint8_t>(bytes_[size++]);
            const std::uint64_t part = byte & 0x7FU;
            if (shift == 63 && part > 1) {
                break;
            }
            value |= part << shift;
            if (byte < 0x80) {
                if (byte == 0 && shift > 0) {
                    break;
                }
                bytes_.remove_prefix(size);
                return value;
            }
        }
        throw BadRow("a number is not in its shortest form");
    }
    std::string_view take(std::uint64_t size) {
        if (size > bytes_.size()) {
            throw BadRow("the row is cut off");
        }
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

    std::string_view bytes_;
};

/// Decodes a whole row: bytes behind what `read` reads are an error.
template <class Row, class Read>
Row read_whole(std::string_view bytes, Read read) {
    RowReader reader(bytes);
    Row row = read(reader);
    reader.end();
    return row;
}

/// 0 means unscored, the severities follow from 1.
inline void write_severity(RowWriter& out, std::optional<events::Severity> severity) {
    out.number(severity ? static_cast<std::uint64_t>(*severity) + 1 : 0);
}

inline std::optional<events::Severity> read_severity(RowReader& in) {
    const auto severity = in.name<std::uint8_t>(events::severity_count + 1);
    return severity == 0 ? std::nullopt
                         : std::optional(static_cast<events::Severity>(severity - 1));
}

}  // namespace threatatlas::projections
