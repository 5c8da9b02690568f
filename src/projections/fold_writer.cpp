#include "projections/fold_writer.hpp"

#include "events/event_log.hpp"
#include "events/limits.hpp"

namespace threatatlas {

FoldWriter::FoldWriter(Store& store, Lines lines)
    : store_(store), lines_(lines), overlay_(store), fold_(overlay_) {}

void FoldWriter::add(const Event& event, std::string_view line) {
    fold_.next(event);
    if (lines_ == Lines::come_along) {
        append_event(batch_, store_, event.position, line);
    }
    ++group_events_;
    group_bytes_ += line.size();
    if (group_events_ >= limits::group_events_max || group_bytes_ >= limits::bulk_body_bytes_max) {
        write_group();
    }
}

void FoldWriter::finish() {
    fold_.finish();
    write_group();
}

void FoldWriter::write_group() {
    // Nothing is ever taken back here: a transaction may well go over several groups.
    overlay_.keep_transaction();
    overlay_.write_to(batch_);
    store_.write_unsynced(batch_);
    batch_.Clear();
    overlay_.clear();
    group_events_ = 0;
    group_bytes_ = 0;
}

}  // namespace threatatlas
