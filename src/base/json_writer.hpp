#pragma once

/// @file
/// Writes compact JSON (RFC 8259) to the end of a string, for event lines and responses, whose
/// bytes and speed matter. Members keep the caller's order, strings stay UTF-8, and only what must
/// be escaped is escaped. Besides what JSON requires, U+0085, U+2028 and U+2029 are escaped,
/// because many line readers (Node's readline, Java's Scanner, Python's splitlines) treat them as
/// line ends.

#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas::base {

/// Appends `text` as a quoted JSON string. `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Inserts the commas. The caller pairs begin and end calls and gives a key before each member.
class JsonWriter {
  public:
    /// Appends to `out`, which must outlive the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}
    /// Continues inside an object that already has members.
    enum class Inside { object };
    JsonWriter(std::string& out, Inside) : out_(out), comma_due_(true) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    /// `name` is one that the program chose: at most key_bytes_max bytes, none of which needs
    /// escaping.
    static constexpr std::size_t key_bytes_max = 120;
    JsonWriter& key(std::string_view name);
    /// Writes a key and a string value at once; `name` as for key().
    JsonWriter& member(std::string_view name, std::string_view text);
    /// Writes a string; `text` must be valid UTF-8.
    JsonWriter& string(std::string_view text);
    JsonWriter& number(std::uint64_t value);
    JsonWriter& signed_number(std::int64_t value);
    /// Writes an array of unsigned numbers.
    template <class Numbers>
    JsonWriter& numbers(const Numbers& values) {
        begin_array();
        for (const std::uint64_t value : values) {
            number(value);
        }
        return end_array();
    }
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    /// Writes a value that is already JSON.
    JsonWriter& raw(std::string_view json);
    /// Writes a string, or null if `text` is empty.
    JsonWriter& string_or_null(std::string_view text) {
        return text.empty() ? null() : string(text);
    }

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string& out_;
    bool comma_due_ = false;
};

}  // namespace threatatlas::base
