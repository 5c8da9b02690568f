#include "http/ops/diagnostic_log_writer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

namespace threatatlas::ops {
namespace {

std::uint64_t count_lines(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// As many whole lines from the front as one atomic pipe write takes (PIPE_BUF). So lines stay whole
// if other processes write to the same pipe or this process dies.
std::string_view first_piece(std::string_view lines) {
    const std::size_t last_end = lines.substr(0, PIPE_BUF).rfind('\n');
    const std::size_t end = last_end == std::string_view::npos ? lines.find('\n') : last_end;
    return lines.substr(0, end == std::string_view::npos ? end : end + 1);
}

// Blocks until the reader has taken the text or a write fails. Returns the number of bytes written.
std::size_t write_out(int descriptor, std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
        if (written >= 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno == EAGAIN) {  // another process set O_NONBLOCK
            pollfd writable{descriptor, POLLOUT, 0};
            ::poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}

}  // namespace

class DiagnosticLogWriter::Queue {
  public:
    Queue(int descriptor, Log::Clock clock, DiagnosticLogWriterOptions options)
        : descriptor_(descriptor), clock_(std::move(clock)), options_(options) {}

    void add(std::string_view line) {
        {
            const std::lock_guard lock(mutex_);
            if (waiting_bytes_ + line.size() > options_.waiting_bytes_max) {
                missing_ += count_lines(line);
                dropped_ += count_lines(line);
                return;
            }
            if (waiting_.empty() || missing_ > 0) {
                waiting_.push_back({std::exchange(missing_, 0), {}});
            }
            waiting_.back().lines += line;
            waiting_bytes_ += line.size();
        }
        changed_.notify_one();
    }

    std::uint64_t dropped() const { return dropped_; }

    // Runs on the writer's thread.
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return !waiting_.empty() || is_closing_; });
            if (waiting_.empty()) {
                break;
            }
            const std::vector<Batch> batches = std::exchange(waiting_, {});
            waiting_bytes_ = 0;
            lock.unlock();
            for (const Batch& batch : batches) {
                unreported_ += batch.missing_before;
                write_lines(batch.lines);
            }
            lock.lock();
        }
        unreported_ += std::exchange(missing_, 0);
        lock.unlock();
        static_cast<void>(report_dropped_lines());
        lock.lock();
        has_ended_ = true;
        ended_.notify_all();
    }

    // Waits for the thread to end. After the time limit nothing more is written.
    void close() {
        std::unique_lock lock(mutex_);
        is_closing_ = true;
        changed_.notify_one();
        is_given_up_ =
            !ended_.wait_for(lock, options_.flush_wait_max, [this] { return has_ended_; });
    }

  private:
    // Consecutive lines.
    struct Batch {
        std::uint64_t missing_before = 0;
        std::string lines;
    };

    // The methods below run on the writer's thread.

    void write_lines(std::string_view lines) {
        while (!lines.empty()) {
            const std::string_view piece = first_piece(lines);
            const std::size_t written = report_dropped_lines() ? write_piece(piece) : 0;
            const std::uint64_t lost = count_lines(piece.substr(written));
            unreported_ += lost;
            dropped_ += lost;
            lines.remove_prefix(piece.size());
        }
    }

    // Reports lines that were dropped. True if none remain unreported.
    bool report_dropped_lines() {
        if (unreported_ > 0) {
            const std::string line = log_line(clock_(), LogLevel::warning, "log_lines_dropped",
                                              {{"lines", unreported_}});
            if (write_piece(line) == line.size()) {
                unreported_ = 0;
            }
        }
        return unreported_ == 0;
    }

    // Returns the number of bytes written.
    std::size_t write_piece(std::string_view piece) {
        // Ends a partly written line, so that the next line starts at the beginning of a line.
        if (is_given_up_ || (is_torn_ && write_out(descriptor_, "\n") == 0)) {
            return 0;
        }
        const std::size_t written = write_out(descriptor_, piece);
        is_torn_ = written > 0 && piece[written - 1] != '\n';
        return written;
    }

    // Constant after construction.
    const int descriptor_;
    const Log::Clock clock_;
    const DiagnosticLogWriterOptions options_;

    // Owned by the writer's thread.
    std::uint64_t unreported_ = 0;  // lines lost before the next one
    bool is_torn_ = false;          // the last write ended within a line

    std::atomic<std::uint64_t> dropped_ = 0;
    std::atomic<bool> is_given_up_ = false;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::condition_variable ended_;
    // Guarded by mutex_.
    std::vector<Batch> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t missing_ = 0;  // lines dropped after those in waiting_
    bool is_closing_ = false;
    bool has_ended_ = false;
};

DiagnosticLogWriter::DiagnosticLogWriter(int descriptor, Log::Clock clock,
                                         DiagnosticLogWriterOptions options)
    : queue_(std::make_shared<Queue>(descriptor, std::move(clock), options)) {
    // A write may block for ever, so nothing waits for the thread; it ends with the process.
    std::thread([queue = queue_] { queue->run(); }).detach();
}

DiagnosticLogWriter::~DiagnosticLogWriter() {
    queue_->close();
}

void DiagnosticLogWriter::write(std::string_view line) {
    queue_->add(line);
}

std::uint64_t DiagnosticLogWriter::dropped() const {
    return queue_->dropped();
}

}  // namespace threatatlas::ops
