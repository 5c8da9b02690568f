#include "import/formats.hpp"

#include "import/recognise.hpp"

namespace threatatlas::imports {
namespace {

struct FormatEntry {
    std::string_view name;
    ImportedModel (*read)(std::string_view bytes);
};

// In the order of Format.
constexpr std::array<FormatEntry, all_formats.size()> format_entries{{
    {"threat-dragon", read_threat_dragon},
    {"threagile", read_threagile},
    {"threat-composer", read_threat_composer},
    {"tm7", read_tm7},
    {"tm-bom", read_tm_bom},
    {"otm", read_otm},
    {"threatatlas", read_threatatlas},
    {"csv", read_csv},
    {"model.json", read_model_json},
}};

}  // namespace

std::string_view name_of(Format format) {
    return format_entries.at(static_cast<std::size_t>(format)).name;
}

std::optional<Format> parse_format(std::string_view name) {
    for (const Format format : all_formats) {
        if (name_of(format) == name) {
            return format;
        }
    }
    return std::nullopt;
}

ImportedModel read_model(std::string_view bytes, std::optional<Format> format) {
    const Format known = format ? *format : recognise(bytes);
    return format_entries.at(static_cast<std::size_t>(known)).read(bytes);
}

}  // namespace threatatlas::imports
