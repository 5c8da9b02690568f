#pragma once

/// @file
/// Strict parsing of JSON from outside: the whole text is validated before any of it is used,
/// objects are read member by member, and errors are collected with their places.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "commands/refusal.hpp"

namespace threatatlas::command_json {

/// A place in a body. Costs nothing until pointer() is called. Refers to the enclosing place and to
/// its name, which must outlive it.
class Place {
  public:
    /// The whole body.
    Place() = default;
    Place(const Place& in, std::string_view name) : in_(&in), name_(name) {}
    Place(const Place& in, std::size_t index) : in_(&in), index_(index) {}

    /// RFC 6901; "" for the whole body. Ends before a name that is too long to be repeated in an
    /// answer.
    std::string pointer() const;

  private:
    const Place* in_ = nullptr;
    std::string_view name_;
    std::optional<std::size_t> index_;
};

/// The errors in a body, in the order in which they were found.
class Complaints {
  public:
    /// A client that made more mistakes than this made one of them many times.
    static constexpr std::size_t errors_max = 20;

    /// Ignores errors beyond errors_max. `detail` is a sentence that says what to do.
    void add(const Place& place, std::string detail);
    /// Adds an error unless there is one about that place already: for a missing field that may
    /// have been given wrongly.
    void add_once(const Place& place, std::string detail);

    bool enough() const { return errors_.size() >= errors_max; }
    std::size_t size() const { return errors_.size(); }
    /// Throws Refusal (unacceptable) if there are errors.
    void throw_if_any() const;

  private:
    std::vector<commands::FieldError> errors_;
};

/// Throws Refusal for a body that is not JSON. `detail` is a sentence that says what to do. `fault`
/// is the byte at which the body stops being JSON, if it is known: its line and column are added to
/// the sentence.
[[noreturn]] void refuse_malformed(const Place& place, std::string detail, std::string_view body,
                                   std::optional<std::size_t> fault);

/// The body without its byte order mark. Throws Refusal if its first bytes show that it is not
/// UTF-8.
std::string_view readable_body(std::string_view body);

/// A JSON text: valid UTF-8, one value and nothing after it, not nested too deeply, without
/// unpaired surrogates. Numbers too large for 64 bits are read as fractions.
class JsonDocument {
  public:
    /// Throws Refusal: malformed, or unacceptable if it is nested too deeply. `text` is not needed
    /// afterwards. A later document of the same thread may reuse the buffers of this one. `body`
    /// contains the text; a refusal counts lines and columns from its start. Bytes of the body
    /// after the text may be read: with simdjson::SIMDJSON_PADDING of them the text need not be
    /// copied.
    JsonDocument(std::string_view text, const Place& place, std::string_view body);
    JsonDocument(std::string_view text, const Place& place) : JsonDocument(text, place, text) {}
    ~JsonDocument();
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    simdjson::dom::element root() const { return root_; }

  private:
    struct Buffers;

    std::unique_ptr<Buffers> own_;  ///< for a text that is too large for the buffers of the thread
    simdjson::dom::element root_;
};

/// One member of an object, while its name is compared with the known names.
class Member {
  public:
    Member(std::string_view name, simdjson::dom::element value, const Place& object,
           Complaints& complaints)
        : name_(name), value_(value), object_(object), complaints_(complaints) {}

    /// Whether the member has this name. Call in the same order for every member of an object.
    bool is(std::string_view known);

    std::string_view name() const { return name_; }
    simdjson::dom::element value() const { return value_; }
    bool is_null() const { return value_.is_null(); }
    Place place() const { return {object_, name_}; }

    /// Keeps a text that was derived from the value as long as the member.
    std::string_view keep(std::string text) {
        kept_ = std::move(text);
        return kept_;
    }

    void complain(std::string detail) { complaints_.add(place(), std::move(detail)); }
    void complain(std::size_t index, std::string detail);

  private:
    template <class Take>
    friend void walk_object(simdjson::dom::object object, const Place& place,
                            Complaints& complaints, const Take& take);

    /// Whether another member had the same name; `seen` are the names so far.
    void note(std::uint64_t& seen);
    void complain_unknown(const std::vector<std::string_view>& known);

    std::string_view name_;
    simdjson::dom::element value_;
    const Place& object_;
    Complaints& complaints_;
    unsigned asked_ = 0;
    bool found_ = false;
    std::vector<std::string_view>* known_ = nullptr;
    std::string kept_;
};

/// Calls `take` with each member of the object. `take` returns whether it knows the member.
/// Complains about unknown members and duplicates. At most 64 names are known.
template <class Take>
void walk_object(simdjson::dom::object object, const Place& place, Complaints& complaints,
                 const Take& take) {
    std::uint64_t seen = 0;
    for (const auto field : object) {
        if (complaints.enough()) {
            return;
        }
        Member member(field.key, field.value, place, complaints);
        if (take(member)) {
            member.note(seen);
            continue;
        }
        std::vector<std::string_view> known;
        Member probe = member;
        probe.known_ = &known;
        take(probe);
        member.complain_unknown(known);
    }
}

}  // namespace threatatlas::command_json
