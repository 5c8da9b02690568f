#include "replay/transactions.hpp"

#include <fmt/format.h>

#include "replay/errors.hpp"

namespace threatatlas {
namespace {

constexpr Position progress_events = 1024;

}  // namespace

EventStream::EventStream(LogSource& source)
    : source_(source), progress_("reading the log", source.unit()) {}

bool EventStream::next() {
    if (!source_.next()) {
        return false;
    }
    event_ = parse();
    check_order();
    end_ = {event_.position, event_.time};
    end_product_ = event_.product_id;
    if (end_.position % progress_events == 0) {
        progress_.update(source_.done(), source_.total());
    }
    return true;
}

Event EventStream::parse() {
    try {
        return source_.is_checked() ? reader_.read_stored(source_.line())
                                    : reader_.read(source_.line());
    } catch (const BadLine& error) {
        throw CannotRead(fmt::format("{}: {}", source_.place(), error.what()));
    }
}

void EventStream::check_order() const {
    if (event_.position != end_.position + 1) {
        throw CannotRead(
            fmt::format("{}: position {} where {} should follow; a log is read whole, "
                        "from its first event on",
                        source_.place(), event_.position, end_.position + 1));
    }
    if (end_.position == 0) {
        return;
    }
    if (event_.time < end_.time) {
        throw CannotRead(
            fmt::format("{}: recorded before the event in front of it", source_.place()));
    }
    if (event_.time == end_.time && event_.product_id != end_product_) {
        throw CannotRead(
            fmt::format("{}: one transaction speaks of two products", source_.place()));
    }
}

TransactionStream::TransactionStream(LogSource& source, std::optional<ProductId> only)
    : events_(source), only_(only), has_ahead_(events_.next()) {}

const Transaction* TransactionStream::next() {
    while (has_ahead_) {
        current_.time = events_.event().time;
        current_.product = events_.event().product_id;
        current_.events.clear();
        current_.line_bytes.clear();
        const bool wanted = !only_ || *only_ == current_.product;
        do {
            current_.last_position = events_.event().position;
            if (wanted) {
                take_event();
            }
            has_ahead_ = events_.next();
        } while (has_ahead_ && events_.event().time == current_.time);
        if (wanted) {
            return &current_;
        }
    }
    return nullptr;
}

void TransactionStream::take_event() {
    current_.line_bytes.push_back(events_.line().size());
    current_.events.push_back(events_.take_event());
}

}  // namespace threatatlas
