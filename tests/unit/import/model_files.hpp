#pragma once

/// @file
/// Model files of the tests, and counts of what was read from them.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "import/import_error.hpp"
#include "import/imported_model.hpp"

namespace threatatlas::imports::testing {

/// The bytes of a file in tests/unit/import/models.
inline std::string model_file(std::string_view name) {
    const auto path =
        std::filesystem::path(THREATATLAS_SOURCE_DIRECTORY) / "tests/unit/import/models" / name;
    std::ifstream in(path, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(in, path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The number of threats with a severity; nullopt: unscored.
inline std::size_t scored(const ImportedModel& model, std::optional<events::Severity> severity) {
    return static_cast<std::size_t>(std::count_if(
        model.threats.begin(), model.threats.end(),
        [&](const ImportedThreat& threat) { return threat.scoring.severity == severity; }));
}

inline std::size_t with_status(const ImportedModel& model, events::ThreatStatus status) {
    return static_cast<std::size_t>(
        std::count_if(model.threats.begin(), model.threats.end(),
                      [&](const ImportedThreat& threat) { return threat.status == status; }));
}

inline std::size_t with_status(const ImportedModel& model, events::MitigationStatus status) {
    return static_cast<std::size_t>(std::count_if(
        model.mitigations.begin(), model.mitigations.end(),
        [&](const ImportedMitigation& mitigation) { return mitigation.status == status; }));
}

inline std::size_t link_count(const ImportedModel& model) {
    std::size_t count = 0;
    for (const ImportedMitigation& mitigation : model.mitigations) {
        count += mitigation.threats.size();
    }
    return count;
}

/// The keys of the threats, in their order.
inline std::vector<std::string> keys_of(const ImportedModel& model) {
    std::vector<std::string> keys;
    for (const ImportedThreat& threat : model.threats) {
        keys.push_back(threat.key);
    }
    return keys;
}

/// One field of all threats, in their order.
inline std::vector<std::string> all_of(const ImportedModel& model, events::ThreatField field) {
    std::vector<std::string> texts;
    for (const ImportedThreat& threat : model.threats) {
        texts.emplace_back(threat.texts[field]);
    }
    return texts;
}

/// "path: detail" of each warning.
inline std::vector<std::string> warnings_of(const ImportedModel& model) {
    std::vector<std::string> lines;
    for (const ImportWarning& warning : model.warnings) {
        lines.push_back(warning.path + ": " + warning.detail);
    }
    return lines;
}

/// The detail with which a reader refuses `bytes`; empty if it accepts them.
inline std::string refusal(ImportedModel (*read)(std::string_view), std::string_view bytes,
                           ImportFault fault = ImportFault::unacceptable) {
    try {
        read(bytes);
    } catch (const ImportError& error) {
        BOOST_CHECK(error.fault() == fault);
        return error.detail();
    }
    return {};
}

/// Compares two lists and shows the first difference.
inline void check_equal(const std::vector<std::string>& found,
                        const std::vector<std::string>& expected) {
    BOOST_CHECK_EQUAL_COLLECTIONS(found.begin(), found.end(), expected.begin(), expected.end());
}

}  // namespace threatatlas::imports::testing
