#include "commands/json/body_json.hpp"

#include <algorithm>
#include <charconv>
#include <new>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.hpp"
#include "events/json_place.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

namespace dom = simdjson::dom;

// Longer member names are not repeated in the location of an error.
constexpr std::size_t shown_name_bytes_max = 100;

void append_name(std::string& pointer, std::string_view name) {
    for (const char c : name) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

[[noreturn]] void refuse(commands::RefusalKind kind, const Place& place, std::string detail) {
    std::vector<commands::FieldError> errors;
    errors.push_back({commands::FieldError::Where::pointer, place.pointer(), detail});
    throw commands::Refusal(kind, std::move(detail), std::move(errors));
}

std::string_view advice(simdjson::error_code error) {
    switch (error) {
        case simdjson::EMPTY:
            return "Send JSON: there is nothing but white space here.";
        case simdjson::UTF8_ERROR:
            return "Encode the text as UTF-8: it has bytes that are none.";
        case simdjson::STRING_ERROR:
        case simdjson::UNESCAPED_CHARS:
            return "Mend the texts: one has an escape that JSON does not know, half of a surrogate "
                   "pair, or a control character that is not escaped.";
        case simdjson::UNCLOSED_STRING:
            return "Close the last text: its quotation mark is missing.";
        case simdjson::NUMBER_ERROR:
            return "Write numbers as JSON has them: there is one that it does not know.";
        default:
            return "Send JSON: commas, colons, brackets or quotation marks are not where they "
                   "should be.";
    }
}

bool is_number_char(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Whether the text is a number whose magnitude is too large or too small for the type.
template <class Number>
bool overflows(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc::result_out_of_range && end == text.data() + text.size();
}

bool is_too_large(std::string_view text) {
    const bool whole = text.find_first_of(".eE") == std::string_view::npos;
    const bool negative = text.starts_with('-');
    const std::size_t first = negative ? 1 : 0;
    const bool zero_first = text.size() > first + 1 && text[first] == '0' && text[first + 1] != '.';
    if (zero_first || !is_number_char(text.back())) {
        return false;
    }
    if (!whole) {
        return overflows<double>(text);
    }
    return negative ? overflows<std::int64_t>(text) : overflows<std::uint64_t>(text);
}

// JSON numbers have no limit, but those of the parser do. A number beyond them is a wrong value and
// not a syntax error. It is replaced by a negative fraction, which no field accepts, so that it is
// refused as a wrong value at its location.
std::string with_large_numbers_replaced(std::string_view text) {
    constexpr std::string_view stand_in = "-0.5";
    std::string out(text);
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (in_string) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == '"') {
                in_string = false;
            }
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '-' || (text[i] >= '0' && text[i] <= '9')) {
            const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(i),
                                              text.end(), is_number_char);
            const auto length = static_cast<std::size_t>(end - text.begin()) - i;
            if (is_too_large(text.substr(i, length))) {
                out.replace(i, length, length, ' ');
                out.replace(i, stand_in.size(), stand_in);
            }
            i += length - 1;
        }
    }
    return out;
}

}  // namespace

void refuse_malformed(const Place& place, std::string detail, std::string_view body,
                      std::optional<std::size_t> fault) {
    if (fault) {
        // Inserted before the full stop.
        detail.pop_back();
        detail += fmt::format(" ({}).", events::line_and_column(body, *fault));
    }
    refuse(commands::RefusalKind::malformed, place, std::move(detail));
}

std::string_view readable_body(std::string_view body) {
    if (const auto encoding = events::foreign_encoding(body)) {
        refuse_malformed(Place(), fmt::format("Encode the body as UTF-8: it is {}.", *encoding),
                         body, std::nullopt);
    }
    return events::without_byte_order_mark(body);
}

std::string Place::pointer() const {
    if (in_ == nullptr) {
        return {};
    }
    std::string pointer = in_->pointer();
    if (name_.size() > shown_name_bytes_max) {
        return pointer;
    }
    pointer += '/';
    if (index_) {
        pointer += fmt::to_string(*index_);
    } else {
        append_name(pointer, name_);
    }
    return pointer;
}

void Complaints::add(const Place& place, std::string detail) {
    if (!enough()) {
        errors_.push_back(
            {commands::FieldError::Where::pointer, place.pointer(), std::move(detail)});
    }
}

void Complaints::add_once(const Place& place, std::string detail) {
    const std::string pointer = place.pointer();
    const auto is_same = [&](const commands::FieldError& error) { return error.name == pointer; };
    if (std::none_of(errors_.begin(), errors_.end(), is_same)) {
        add(place, std::move(detail));
    }
}

