#include "events/line_values.hpp"

namespace threatatlas::events {

namespace ondemand = simdjson::ondemand;

base::Instant read_instant(ondemand::value value) {
    const std::string_view text = value.get_string();
    if (const auto instant = base::parse_instant(text)) {
        return *instant;
    }
    throw BadLine(fmt::format("\"{}\" is not an instant", text));
}

base::Day read_day(ondemand::value value) {
    const std::string_view text = value.get_string();
    if (const auto day = base::parse_day(text)) {
        return *day;
    }
    throw BadLine(fmt::format("\"{}\" is not a date", text));
}
std::vector<std::uint64_t> read_ids(ondemand::value value) {
    std::vector<std::uint64_t> ids;
    for (auto id : value.get_array()) {
        ids.push_back(id.get_uint64());
        if (ids.size() > 1 && ids.back() <= ids[ids.size() - 2]) {
            throw BadLine("ids must be in ascending order");
        }
    }
    return ids;
}

Ratio read_ratio(std::string_view token) {
    const auto ratio = parse_ratio(token);
    if (!ratio) {
        throw BadLine("a ratio is not a decimal from 0 to 1");
    }
    return *ratio;
}

std::string number_text(ondemand::value value) {
    const std::string_view token = value.raw_json_token();
    static_cast<void>(double(value.get_double()));
    return std::string(token.substr(0, token.find_last_not_of(" \t\n\r") + 1));
}

std::string_view key_of(const ondemand::field& field) {
    const char* const begin = field.key().raw();
    const char* end = begin;
    while (*end != '"') {  // the parser has verified that there is one
        ++end;
    }
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace threatatlas::events
