#include "replay/transactions.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "events/store/keys.hpp"
#include "projections/fold.hpp"
#include "projections/rows.hpp"
#include "replay/errors.hpp"

namespace threatatlas::replay {
namespace {

constexpr Position progress_events = 1024;

events::PrefetchingReader::Reading reading_of(const LogSource& source, events::Members members) {
    if (!source.is_checked()) {
        return events::PrefetchingReader::Reading::strict;
    }
    return members == events::Members::all ? events::PrefetchingReader::Reading::stored
                                           : events::PrefetchingReader::Reading::stored_posture;
}

}  // namespace

EventStream::EventStream(LogSource& source, events::Members members)
    : source_(source),
      ahead_(
          [&source]() -> std::optional<events::NumberedLine> {
              if (!source.next()) {
                  return std::nullopt;
              }
              return events::NumberedLine{source.number(), source.line()};
          },
          reading_of(source, members),
          source.may_wait() ? events::PrefetchingReader::Threads::one
                            : events::PrefetchingReader::Threads::two),
      progress_("reading the log", source.unit()) {}

bool EventStream::next() {
    if (!advance()) {
        end_.position = std::max(end_.position, source_.known_up_to());
        return false;
    }
    const events::Event& event = ahead_.event();
    check_order(event);
    end_ = {event.position, event.time};
    end_product_ = event.product_id;
    bytes_ += line().size() + 1;
    if (end_.position % progress_events == 0) {
        progress_.update(source_.unit() == Progress::Unit::bytes ? bytes_ : end_.position,
                         source_.total());
    }
    return true;
}

bool EventStream::advance() {
    try {
        return ahead_.next();
    } catch (const events::BadLine& error) {
        if (source_.is_unterminated(ahead_.line().number)) {
            throw CannotRead(fmt::format(
                "{}: the file ends within this line: it was cut off. Copy or export it again",
                place()));
        }
        throw CannotRead(fmt::format("{}: {}", place(), error.what()));
    }
}

void EventStream::check_order(const events::Event& event) const {
    const auto lines_are_hidden = [&] {
        return event.position > end_.position && event.position - 1 <= source_.known_up_to();
    };
    if (event.position != end_.position + 1 && !lines_are_hidden()) {
        throw CannotRead(
            fmt::format("{}: position {} instead of {}; a log must be read from its first event on "
                        "without gaps. If lines are hidden from you, give the leaf hashes of all "
                        "positions with --leaves",
                        place(), event.position, end_.position + 1));
    }
    if (end_.position == 0) {
        return;
    }
    if (event.time < end_.time) {
        throw CannotRead(fmt::format("{}: recorded before the preceding event", place()));
    }
    if (event.time == end_.time && event.product_id != end_product_) {
        throw CannotRead(
            fmt::format("{}: one transaction contains events of two products", place()));
    }
}

TransactionStream::TransactionStream(LogSource& source, std::optional<ProductId> only,
                                     events::Members members, std::optional<Position> asked)
    : events_(source, members), only_(only), asked_(asked), has_ahead_(events_.next()) {}

const ReplayedTransaction* TransactionStream::next() {
    while (has_ahead_) {
        current_.time = events_.event().time;
        current_.product = events_.event().product_id;
        current_.events.clear();
        current_.line_bytes.clear();
        const Position first = events_.event().position;
        const bool wanted = !only_ || *only_ == current_.product;
        do {
            current_.last_position = events_.event().position;
            note_policy();
            if (wanted) {
                take_event();
            }
            has_ahead_ = events_.next();
        } while (has_ahead_ && events_.event().time == current_.time);
        note_time(first);
        if (wanted) {
            return &current_;
        }
    }
    return nullptr;
}

std::optional<projections::PolicyVersion> TransactionStream::find_policy(
    const std::string& name, base::Instant instant) const {
    const std::string prefix = projections::policy_prefix(name);
    const auto& versions = policies_.policy_versions();
    const auto after = versions.upper_bound(prefix + store::be64_key(store::micros_of(instant)));
    if (after == versions.begin() || !std::prev(after)->first.starts_with(prefix)) {
        return std::nullopt;
    }
    return projections::decode<projections::PolicyVersion>(std::prev(after)->second);
}

// Policies apply to all products, so they are kept whichever product is read.
void TransactionStream::note_policy() {
    const events::Event& event = events_.event();
    if (events::defined_policy_of(event).empty()) {
        return;
    }
    try {
        projections::fold(policies_, event);
    } catch (const projections::BadHistory& error) {
        throw CannotRead(error.what());
    }
}

void TransactionStream::note_time(Position first) {
    if (!asked_ || first > *asked_) {
        return;
    }
    const bool ends_by_then = current_.last_position <= *asked_;
    time_at_position_ = ends_by_then ? current_.time : current_.time - std::chrono::microseconds{1};
}

void TransactionStream::take_event() {
    current_.line_bytes.push_back(events_.line().size());
    current_.events.push_back(events_.take_event());
}

}  // namespace threatatlas::replay
