// Parses lines of the log (event_line.hpp).

#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <simdjson.h>

#include "events/event_data_reader.hpp"
#include "events/event_line.hpp"
#include "events/event_rules.hpp"
#include "events/json_place.hpp"
#include "events/limits.hpp"
#include "events/line_values.hpp"
#include "events/text.hpp"

namespace threatatlas::events {
namespace {

namespace ondemand = simdjson::ondemand;
template <std::size_t... indices>
EventData empty_data_of(EventType type, std::index_sequence<indices...>) {
    EventData data;
    const auto wanted = static_cast<std::size_t>(type);
    ((indices == wanted ? static_cast<void>(data.emplace<indices>()) : void()), ...);
    return data;
}
ProductId read_source(std::string_view source) {
    constexpr std::string_view products = "/api/products/";
    if (source == "/api/api-tokens" || source == "/api/policies") {
        return 0;
    }
    ProductId id = 0;
    if (source.starts_with(products)) {
        source.remove_prefix(products.size());
        const auto [end, error] = std::from_chars(source.data(), source.data() + source.size(), id);
        if (error == std::errc{} && end == source.data() + source.size() && id > 0) {
            return id;
        }
    }
    throw BadLine("source is neither a product nor the tokens nor the policies");
}

// Members whose value follows from others: read_stored() trusts them, read() compares the whole
// line.
bool is_implied(std::string_view key) {
    return key == "specversion" || key == "subject";
}

// The string for a member that describes the recording, such as id, actor and reason; null for
// other members.
std::string* circumstance(Event& event, std::string_view key) {
    if (key == "id") {
        return &event.id;
    }
    if (key == "actor") {
        return &event.actor;
    }
    if (key == "reason") {
        return &event.reason;
    }
    if (key == "onbehalfof") {
        return &event.on_behalf_of;
    }
    return key == "idempotencykey" ? &event.idempotency_key : nullptr;
}

void read_type(Event& event, std::string_view text) {
    const auto type = parse_event_type(text);
    if (!type) {
        throw BadLine(
            fmt::format("unknown event type \"{}\": was it written by a newer version?", text));
    }
    event.data = empty_data_of(*type, std::make_index_sequence<std::variant_size_v<EventData>>());
}

// Reserves memory for texts of at most `bytes` bytes in total.
void reserve_texts(Event& event, std::size_t bytes) {
    std::visit(
        [bytes](auto& data) {
            if constexpr (requires { data.texts; }) {
                data.texts.reserve(bytes);
            }
        },
        event.data);
}

// `bytes_left`: the number of bytes from the member to the end of the line.
void read_member(Event& event, std::string_view key, ondemand::value value, std::size_t bytes_left,
                 Members members) {
    if (key == "data") {
        if (members == Members::all) {
            reserve_texts(event, bytes_left);
        }
        read_data(event, value.get_object(), members);
    } else if (key == "position") {
        event.position = value.get_uint64();
    } else if (key == "time") {
        event.time = read_instant(value);
    } else if (key == "source") {
        event.product_id = read_source(value.get_string());
    } else if (key == "type") {
        read_type(event, value.get_string());
    } else if (std::string* const text = circumstance(event, key)) {
        if (members == Members::all) {
            *text = std::string_view(value.get_string());
        }
    } else if (!is_implied(key)) {
        throw BadLine(fmt::format("unknown member \"{}\"", key));
    }
}

// True if `line` equals `written` except that U+2028 and U+2029 are unescaped: earlier versions
// left all of them unescaped.
bool is_in_earlier_form(std::string_view line, std::string_view written) {
    while (!written.empty()) {
        const bool is_escape = written.starts_with('\\');
        std::string_view expected = written.substr(0, is_escape ? 2 : 1);
        written.remove_prefix(expected.size());
        if (expected == "\\u" && (written.starts_with("2028") || written.starts_with("2029"))) {
            expected = written.starts_with("2028") ? "\u2028" : "\u2029";
            written.remove_prefix(4);
        }
        if (!line.starts_with(expected)) {
            return false;
        }
        line.remove_prefix(expected.size());
    }
    return line.empty();
}

// The cause is either invalid JSON from some column on, or a member of the wrong type.
std::string fault_of_parsing(std::string_view line, const simdjson::simdjson_error& error) {
    const char* const why = simdjson::error_message(error.error());
    const auto fault = find_json_fault(line);
    if (!fault) {
        return fmt::format("not an event line: {}", why);
    }
    return fmt::format("not an event line, invalid JSON from column {} on: {}",
                       count_points(line.substr(0, *fault)) + 1, why);
}

// Clears the event but keeps its memory.
void reset(Event& event) {
    event.position = 0;
    event.time = {};
    event.product_id = 0;
    for (std::string* text :
         {&event.id, &event.actor, &event.reason, &event.on_behalf_of, &event.idempotency_key}) {
        text->clear();
    }
    event.occurred_at.reset();
    event.data.emplace<0>();
}

}  // namespace

struct LineReader::Buffers {
    ondemand::parser parser;
    std::string line;     // including the padding that the parser reads beyond its input
    std::string written;  // the line as written again from its event
};

LineReader::LineReader() : buffers_(std::make_unique<Buffers>()) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

Event LineReader::read_stored(std::string_view line) {
    Event event;
    read_stored(line, event);
    return event;
}

void LineReader::read_stored(std::string_view line, Event& event, std::size_t bytes_behind,
                             Members members) {
    static_assert(line_bytes_behind >= simdjson::SIMDJSON_PADDING);
    reset(event);
    std::string_view readable(line.data(), line.size() + bytes_behind);
    if (bytes_behind < line_bytes_behind) {
        std::string& padded = buffers_->line;
        padded.assign(line);
        padded.append(line_bytes_behind, ' ');
        readable = padded;
    }
    try {
        auto document = buffers_->parser.iterate(readable.data(), line.size(), readable.size());
        for (ondemand::field field : document.get_object()) {
            const std::string_view key = key_of(field);
            const auto bytes_left =
                static_cast<std::size_t>(readable.data() + line.size() - key.data());
            read_member(event, key, field.value(), bytes_left, members);
        }
    } catch (const simdjson::simdjson_error& error) {
        if (const auto control = raw_control_character(line)) {
            throw BadLine(
                fmt::format("not an event line: it has the control character {}", *control));
        }
        throw BadLine(fault_of_parsing(line, error));
    }
}

Event LineReader::read(std::string_view line) {
    Event event;
    read(line, event);
    return event;
}

void LineReader::read(std::string_view line, Event& event) {
    if (line.size() > limits::line_bytes_max) {
        throw BadLine(fmt::format("longer than {} bytes", limits::line_bytes_max));
    }
    read_stored(line, event);
    if (const auto fault = fault_of(event)) {
        throw BadLine(*fault);
    }
    std::string& written = buffers_->written;
    written.clear();
    append_line(written, event);
    if (written != line && !is_in_earlier_form(line, written)) {
        const auto difference =
            std::mismatch(written.begin(), written.end(), line.begin(), line.end());
        throw BadLine(fmt::format("not in the form in which events are stored, from byte {}",
                                  difference.second - line.begin()));
    }
}

}  // namespace threatatlas::events
