#pragma once

/// The command line, parsed and checked.

#include <optional>
#include <string>
#include <vector>

#include "export/report.hpp"
#include "import/formats.hpp"
#include "import/plan.hpp"
#include "projections/verdict.hpp"
#include "replay/grid.hpp"
#include "replay/past.hpp"

namespace threatatlas::replay {

struct Options {
    std::string command;
    std::string data;         ///< directory, or empty
    std::string events;       ///< exported file, "-", or empty
    std::string leaves_file;  ///< leaf hashes of lines that `events` lacks, or empty
    std::string output;       ///< file; empty: stdout
    std::optional<Format> format;
    const exports::ReportForm* report_form = nullptr;  ///< of `report`
    ProductId product = 0;                             ///< 0: not given
    Cut cut;                                           ///< --as-of, --at-position
    projections::Thresholds thresholds;
    query::PolicyChoice policies;  ///< --policy
    std::optional<Cut> baseline;   ///< --baseline
    std::optional<Cut> from;       ///< an instant; for a date, the start of the day
    std::optional<Cut> to;
    std::string every;  ///< "1d", or "change"
    std::vector<events::EventType> types;
    std::string import_file;
    std::optional<imports::Format> model_format;  ///< of `import-plan`; nullopt: by content
    std::string source;                           ///< of `import-plan`; empty: the format
    imports::MissingObjects missing = imports::MissingObjects::keep;  ///< of `import-plan`
    bool ignores_checkpoint = false;
    std::vector<std::string> keys;  ///< --vkey
    std::string checkpoint_file;    ///< a signed note kept by the auditor
    std::string proof_file;         ///< may be empty for check-growth
    std::string event_file;         ///< contains one line
    Position position = 0;          ///< of the event to prove
};

/// nullopt after --help or --version, which were printed. Throws UsageError.
std::optional<Options> parse_options(int count, const char* const* arguments);

}  // namespace threatatlas::replay
