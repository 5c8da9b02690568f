// Times and thresholds in requests.

#include <algorithm>
#include <string>

#include "base/instant.hpp"
#include "fuzz/fuzz_target.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::fuzz {
namespace {

constexpr std::size_t instant_chars = 27;
constexpr std::size_t ratio_chars_max = 2 + 17;  // 0.12345678901234567

void check_instant(base::Instant instant) {
    const std::string text = base::format_instant(instant);
    require(text.size() == instant_chars, "a time has 27 characters");
    require(base::parse_instant(text) == instant, "a time survives a round trip");
    require(base::parse_as_of(text) == instant, "as_of accepts the time unchanged");
}

void check_times(std::string_view text) {
    const auto instant = base::parse_instant(text);
    const auto as_of = base::parse_as_of(text);
    require(!instant || as_of == instant, "as_of accepts every time");
    require(!base::is_date(text) || as_of.has_value(), "as_of accepts every date");
    require(!base::is_date(text) || !instant, "a date is not a time");
    if (as_of) {
        check_instant(*as_of);
    }
}

// Slow, simple reference: one digit at a time.
void check_ratio(std::string_view text) {
    const auto ratio = projections::parse_ratio(text);
    if (!ratio) {
        return;
    }
    require(ratio->units <= projections::Ratio::one, "a ratio is at most one");
    require(text.size() <= ratio_chars_max &&
                text.find_first_not_of("0123456789.") == std::string_view::npos,
            "a ratio consists of a few digits and a point");
    const auto point = std::min(text.find('.'), text.size());
    std::uint64_t whole = 0;
    for (const char c : text.substr(0, point)) {
        whole = whole * 10 + static_cast<std::uint64_t>(c - '0');
    }
    std::uint64_t units = whole * projections::Ratio::one;
    std::uint64_t place = projections::Ratio::one;
    for (std::size_t i = point + 1; i < text.size(); ++i) {
        place /= 10;
        units += static_cast<std::uint64_t>(text[i] - '0') * place;
    }
    require(ratio->units == units, "a ratio equals the decimal that was sent");
}

void check_bool(std::string_view text) {
    std::string other_case(text);
    for (char& c : other_case) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        c = is_letter ? static_cast<char>(c ^ 0x20) : c;
    }
    require(projections::parse_bool(text) == projections::parse_bool(other_case),
            "booleans ignore case");
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas::fuzz;
    const std::string_view text = bytes_of(data, size);
    check_times(text);
    check_ratio(text);
    check_bool(text);
    return 0;
}