void Complaints::throw_if_any() const {
    if (errors_.empty()) {
        return;
    }
    const commands::FieldError& first = errors_.front();
    std::string detail = first.detail;
    if (!first.name.empty()) {
        detail = fmt::format("At {}: {}", first.name, first.detail);
    }
    if (errors_.size() > 1) {
        detail +=
            fmt::format(" There {} {}{} more under errors.", errors_.size() > 2 ? "are" : "is",
                        enough() ? "at least " : "", errors_.size() - 1);
    }
    throw commands::Refusal(commands::RefusalKind::unacceptable, std::move(detail), errors_);
}

struct JsonDocument::Buffers {
    dom::parser parser;
    std::string padded;

    dom::element parse(std::string_view text, const Place& place, std::string_view body) {
        const auto readable_behind =
            static_cast<std::size_t>(body.data() + body.size() - (text.data() + text.size()));
        auto result =
            readable_behind >= simdjson::SIMDJSON_PADDING ? parse_padded(text) : parse_copy(text);
        if (result.error() == simdjson::NUMBER_ERROR) {
            result = parse_copy(with_large_numbers_replaced(text));
        }
        switch (result.error()) {
            case simdjson::SUCCESS:
                return result.value_unsafe();
            case simdjson::MEMALLOC:
                throw std::bad_alloc();
            case simdjson::DEPTH_ERROR:
                refuse(commands::RefusalKind::unacceptable, place,
                       fmt::format("Nest objects and lists at most {} deep.",
                                   events::limits::json_depth_max));
            default:
                if (const auto control = events::raw_control_character(text)) {
                    refuse_malformed(place,
                                     fmt::format("Remove the control character {}: JSON has it "
                                                 "escaped, or not at all.",
                                                 *control),
                                     body, fault_within(body, text));
                }
                refuse_malformed(place, std::string(advice(result.error())), body,
                                 fault_within(body, text));
        }
    }

  private:
    // The offset in the body at which `text`, a part of it, is not valid JSON.
    static std::optional<std::size_t> fault_within(std::string_view body, std::string_view text) {
        auto fault = events::find_json_fault(with_large_numbers_replaced(text));
        if (fault) {
            *fault += static_cast<std::size_t>(text.data() - body.data());
        }
        return fault;
    }

    simdjson::simdjson_result<dom::element> parse_copy(std::string_view text) {
        padded.assign(text);
        padded.append(simdjson::SIMDJSON_PADDING, ' ');
        return parse_padded(std::string_view(padded).substr(0, text.size()));
    }

    simdjson::simdjson_result<dom::element> parse_padded(std::string_view text) {
        if (parser.capacity() < text.size() ||
            parser.max_depth() != events::limits::json_depth_max) {
            const std::size_t capacity = std::max<std::size_t>(text.size(), 4096);
            if (const auto error = parser.allocate(capacity, events::limits::json_depth_max)) {
                return error;
            }
        }
        constexpr bool copy_first = false;
        return parser.parse(text.data(), text.size(), copy_first);
    }
};

JsonDocument::JsonDocument(std::string_view text, const Place& place, std::string_view body) {
    thread_local Buffers kept;
    if (text.size() <= events::limits::body_bytes_max) {
        root_ = kept.parse(text, place, body);
    } else {
        own_ = std::make_unique<Buffers>();
        root_ = own_->parse(text, place, body);
    }
}

JsonDocument::~JsonDocument() = default;

bool Member::is(std::string_view known) {
    if (known_ != nullptr) {
        known_->push_back(known);
        return false;
    }
    ++asked_;
    found_ = name_ == known;
    return found_;
}

void Member::note(std::uint64_t& seen) {
    if (!found_) {
        return;
    }
    const std::uint64_t bit = std::uint64_t{1} << (asked_ - 1);
    if ((seen & bit) != 0) {
        complain("Give this field once: it is there twice.");
    }
    seen |= bit;
}

void Member::complain(std::size_t index, std::string detail) {
    const Place here = place();
    complaints_.add(Place(here, index), std::move(detail));
}

void Member::complain_unknown(const std::vector<std::string_view>& known) {
    const std::string_view meant = base::field_meant_by(name_, known);
    complain(meant.empty()
                 ? fmt::format("Leave this field out: there is none of that name. There {}.",
                               known.size() == 1 ? fmt::format("is only {}", known.front())
                                                 : fmt::format("are {}", fmt::join(known, ", ")))
                 : fmt::format("Did you mean \"{}\"? There is no field of this name.", meant));
}

}  // namespace threatatlas::command_json
