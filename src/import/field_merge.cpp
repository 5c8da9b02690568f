#include "import/field_merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace threatatlas::imports {

MergedField merge_field(std::string_view in_file, const events::FieldDigest& file_digest,
                        std::string_view here, const events::FieldDigest* last,
                        Precedence precedence) {
    if (in_file == here || (last != nullptr && file_digest == *last)) {
        return {.takes_file = false, .is_conflict = false};
    }
    if (last == nullptr && in_file.empty()) {
        return {.takes_file = false, .is_conflict = false};
    }
    if (last != nullptr && events::field_digest(here) == *last) {
        return {.takes_file = true, .is_conflict = false};
    }
    return {.takes_file = precedence == Precedence::file, .is_conflict = true};
}

std::string text_of(const events::Scoring& scoring) {
    const auto score = [](std::optional<std::uint8_t> value) {
        return value ? fmt::format("{}", *value) : std::string();
    };
    return fmt::format("{}/{}/{}",
                       scoring.severity ? events::name_of(*scoring.severity) : std::string_view(),
                       score(scoring.likelihood), score(scoring.impact));
}

std::string text_of(const events::CoverageScope& scope) {
    // Texts of events have no NUL.
    constexpr char separator = '\0';
    return fmt::format("{}{}{}{}{}", fmt::join(scope.threat_ids, ","), separator, scope.diagram,
                       separator, scope.element_id);
}

}  // namespace threatatlas::imports
