#include "events/prefetching_reader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace threatatlas::events {
namespace {

// Large enough that handing over a batch costs nothing, small enough to stay in the processor's
// cache.
constexpr std::size_t batch_lines_max = 256;
constexpr std::size_t batch_bytes_max = std::size_t{256} << 10U;
constexpr std::size_t batches_ahead_max = 16;
// The helper thread leaves this many batches for the owner to parse.
constexpr std::size_t batches_left_to_owner = 2;

// Some lines, and their events once they are parsed.
struct Batch {
    struct Line {
        std::uint64_t number = 0;
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    enum class State { raw, in_work, done };

    NumberedLine line(std::size_t index) const {
        return {lines[index].number,
                std::string_view(bytes).substr(lines[index].begin, lines[index].size)};
    }
    bool is_full() const {
        return lines.size() == batch_lines_max || bytes.size() >= batch_bytes_max;
    }
    void clear() {
        bytes.clear();
        lines.clear();
        events_read = 0;
        state = State::raw;
        is_last = false;
        fault = nullptr;
        line_fault = nullptr;
    }

    std::string bytes;
    std::vector<Line> lines;
    std::vector<Event> events;  // memory beyond events_read is reused
    std::size_t events_read = 0;
    std::exception_ptr line_fault;  // parsing error of the line after the last event
    std::exception_ptr fault;       // error of the source, after the last line
    bool is_last = false;
    State state = State::raw;  // guarded by the mutex of the two threads
};

class Parser {
  public:
    explicit Parser(PrefetchingReader::Reading reading) : reading_(reading) {}

    void read(std::string_view line, Event& event, std::size_t bytes_behind = 0) {
        if (reading_ == PrefetchingReader::Reading::strict) {
            reader_.read(line, event);
        } else {
            reader_.read_stored(line, event, bytes_behind,
                                reading_ == PrefetchingReader::Reading::stored
                                    ? Members::all
                                    : Members::of_posture);
        }
    }
    void parse(Batch& batch) {
        if (batch.events.size() < batch.lines.size()) {
            batch.events.resize(batch.lines.size());
        }
        try {
            while (batch.events_read < batch.lines.size()) {
                read(batch.line(batch.events_read).text, batch.events[batch.events_read],
                     line_bytes_behind);
                ++batch.events_read;
            }
        } catch (...) {
            batch.line_fault = std::current_exception();
        }
    }

  private:
    const PrefetchingReader::Reading reading_;
    LineReader reader_;
};

}  // namespace

class PrefetchingReader::Impl {
  public:
    Impl(Source source, Reading reading, Threads threads)
        : source_(std::move(source)), own_parser_(reading), helpers_parser_(reading) {
        if (threads == Threads::two) {
            helper_ = std::thread([this] { help(); });
        }
    }

    ~Impl() {
        if (helper_.joinable()) {
            {
                const std::lock_guard lock(mutex_);
                stopping_ = true;
            }
            space_.notify_one();
            helper_.join();
        }
    }

    bool next() { return helper_.joinable() ? next_of_batches() : next_of_source(); }
    const NumberedLine& line() const { return line_; }
    Event& event() { return *event_; }
    const Event* ahead(std::size_t events) const {
        const bool is_known = current_ && index_ + events < current_->events_read;
        return is_known ? &current_->events[index_ + events] : nullptr;
    }

  private:
    bool next_of_source() {
        const auto line = source_();
        if (!line) {
            return false;
        }
        line_ = *line;
        own_parser_.read(line_.text, single_);
        event_ = &single_;
        return true;
    }

    bool next_of_batches() {
        while (!current_ || ++index_ >= current_->lines.size()) {
            if (current_ && current_->fault) {
                std::rethrow_exception(current_->fault);
            }
            if (current_ && current_->is_last) {
                return false;
            }
            take_batch();
        }
        line_ = current_->line(index_);
        if (index_ >= current_->events_read) {
            std::rethrow_exception(current_->line_fault);
        }
        event_ = &current_->events[index_];
        return true;
    }

    // Makes the next batch current. It is parsed by whichever thread gets to it first.
    void take_batch() {
        std::unique_lock lock(mutex_);
        if (current_) {
            spare_.push_back(std::move(current_));
        }
        // While the helper parses the next batch, this thread can parse later ones.
        while (ahead_.empty() || ahead_.front()->state == Batch::State::in_work) {
            if (raw_ > 0) {
                parse_oldest(lock, own_parser_);
            } else {
                moved_.wait(lock);
            }
        }
        current_ = std::move(ahead_.front());
        ahead_.pop_front();
        index_ = static_cast<std::size_t>(-1);
        const bool is_raw = current_->state == Batch::State::raw;
        raw_ -= is_raw ? 1 : 0;
        lock.unlock();
        space_.notify_one();
        if (is_raw) {
            own_parser_.parse(*current_);
        }
    }

