#include "export/time_axis.hpp"

#include <array>

#include <fmt/format.h>

namespace threatatlas::exports {
namespace {

using namespace std::chrono;

constexpr int ticks_max = 12;

constexpr std::array<hours, 8> hour_steps{hours{1},  hours{3},      hours{6},      hours{12},
                                          hours{24}, hours{2 * 24}, hours{7 * 24}, hours{14 * 24}};
constexpr std::array<int, 10> month_steps{1, 2, 3, 6, 12, 24, 60, 120, 600, 1200};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string_view month_name(year_month_day date) {
    return month_names[static_cast<unsigned>(date.month()) - 1];
}

std::string hour_label(base::Instant at, hours step) {
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const auto time = duration_cast<hours>(at - day);
    return step < days{1} && time > hours{0}
               ? fmt::format("{:02}:00", time.count())
               : fmt::format("{} {}", month_name(date), static_cast<unsigned>(date.day()));
}

std::vector<TimeTick> ticks_by_hours(base::Instant begin, base::Instant end, hours step) {
    std::vector<TimeTick> ticks;
    const auto since = begin.time_since_epoch();
    base::Instant at{ceil<hours>(since) / step * step};
    while (at < begin) {
        at += step;
    }
    for (; at <= end; at += step) {
        ticks.push_back({at, hour_label(at, step)});
    }
    return ticks;
}

std::vector<TimeTick> ticks_by_months(base::Instant begin, base::Instant end, int step) {
    std::vector<TimeTick> ticks;
    const year_month_day first{floor<days>(begin)};
    const int month = (static_cast<int>(static_cast<unsigned>(first.month())) - 1) / step * step;
    // Steps of several years start at multiples of the step.
    const int year = static_cast<int>(first.year());
    const int years = std::max(step / 12, 1);
    year_month_day date{std::chrono::year{year / years * years} /
                        std::chrono::month{static_cast<unsigned>(month + 1)} / 1};
    for (; base::Instant{sys_days{date}} <= end; date += months{step}) {
        const base::Instant at{sys_days{date}};
        if (at >= begin) {
            ticks.push_back({at, step < 12 ? fmt::format("{} {}", month_name(date),
                                                         static_cast<int>(date.year()))
                                           : fmt::format("{}", static_cast<int>(date.year()))});
        }
    }
    return ticks;
}

}  // namespace

std::vector<TimeTick> time_ticks(base::Instant begin, base::Instant end) {
    for (const hours step : hour_steps) {
        if ((end - begin) / step < ticks_max) {
            return ticks_by_hours(begin, end, step);
        }
    }
    for (const int step : month_steps) {
        if ((end - begin) / (months{1} * step) < ticks_max) {
            return ticks_by_months(begin, end, step);
        }
    }
    return {};
}

}  // namespace threatatlas::exports
