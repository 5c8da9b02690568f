#include "projections/fold_writer.hpp"

#include "events/limits.hpp"

namespace threatatlas::projections {

FoldWriter::FoldWriter(store::Store& store, Lines lines)
    : store_(store), lines_(lines), overlay_(store), fold_(overlay_), projections_(store) {}

void FoldWriter::add(const events::Event& event, std::string_view line) {
    fold_.next(event);
    if (lines_ == Lines::come_along) {
        log_.add_line(line);
    }
    ++group_events_;
    group_bytes_ += line.size();
    if (group_events_ >= events::limits::group_events_max ||
        group_bytes_ >= events::limits::bulk_body_bytes_max) {
        write_group();
    }
}

void FoldWriter::finish() {
    fold_.finish();
    write_group();
}

void FoldWriter::write_group() {
    // Nothing is rolled back here, so a transaction may extend over several groups.
    overlay_.keep_transaction();
    overlay_.write_to(projections_.rows);
    projections_.applied = fold_.position();
    if (lines_ == Lines::come_along) {
        store_.commit_unsynced(log_, projections_);
        log_.begin_after(log_.end());
    } else {
        store_.write_unsynced(projections_.rows);
    }
    projections_.rows.clear();
    overlay_.clear();
    group_events_ = 0;
    group_bytes_ = 0;
}

}  // namespace threatatlas::projections
