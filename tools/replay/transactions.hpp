#pragma once

// The log as events, and as the transactions that they make.

#include <optional>
#include <vector>

#include "events/event_log.hpp"
#include "events/prefetching_reader.hpp"
#include "replay/log_source.hpp"

namespace threatatlas {

// Checks on the way that positions have no gap but for lines that are hidden, that times rise and
// that a transaction is about one product. Throws CannotRead that names the place where the log is
// not what it should be.
class EventStream {
  public:
    // The source is the caller's and outlives the stream. Only lines that were checked before are
    // read in part.
    explicit EventStream(LogSource& source, Members members = Members::all);

    // Moves on to the next event; false at the end.
    bool next();
    // The three after next() said true, and until it is called again.
    const Event& event() { return ahead_.event(); }
    Event take_event() { return std::move(ahead_.event()); }
    std::string_view line() const { return ahead_.line().text; }

    // The newest event read so far; at the end, the last position that is known of.
    LogEnd read_up_to() const { return end_; }

  private:
    bool advance();
    void check_order(const Event& event) const;
    std::string place() const { return source_.place(ahead_.line().number); }

    LogSource& source_;  // the lines are asked for by ahead_ alone
    PrefetchingReader ahead_;
    Progress progress_;
    std::uint64_t bytes_ = 0;
    LogEnd end_;
    ProductId end_product_ = 0;
};

struct ReplayedTransaction {
    Instant time{};
    ProductId product = 0;
    Position last_position = 0;
    std::vector<Event> events;            // one at least
    std::vector<std::size_t> line_bytes;  // of each of them
};

class TransactionStream {
  public:
    // The source is the caller's and outlives the stream. With `only`, transactions of other
    // products are passed over.
    TransactionStream(LogSource& source, std::optional<ProductId> only,
                      Members members = Members::all);

    // Null at the end. Good until next() is called again.
    const ReplayedTransaction* next();

    // The newest event read so far; the newest of the log once next() gave null.
    LogEnd read_up_to() const { return events_.read_up_to(); }

  private:
    void take_event();

    EventStream events_;
    const std::optional<ProductId> only_;
    bool has_ahead_;  // the stream stands at the first event of the next transaction
    ReplayedTransaction current_;
};

}  // namespace threatatlas
