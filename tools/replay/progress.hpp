#pragma once

// A bar on stderr for people who wait: how far, how fast, how long still.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace threatatlas {

// Shows nothing where stderr is no terminal, or the work takes less than a second.
class Progress {
  public:
    enum class Unit { events, bytes };

    Progress(std::string_view doing, Unit unit);
    // Removes the bar.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    // Cheap; called once every thousand lines or so. `total` is 0 where it is not known. Throws
    // Stopped where the operator wants the program to end.
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

// One line: "verifying  [#####     ]  52%  1.2 M events/s  0:07 left".
std::string progress_line(std::string_view doing, Progress::Unit unit, std::uint64_t done,
                          std::uint64_t total, std::chrono::duration<double> taken);

}  // namespace threatatlas
