#pragma once

// The command line, read and checked.

#include <optional>
#include <string>
#include <vector>

#include "export/report.hpp"
#include "projections/verdict.hpp"
#include "replay/grid.hpp"
#include "replay/past.hpp"

namespace threatatlas {

struct Options {
    std::string command;
    std::string data;         // a directory, or empty
    std::string events;       // an exported file, "-", or empty
    std::string leaves_file;  // leaf hashes of lines that `events` does not have, or empty
    std::string output;       // a file, or empty for stdout
    std::optional<Format> format;
    const ReportForm* report_form = nullptr;  // of the command report
    ProductId product = 0;                    // 0 = not given
    Cut cut;                                  // --as-of, --at-position
    Thresholds thresholds;
    std::optional<Cut> from;  // an instant; of a date, the start of the day
    std::optional<Cut> to;
    std::string every;  // "1d", or "change"
    std::vector<EventType> types;
    std::string import_file;
    bool ignores_checkpoint = false;
    std::vector<std::string> keys;  // --vkey
    std::string checkpoint_file;    // a signed note that was kept
    std::string proof_file;         // may be empty for check-growth
    std::string event_file;         // holds one line
    Position position = 0;          // of the event to prove
};

// Nothing where only --help or --version was asked for, which is then answered. Throws UsageError.
std::optional<Options> parse_options(int count, const char* const* arguments);

}  // namespace threatatlas
