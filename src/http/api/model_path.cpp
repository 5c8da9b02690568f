#include "http/api/model_path.hpp"

#include <simdjson.h>

#include "events/text.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::api {
namespace {

// Unicode code points. Long enough for any repository; the path is repeated in every result.
constexpr std::size_t model_path_points_max = 1'000;

bool is_plain_text(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size()) &&
           events::count_points(text) <= model_path_points_max &&
           !events::has_control_character(text) &&
           text.find_first_of("\n\t") == std::string_view::npos;
}

// True for "C:", which begins a path on Windows.
bool begins_with_drive(std::string_view text) {
    return text.size() >= 2 && text[1] == ':' &&
           ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

[[noreturn]] void refuse() {
    throw bad_parameter("model_path",
                        "Give the path of a file in the repository, relative to its root, with "
                        "slashes and without `..`, for example docs/threat-model.json.");
}

}  // namespace

exports::ModelPath read_model_path(std::string_view text) {
    if (!is_plain_text(text) || begins_with_drive(text) ||
        text.find('\\') != std::string_view::npos) {
        refuse();
    }
    exports::ModelPath path{.path = std::string(text), .uri = {}};
    for (std::string_view rest = text;;) {
        const std::size_t slash = rest.find('/');
        const std::string_view segment = rest.substr(0, slash);
        if (segment.empty() || segment == "." || segment == "..") {
            refuse();
        }
        path.uri += percent_encoded(segment);
        if (slash == std::string_view::npos) {
            return path;
        }
        path.uri += '/';
        rest.remove_prefix(slash + 1);
    }
}

}  // namespace threatatlas::api
