#include "events/imported_fields.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/digest.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::events {

FieldDigest field_digest(std::string_view value) {
    FieldDigest digest{};
    if (!value.empty()) {
        const base::Digest whole = base::sha256(value);
        std::copy_n(whole.begin(), digest.size(), digest.begin());
    }
    return digest;
}

std::optional<std::string> fault_of_source(std::string_view source) {
    if (!simdjson::validate_utf8(source.data(), source.size())) {
        return "source is not UTF-8";
    }
    if (is_blank(source)) {
        return "source is blank";
    }
    if (count_points(source) > limits::source_points_max) {
        return fmt::format("source is longer than {} characters", limits::source_points_max);
    }
    if (has_control_character(source)) {
        return fmt::format("source has the control character {}",
                           describe_control_character(source));
    }
    return std::nullopt;
}

}  // namespace threatatlas::events
