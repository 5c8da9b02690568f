#pragma once

/// @file
/// This program's own downloads of a model.

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "events/event.hpp"
#include "export/report.hpp"
#include "export/report_view.hpp"
#include "import/imported_model.hpp"
#include "projections/query/report_inputs.hpp"

namespace threatatlas::imports::testing {

/// The download of product 1 in a form ("json", "csv") after these changes.
inline std::string download_of(const std::vector<events::EventData>& changes,
                               std::string_view form) {
    query::ReportCollector collector(1, std::nullopt);
    events::Event event;
    event.product_id = 1;
    event.actor = "editor#2";
    event.time = base::parse_instant("2026-01-05T08:00:00Z").value();
    for (const events::EventData& change : changes) {
        ++event.position;
        event.id = "019b0000-0000-7000-8000-000000000000";
        event.data = change;
        collector.add(event);
    }
    const auto inputs = collector.finish(std::nullopt);
    return exports::report_form_for(form)->write(exports::make_report_view(inputs, {}));
}

}  // namespace threatatlas::imports::testing
