#include "export/chart.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "export/time_axis.hpp"

namespace threatatlas::exports {
namespace {

constexpr double width = 960;
constexpr double height = 480;
constexpr double left = 64;
constexpr double right = 896;
constexpr double top = 88;
constexpr double bottom = 424;

struct Layer {
    std::string_view name;
    std::string_view colour;
};
// From bottom to top: the four severities, then unscored.
constexpr std::size_t layer_count = events::severity_count + 1;
constexpr std::array<Layer, layer_count> layers{{{"critical", "#b3261e"},
                                                 {"high", "#e8710a"},
                                                 {"medium", "#f2b705"},
                                                 {"low", "#5b9bd5"},
                                                 {"unscored", "#9aa0a6"}}};
constexpr std::string_view ratio_colour = "#12925e";

constexpr std::string_view style =
    ".chart text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#57606a}\n"
    ".chart .title{font-size:18px;font-weight:600;fill:#1f2328}\n"
    ".chart .grid{stroke:#8c959f;stroke-opacity:.3}\n"
    ".chart .axis{stroke:#8c959f}\n"
    ".chart .layer{fill-opacity:.85}\n"
    ".chart .ratio{fill:none;stroke-width:2.5;stroke-linejoin:round}\n"
    "@media (prefers-color-scheme:dark){.chart text{fill:#9da7b3}.chart .title{fill:#e6edf3}}\n";

std::string xml_text(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

// The smallest of 1, 2, 5, 10, 20, … that divides `highest` into at most `parts` steps.
std::uint64_t round_step(std::uint64_t highest, std::uint64_t parts) {
    std::uint64_t step = 1;
    constexpr std::array<std::uint64_t, 3> factors{2, 5, 10};
    for (std::uint64_t power = 1; highest > step * parts; power *= 10) {
        for (const std::uint64_t factor : factors) {
            step = power * factor;
            if (highest <= step * parts) {
                break;
            }
        }
    }
    return step;
}

class Chart {
  public:
    Chart(std::span<const ChartPoint> points, base::Instant end)
        : points_(points), begin_(points.front().at), end_(std::max(end, points.back().at)) {
        // A range of length zero is drawn as one hour.
        if (end_ <= begin_) {
            end_ = begin_ + std::chrono::hours{1};
        }
        std::uint64_t highest = 1;
        for (const ChartPoint& point : points_) {
            highest = std::max(highest, stacked(point, layer_count));
        }
        step_ = round_step(highest, 5);
        highest_ = (highest + step_ - 1) / step_ * step_;
    }

    std::string draw(const ChartWords& words, ChartPlace place) {
        fmt::format_to(out(),
                       "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 "
                       "{0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n<title>{2}"
                       "</title>\n",
                       width, height, xml_text(words.description));
        if (place == ChartPlace::file) {
            fmt::format_to(out(), "<style>\n{}</style>\n", style);
        }
        fmt::format_to(out(), "<text class=\"title\" x=\"{}\" y=\"34\">{}</text>\n", left,
                       xml_text(words.heading));
        draw_legend();
        draw_counts_axis();
        draw_time_axis();
        for (std::size_t layer = 0; layer < layer_count; ++layer) {
            draw_layer(layer);
        }
        draw_ratio();
        fmt::format_to(out(), "<path class=\"axis\" fill=\"none\" d=\"M{0} {1}V{2}H{3}V{1}\"/>\n",
                       left, top, bottom, right);
        return svg_ + "</svg>\n";
    }

  private:
    std::back_insert_iterator<std::string> out() { return std::back_inserter(svg_); }

    double x_of(base::Instant at) const {
        return left + (right - left) * static_cast<double>((at - begin_).count()) /
                          static_cast<double>((end_ - begin_).count());
    }
    double y_of(std::uint64_t count) const {
        return bottom - (bottom - top) * static_cast<double>(count) / static_cast<double>(highest_);
    }

    void draw_legend() {
        double x = left;
        const auto entry = [&](std::string_view name, std::string_view colour, double mark_height) {
            fmt::format_to(out(),
                           "<rect x=\"{:.0f}\" y=\"{:.1f}\" width=\"12\" height=\"{}\" "
                           "fill=\"{}\"/><text x=\"{:.0f}\" y=\"64\">{}</text>\n",
                           x, 60 - mark_height / 2, mark_height, colour, x + 17, name);
            x += 36 + 7.0 * static_cast<double>(name.size());
        };
        for (const Layer& layer : layers) {
            entry(layer.name, layer.colour, 12);
        }
        entry("mitigation ratio", ratio_colour, 3);
    }

    // Counts are on the left axis, the ratio is on the right one.
    void draw_counts_axis() {
        for (std::uint64_t count = 0; count <= highest_; count += step_) {
            const double y = y_of(count);
            fmt::format_to(out(),
                           "<path class=\"grid\" d=\"M{0} {1:.1f}H{2}\"/><text x=\"{3}\" "
                           "y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
                           left, y, right, left - 8, y + 4, count);
        }
        for (int percent = 0; percent <= 100; percent += 25) {
            fmt::format_to(out(), "<text x=\"{}\" y=\"{:.1f}\">{}%</text>\n", right + 8,
                           bottom - (bottom - top) * percent / 100 + 4, percent);
        }
        const double middle = (top + bottom) / 2;
        fmt::format_to(out(),
                       "<text transform=\"translate(18 {0}) rotate(-90)\" "
                       "text-anchor=\"middle\">threats</text>\n<text transform=\"translate({1} "
                       "{0}) rotate(90)\" text-anchor=\"middle\">mitigated</text>\n",
                       middle, width - 14);
    }

    void draw_time_axis() {
        for (const TimeTick& tick : time_ticks(begin_, end_)) {
            const double x = x_of(tick.at);
            fmt::format_to(out(),
                           "<path class=\"grid\" d=\"M{0:.1f} {1}V{2}\"/><text x=\"{0:.1f}\" "
                           "y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
                           x, top, bottom + 5, bottom + 22, tick.label);
        }
        fmt::format_to(out(), "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">time (UTC)</text>\n",
                       (left + right) / 2, bottom + 44);
    }

    // The sum of the layers below `layer_end`.
    static std::uint64_t stacked(const ChartPoint& point, std::size_t layer_end) {
        return std::accumulate(point.threats.begin(), point.threats.begin() + layer_end,
                               std::uint64_t{0});
    }

    // Draws the upper edge from left to right in steps, then the lower edge back.
    void draw_layer(std::size_t layer) {
        const bool is_empty =
            std::all_of(points_.begin(), points_.end(),
                        [&](const ChartPoint& point) { return point.threats[layer] == 0; });
        if (is_empty) {
            return;
        }
        fmt::format_to(out(), "<path class=\"layer\" fill=\"{}\" d=\"M{:.1f} {:.1f}",
                       layers[layer].colour, x_of(begin_),
                       y_of(stacked(points_.front(), layer + 1)));
        for (const ChartPoint& point : points_.subspan(1)) {
            fmt::format_to(out(), "H{:.1f}V{:.1f}", x_of(point.at),
                           y_of(stacked(point, layer + 1)));
        }
        fmt::format_to(out(), "H{:.1f}", x_of(end_));
        for (std::size_t i = points_.size(); i > 0; --i) {
            const ChartPoint& point = points_[i - 1];
            fmt::format_to(out(), "V{:.1f}H{:.1f}", y_of(stacked(point, layer)), x_of(point.at));
        }
        svg_ += "Z\"/>\n";
    }

    void draw_ratio() {
        const auto y_of_ratio = [](const ChartPoint& point) {
            const double ratio = point.total == 0 ? 1.0
                                                  : static_cast<double>(point.mitigated) /
                                                        static_cast<double>(point.total);
            return bottom - (bottom - top) * ratio;
        };
        fmt::format_to(out(), "<path class=\"ratio\" stroke=\"{}\" d=\"M{:.1f} {:.1f}",
                       ratio_colour, x_of(begin_), y_of_ratio(points_.front()));
        for (const ChartPoint& point : points_.subspan(1)) {
            fmt::format_to(out(), "H{:.1f}V{:.1f}", x_of(point.at), y_of_ratio(point));
        }
        fmt::format_to(out(), "H{:.1f}\"/>\n", x_of(end_));
    }

    std::span<const ChartPoint> points_;
    base::Instant begin_;
    base::Instant end_;
    std::uint64_t step_ = 1;
    std::uint64_t highest_ = 1;
    std::string svg_;
};

}  // namespace

std::string_view chart_style() {
    return style;
}

std::string threats_chart(const ChartWords& words, std::span<const ChartPoint> points,
                          base::Instant end, ChartPlace place) {
    return Chart(points, end).draw(words, place);
}

}  // namespace threatatlas::exports
