#pragma once

// JSON that comes from outside, read strictly: the whole text is checked before anything of it is
// used, objects are walked member by member, and what is wrong is collected with its place.

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

namespace threatatlas {

// A place in a body. Costs nothing until its pointer is asked for. A place holds on to the one that
// it is in, and to its name, which must live longer.
class Place {
  public:
    // The whole body.
    Place() = default;
    Place(const Place& in, std::string_view name) : in_(&in), name_(name) {}
    Place(const Place& in, std::size_t index) : in_(&in), index_(index) {}

    // RFC 6901; "" for the whole body. Ends before a name that is too long to be repeated in an
    // answer.
    std::string pointer() const;

  private:
    const Place* in_ = nullptr;
    std::string_view name_;
    std::optional<std::size_t> index_;
};

// What is wrong with a body, in the order in which it was found.
class Complaints {
  public:
    // More would help nobody: a client that made so many mistakes made one of them many times.
    static constexpr std::size_t errors_max = 20;

    // Lets go of what goes beyond errors_max. `detail` is a sentence that says what to do.
    void add(const Place& place, std::string detail);
    // Unless there is a complaint about that place already: for a field that is missing where it
    // may have been given wrongly.
    void add_once(const Place& place, std::string detail);

    bool enough() const { return errors_.size() >= errors_max; }
    std::size_t size() const { return errors_.size(); }
    // Throws Refusal (unacceptable) where there are complaints.
    void throw_if_any() const;

  private:
    std::vector<FieldError> errors_;
};

// Refuses a body that is not JSON. `detail` is a sentence that says what to do. `fault` is the byte
// at which the body stops being JSON, if it is known: its line and column become part of the
// sentence.
[[noreturn]] void refuse_malformed(const Place& place, std::string detail, std::string_view body,
                                   std::optional<std::size_t> fault);

// A body without the byte order mark before it. Refuses one that is not in UTF-8 by its beginning.
std::string_view readable_body(std::string_view body);

// A text that is JSON: valid UTF-8, one value and nothing behind it, not too deep, without half
// surrogate pairs. Numbers too large for 64 bits read as fractions.
class JsonDocument {
  public:
    // Throws Refusal: malformed, or unacceptable where it is too deep. `text` is not needed
    // afterwards. A later document of the same thread may reuse the buffers of this one.
    // `body`: the bytes that the text is a part of; a refusal counts its lines and columns from
    // their start. Bytes of the body that follow the text may be looked at: with
    // simdjson::SIMDJSON_PADDING of them the text need not be copied.
    JsonDocument(std::string_view text, const Place& place, std::string_view body);
    JsonDocument(std::string_view text, const Place& place) : JsonDocument(text, place, text) {}
    ~JsonDocument();
    JsonDocument(const JsonDocument&) = delete;
    JsonDocument& operator=(const JsonDocument&) = delete;

    simdjson::dom::element root() const { return root_; }

  private:
    struct Buffers;

    std::unique_ptr<Buffers> own_;  // of a text that is too large for the buffers that are kept
    simdjson::dom::element root_;
};

// One member of an object, while the names that are known there are held against its name.
class Member {
  public:
    Member(std::string_view name, simdjson::dom::element value, const Place& object,
           Complaints& complaints)
        : name_(name), value_(value), object_(object), complaints_(complaints) {}

    // Whether the member has this name. Ask in the same order for every member of an object.
    bool is(std::string_view known);

    std::string_view name() const { return name_; }
    simdjson::dom::element value() const { return value_; }
    bool is_null() const { return value_.is_null(); }
    Place place() const { return {object_, name_}; }

    // Keeps a text that was made of the value, as long as the member.
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

    // Whether this member is one too many with its name; `seen` are the names that were given.
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

// Hands each member of the object to `take`, which says whether it knows the member. Complains of
// those it does not know, and of those that are given twice. Known names are at most 64.
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

}  // namespace threatatlas
