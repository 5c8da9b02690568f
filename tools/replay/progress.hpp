#pragma once

/// A progress bar on stderr: share, speed and time left.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas::replay {

/// Shows nothing if stderr is not a terminal or the work takes less than a second.
class Progress {
  public:
    enum class Unit { events, bytes };

    Progress(std::string_view doing, Unit unit);
    /// Removes the bar.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Cheap; call it about once per thousand lines. `total` is 0 if unknown. Throws Stopped after
    /// a signal.
    void update(std::uint64_t done, std::uint64_t total);

  private:
    using Clock = std::chrono::steady_clock;

    const std::string doing_;
    const Unit unit_;
    const bool shown_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point drawn_ = start_;
    bool is_drawn_ = false;
};

/// One line: "verifying  [#####     ]  52%  1.2 M events/s  0:07 left".
std::string progress_line(std::string_view doing, Progress::Unit unit, std::uint64_t done,
                          std::uint64_t total, std::chrono::duration<double> taken);

}  // namespace threatatlas::replay
