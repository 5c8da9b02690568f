#pragma once

/// The log as a stream of events, and as a stream of transactions.

#include <optional>
#include <vector>

#include "events/event_log.hpp"
#include "events/prefetching_reader.hpp"
#include "projections/memory_tables.hpp"
#include "replay/log_source.hpp"

namespace threatatlas::replay {

/// Also checks the log: positions have no gaps except for hidden lines, times never decrease, and a
/// transaction has events of only one product. Throws CannotRead with the place of the first
/// violation.
class EventStream {
  public:
    /// `source` must outlive the stream. `members` limits what is parsed, and only for lines that
    /// were validated before they were stored.
    explicit EventStream(LogSource& source, events::Members members = events::Members::all);

    /// Advances to the next event; false at the end.
    bool next();
    /// Valid after next() has returned true, until its next call.
    const events::Event& event() { return ahead_.event(); }
    events::Event take_event() { return std::move(ahead_.event()); }
    std::string_view line() const { return ahead_.line().text; }

    /// The newest event read so far; at the end, the last known position.
    events::LogEnd read_up_to() const { return end_; }

  private:
    bool advance();
    void check_order(const events::Event& event) const;
    std::string place() const { return source_.place(ahead_.line().number); }

    LogSource& source_;  // its lines are read only through ahead_
    events::PrefetchingReader ahead_;
    Progress progress_;
    std::uint64_t bytes_ = 0;
    events::LogEnd end_;
    ProductId end_product_ = 0;
};

struct ReplayedTransaction {
    base::Instant time{};
    ProductId product = 0;
    Position last_position = 0;
    std::vector<events::Event> events;    ///< at least one
    std::vector<std::size_t> line_bytes;  ///< one entry per event
};

class TransactionStream {
  public:
    /// `source` must outlive the stream. With `only`, transactions of other products are skipped.
    /// `asked`: see time_at_position().
    TransactionStream(LogSource& source, std::optional<ProductId> only,
                      events::Members members = events::Members::all,
                      std::optional<Position> asked = std::nullopt);

    /// Null at the end. Valid until the next call.
    const ReplayedTransaction* next();

    /// The newest event read so far; after next() has returned null, the newest event of the log.
    events::LogEnd read_up_to() const { return events_.read_up_to(); }

    /// The moment of the position that was asked for, of the events read so far, as in
    /// events::time_at_position(): the time of the transaction that ends there or, within a
    /// transaction, the last instant before it. Of lines that are hidden the time is not known, so
    /// it is that of the line before. nullopt before the first event.
    std::optional<base::Instant> time_at_position() const { return time_at_position_; }

    /// The version of a policy at an instant, of the events read so far; see query::FindPolicy.
    std::optional<projections::PolicyVersion> find_policy(const std::string& name,
                                                          base::Instant instant) const;

  private:
    void take_event();
    void note_policy();
    void note_time(Position first);

    EventStream events_;
    const std::optional<ProductId> only_;
    const std::optional<Position> asked_;
    std::optional<base::Instant> time_at_position_;
    bool has_ahead_;  // events_ is at the first event of the next transaction
    ReplayedTransaction current_;
    projections::MemoryTables policies_;
};

}  // namespace threatatlas::replay
