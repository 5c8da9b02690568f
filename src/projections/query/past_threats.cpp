#include "projections/query/past_threats.hpp"

#include <algorithm>

#include "events/event_line.hpp"
#include "projections/fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::query {

std::vector<projections::RatedThreat> PastThreats::after(const HistoryStep& step) {
    if (!kept_.contains(step.time)) {
        fold_until(step);
    }
    return kept_.at(step.time);
}

void PastThreats::fold_until(const HistoryStep& step) {
    kept_.clear();
    const std::uint64_t threats = std::max<std::uint64_t>(step.row.posture.total_threats, 1);
    const std::uint64_t events_kept = std::max<std::uint64_t>(kept_max_ / threats, 1);
    projections::MemoryTables tables;
    events::LineReader reader;
    events::Event event;
    std::uint64_t version = 0;
    base::Instant time{};
    const auto end_transaction = [&] {
        projections::settle_coverage(tables);
        if (version + events_kept > step.row.version) {
            const ProductAt then = product_at(product_, *tables.product(product_), time);
            auto& rated = kept_[time];
            rated = rated_threats(tables, product_, then.posture);
            rows_read_ += rated.size();
        }
    };
    scan_product_lines(view_, product_, 0, step.time, [&](Position, std::string_view line) {
        reader.read_stored(line, event, 0, events::Members::of_posture);
        if (version > 0 && event.time != time) {
            end_transaction();
        }
        projections::fold(tables, event);
        time = event.time;
        ++version;
        return true;
    });
    end_transaction();
    rows_read_ += version;
}

}  // namespace threatatlas::query
