#include "replay/shown_text.hpp"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cwchar>

namespace threatatlas::replay {
namespace {

constexpr std::string_view ellipsis = "…";

// Selects a UTF-8 locale for this thread, because wcwidth() depends on it. C.UTF-8 is built into
// glibc; without it every character counts as one column.
class Utf8Locale {
  public:
    Utf8Locale() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (own_ != nullptr) {
            before_ = ::uselocale(own_);
        }
    }
    ~Utf8Locale() {
        if (own_ != nullptr) {
            ::uselocale(before_);
            ::freelocale(own_);
        }
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

    std::size_t width_of(wchar_t point) const {
        const int width = own_ == nullptr ? 1 : ::wcwidth(point);
        return static_cast<std::size_t>(std::max(width, 0));
    }

  private:
    ::locale_t own_;
    ::locale_t before_ = nullptr;
};

// Removes the first code point, or one byte if no code point begins there.
wchar_t take_point(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t point = size == 1 ? first : first & (0x7FU >> size);
    if (text.size() < size) {
        text.remove_prefix(1);
        return L'?';
    }
    for (std::size_t i = 1; i < size; ++i) {
        point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    text.remove_prefix(size);
    return static_cast<wchar_t>(point);
}

}  // namespace

std::size_t shown_width(std::string_view text) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F;
    });
    if (is_ascii) {
        return text.size();
    }
    const Utf8Locale locale;
    std::size_t width = 0;
    while (!text.empty()) {
        width += locale.width_of(take_point(text));
    }
    return width;
}

std::string clipped(std::string text, std::size_t width_max) {
    if (shown_width(text) <= width_max) {
        return text;
    }
    const Utf8Locale locale;
    std::string_view rest = text;
    std::size_t width = 0;
    std::size_t keep = 0;  // bytes; combining marks stay with their character
    while (!rest.empty()) {
        width += locale.width_of(take_point(rest));
        if (width + 1 > width_max) {
            break;
        }
        keep = text.size() - rest.size();
    }
    text.resize(keep);
    return text.append(ellipsis);
}

}  // namespace threatatlas::replay