    // Body of the second thread.
    void help() {
        std::unique_lock lock(mutex_);
        bool at_end = false;
        while (!stopping_) {
            if (raw_ > batches_left_to_owner || (at_end && raw_ > 0)) {
                parse_oldest(lock, helpers_parser_);
            } else if (!at_end && ahead_.size() < batches_ahead_max) {
                at_end = read_batch(lock);
            } else if (at_end) {
                return;
            } else {
                space_.wait(lock);
            }
        }
    }

    // Parses the oldest raw batch, which the owner needs first. There must be one.
    void parse_oldest(std::unique_lock<std::mutex>& lock, Parser& parser) {
        Batch* batch = nullptr;
        for (const auto& waiting : ahead_) {
            if (waiting->state == Batch::State::raw) {
                batch = waiting.get();
                break;
            }
        }
        batch->state = Batch::State::in_work;
        --raw_;
        lock.unlock();
        parser.parse(*batch);
        lock.lock();
        batch->state = Batch::State::done;
        moved_.notify_one();
    }

    // Returns true if the source is exhausted.
    bool read_batch(std::unique_lock<std::mutex>& lock) {
        std::unique_ptr<Batch> batch;
        if (spare_.empty()) {
            batch = std::make_unique<Batch>();
        } else {
            batch = std::move(spare_.back());
            spare_.pop_back();
        }
        lock.unlock();
        batch->clear();
        fill(*batch);
        const bool at_end = batch->is_last || batch->fault != nullptr;
        lock.lock();
        ahead_.push_back(std::move(batch));
        ++raw_;
        moved_.notify_one();
        return at_end;
    }

    // Appends, after the last line, the bytes that the parser may read beyond it.
    void fill(Batch& batch) {
        fill_lines(batch);
        batch.bytes.append(line_bytes_behind, ' ');
    }

    void fill_lines(Batch& batch) {
        try {
            while (!batch.is_full()) {
                const auto line = source_();
                if (!line) {
                    batch.is_last = true;
                    return;
                }
                batch.lines.push_back({line->number, batch.bytes.size(), line->text.size()});
                batch.bytes += line->text;
            }
        } catch (...) {
            batch.fault = std::current_exception();
        }
    }

    // Used only by the helper or, without a helper, by the owner.
    Source source_;

    // Used only by the owner's thread.
    Parser own_parser_;
    std::unique_ptr<Batch> current_;
    std::size_t index_ = 0;
    NumberedLine line_;
    Event single_;
    Event* event_ = nullptr;

    // Used only by the helper.
    Parser helpers_parser_;

    std::mutex mutex_;
    std::condition_variable moved_;  // for the owner: a batch was added or parsed
    std::condition_variable space_;  // for the helper: a batch was taken, or stopping_

    // Guarded by mutex_, including the state of the batches in ahead_. The content of a batch
    // belongs to the thread that works on it.
    std::deque<std::unique_ptr<Batch>> ahead_;  // in log order
    std::vector<std::unique_ptr<Batch>> spare_;
    std::size_t raw_ = 0;  // the number of batches in ahead_ that are not being parsed yet
    bool stopping_ = false;

    std::thread helper_;  // last member: the thread uses all of the above
};

PrefetchingReader::PrefetchingReader(Source source, Reading reading, Threads threads)
    : impl_(std::make_unique<Impl>(std::move(source), reading, threads)) {}
PrefetchingReader::~PrefetchingReader() = default;

bool PrefetchingReader::next() {
    return impl_->next();
}
const NumberedLine& PrefetchingReader::line() const {
    return impl_->line();
}
Event& PrefetchingReader::event() {
    return impl_->event();
}

const Event* PrefetchingReader::ahead(std::size_t events) const {
    return impl_->ahead(events);
}

PrefetchingReader::Source lines_of(LogCursor& cursor) {
    return [&cursor]() -> std::optional<NumberedLine> {
        if (!cursor.next()) {
            return std::nullopt;
        }
        return NumberedLine{cursor.position(), cursor.line()};
    };
}

}  // namespace threatatlas::events
