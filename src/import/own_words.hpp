#pragma once

/// @file
/// Values in this program's own vocabulary, which CSV files, model.json and OWASP ThreatAtlas use.
/// Unknown ones give a warning and the safe value: unscored, identified, proposed.

#include <string>
#include <string_view>

#include "import/model_builder.hpp"

namespace threatatlas::imports {

/// Where the values are and who hears the warnings.
struct ValuesAt {
    ModelBuilder& builder;
    std::string_view path;
};

/// `likelihood` and `impact`: whole numbers 1 to 5, as texts; empty: not given. Both together
/// decide about the severity; only one of them is dropped. "unscored", "none" and an empty severity
/// are none.
events::Scoring read_scoring(const ValuesAt& at, std::string_view severity,
                             std::string_view likelihood, std::string_view impact);

/// An empty text is the safe value.
events::ThreatStatus read_threat_status(const ValuesAt& at, std::string_view word);
events::MitigationStatus read_mitigation_status(const ValuesAt& at, std::string_view word);

}  // namespace threatatlas::imports
