#pragma once

// Writes compact JSON (RFC 8259) at the end of a string. For event lines and answers, whose bytes
// and speed matter: the order of members is the caller's, texts are left in UTF-8, and only what
// must be escaped is. Beyond what JSON demands these are U+0085, U+2028 and U+2029: many readers of
// lines (Node's readline, Java's Scanner, Python's splitlines) end a line at one of them.

#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas {

// Appends `text` in quotes. `text` is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Puts the commas; the caller keeps begin and end in pairs and gives a key before each member.
class JsonWriter {
  public:
    // `out` is the caller's and outlives the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}
    // Goes on in an object that has members already.
    enum class Inside { object };
    JsonWriter(std::string& out, Inside) : out_(out), comma_due_(true) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    JsonWriter& key(std::string_view name);
    // A key and its text at once. The name is one that need not be escaped.
    JsonWriter& member(std::string_view name, std::string_view text);
    JsonWriter& string(std::string_view text);
    JsonWriter& number(std::uint64_t value);
    JsonWriter& signed_number(std::int64_t value);
    JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
    JsonWriter& null() { return raw("null"); }
    // A value that is JSON already.
    JsonWriter& raw(std::string_view json);
    // A text, or null where it is empty.
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

}  // namespace threatatlas
