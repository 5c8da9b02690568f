#include "http/ops/diagnostic_log.hpp"

#include <array>

#include <simdjson.h>

#include "base/json_writer.hpp"

namespace threatatlas::ops {
namespace {

constexpr std::array<std::string_view, 3> level_names{"info", "warning", "error"};

std::string readable(std::string_view text) {
    std::string out(text);
    if (!simdjson::validate_utf8(out)) {
        for (char& c : out) {
            if (static_cast<unsigned char>(c) >= 0x80) {
                c = '?';
            }
        }
    }
    return out;
}

}  // namespace

std::string log_line(base::Instant time, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields) {
    std::string line;
    base::JsonWriter json(line);
    json.begin_object();
    json.key("time").string(base::format_instant(time));
    json.key("level").string(level_names[static_cast<std::size_t>(level)]);
    json.key("event").string(event);
    for (const LogField& field : fields) {
        json.key(field.name);
        if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
            json.number(*number);
        } else {
            json.string(readable(std::get<std::string_view>(field.value)));
        }
    }
    json.end_object();
    line += '\n';
    return line;
}

void Log::write(LogLevel level, std::string_view event,
                std::initializer_list<LogField> fields) const {
    sink_(log_line(clock_(), level, event, fields));
}

}  // namespace threatatlas::ops
