#include <fmt/format.h>

#include "export/contents.hpp"
#include "export/report.hpp"

namespace threatatlas::exports {
namespace {

// Longer names are shortened: file systems allow 255 bytes.
constexpr std::size_t name_bytes_max = 120;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The length in bytes of the UTF-8 character that begins with `first`.
std::size_t character_bytes(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// Characters that would end the name, change the directory, or make the name look different from
// what it is.
bool is_misleading(std::string_view character) {
    if (character.size() == 1) {
        return !is_plain(character.front());
    }
    const auto between = [character](std::string_view first, std::string_view last) {
        return character.size() == first.size() && character >= first && character <= last;
    };
    // Spaces, directional and invisible characters, byte order marks, noncharacters.
    return between("\u00A0", "\u00A0") || between("\u061C", "\u061C") ||
           between("\u2000", "\u206F") || between("\u3000", "\u3000") ||
           between("\uFEFF", "\uFEFF") || between("\uFFF0", "\uFFFF");
}

// Keeps the characters that `takes` accepts and replaces each run of others by one '-', but not at
// either end.
template <class Takes>
std::string safe_name(std::string_view text, const Takes& takes) {
    std::string name;
    bool gap = false;
    while (!text.empty()) {
        const std::string_view character = text.substr(0, character_bytes(text.front()));
        text.remove_prefix(character.size());
        if (!takes(character)) {
            gap = true;
            continue;
        }
        const bool dash = gap && !name.empty();
        if (name.size() + character.size() + (dash ? 1 : 0) > name_bytes_max) {
            break;
        }
        name += dash ? "-" : "";
        name += character;
        gap = false;
    }
    return name;
}

// RFC 8187 section 3.2.1: percent-encodes everything except attr-char.
std::string extended_value(std::string_view text) {
    std::string value;
    for (const char c : text) {
        if (is_plain(c) || c == '.' || c == '-') {
            value += c;
        } else {
            fmt::format_to(std::back_inserter(value), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return value;
}

}  // namespace

DownloadName download_name(const ReportView& view, const ReportForm& form) {
    const std::string_view product = view.product().texts[events::ProductField::name];
    const auto whole = [&](const std::string& name) {
        return fmt::format("{}-threat-model-{}{}",
                           name.empty() ? fmt::format("product-{}", view.product().id) : name,
                           date_of(view.inputs.as_of), form.suffix);
    };
    return {whole(safe_name(
                product, [](std::string_view character) { return is_plain(character.front()); })),
            whole(safe_name(product,
                            [](std::string_view character) { return !is_misleading(character); }))};
}

std::string attachment(const DownloadName& name) {
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", name.ascii,
                       extended_value(name.utf8));
}

}  // namespace threatatlas::exports
