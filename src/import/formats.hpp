#pragma once

/// @file
/// The formats of threat models that can be imported, one source file each, and their recognition
/// by content. Pure functions: no clock, no network, no files.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "import/imported_model.hpp"

namespace threatatlas::imports {

enum class Format : std::uint8_t {
    threat_dragon,  ///< OWASP Threat Dragon, versions 1 and 2, decided by diagram
    threagile,      ///< risks.json; or the model's YAML, of which risk_tracking and own risks count
    threat_composer,  ///< AWS Threat Composer
    tm7,              ///< Microsoft Threat Modeling Tool
    tm_bom,           ///< OWASP Threat Model Library (CycloneDX TM-BOM)
    otm,              ///< Open Threat Model, JSON or YAML
    threatatlas,      ///< OWASP ThreatAtlas: canvas export, its API's lists, its CSV
    csv,              ///< columns that docs/IMPORT.md lists, in any order
    model_json,       ///< this program's own model.json
};

inline constexpr std::array all_formats{
    Format::threat_dragon, Format::threagile, Format::threat_composer,
    Format::tm7,           Format::tm_bom,    Format::otm,
    Format::threatatlas,   Format::csv,       Format::model_json};

/// The names by which requests select a format: "threat-dragon", "model.json" …
std::string_view name_of(Format format);
std::optional<Format> parse_format(std::string_view name);

/// Reads a file. Without `format` it is recognised by its content, never by a name. Throws
/// ImportError.
ImportedModel read_model(std::string_view bytes, std::optional<Format> format = std::nullopt);

/// The readers of the formats. Each throws ImportError if the bytes are not of its format.
ImportedModel read_threat_dragon(std::string_view bytes);
ImportedModel read_threagile(std::string_view bytes);
ImportedModel read_threat_composer(std::string_view bytes);
ImportedModel read_tm7(std::string_view bytes);
ImportedModel read_tm_bom(std::string_view bytes);
ImportedModel read_otm(std::string_view bytes);
ImportedModel read_threatatlas(std::string_view bytes);
ImportedModel read_csv(std::string_view bytes);
ImportedModel read_model_json(std::string_view bytes);

}  // namespace threatatlas::imports
