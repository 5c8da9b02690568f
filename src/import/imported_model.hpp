#pragma once

/// @file
/// The threat model that a file describes, in this program's vocabulary. A format (formats.hpp)
/// turns bytes into one of these; nothing after that knows which format it was.

#include <cstddef>
#include <string>
#include <vector>

#include "events/event.hpp"

namespace threatatlas::imports {

/// A threat. Its texts obey the rules of events (events/text.hpp): valid UTF-8, no control
/// characters, at most the allowed number of code points, and a name that is not blank.
/// `external_id` is empty unless ImportedModel::keeps_external_ids is set.
struct ImportedThreat {
    /// Identifies the threat within the file, from one version of the file to the next. Never
    /// empty, and unique among the threats of the model. At most limits::key_bytes_max bytes.
    std::string key;
    events::ThreatTexts texts;
    events::Scoring scoring;
    events::ThreatStatus status = events::ThreatStatus::identified;
    /// Where the file describes it: a JSON pointer, an XPath or "line 7".
    std::string path;

    bool operator==(const ImportedThreat&) const = default;
};

/// A mitigation. The rules for its texts and key are those of a threat; keys of threats and of
/// mitigations are apart.
struct ImportedMitigation {
    std::string key;
    events::MitigationTexts texts;
    events::MitigationStatus status = events::MitigationStatus::proposed;
    /// The threats that it covers: ascending, unique indices into ImportedModel::threats. If there
    /// are none, it covers the element `element_id` of `diagram`, or nothing if `element_id` is
    /// empty.
    std::vector<std::size_t> threats;
    std::string diagram;
    std::string element_id;
    std::string path;

    bool operator==(const ImportedMitigation&) const = default;
};

/// Something in the file that could not be taken over as it is.
struct ImportWarning {
    std::string path;    ///< as ImportedThreat::path
    std::string detail;  ///< one sentence

    bool operator==(const ImportWarning&) const = default;
};

struct ImportedModel {
    std::string format;                   ///< name of the format, such as "threat-dragon"
    std::string title;                    ///< the name that the file gives its model; empty: none
    std::vector<ImportedThreat> threats;  ///< in the order of the file
    std::vector<ImportedMitigation> mitigations;  ///< in the order of the file
    std::vector<ImportWarning> warnings;          ///< the first limits::warnings_max
    std::size_t warning_count = 0;                ///< all of them
    /// The objects have the external_id that the file gives them, or none; otherwise the plan
    /// derives it from the source and the key.
    bool keeps_external_ids = false;
};

}  // namespace threatatlas::imports
