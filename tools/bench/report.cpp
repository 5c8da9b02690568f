#include "report.hpp"

#include <cmath>

#include <fmt/format.h>

namespace threatatlas::bench {
namespace {

using nlohmann::ordered_json;

std::string figure_text(const std::optional<Figure>& figure) {
    return figure ? fmt::format("{} {}", shown(figure->value), figure->unit) : "-";
}

std::string target_text(const Target& target) {
    return fmt::format("{} {:g}",
                       target.sense == Target::Sense::at_least ? ">=" : "<=", target.bound);
}

std::string verdict_of(const Comparison& comparison) {
    if (!comparison.ours) {
        return "not measured";
    }
    const auto reached = comparison.reached();
    if (!reached) {
        return "";
    }
    return *reached ? "reached" : "NOT reached";
}

ordered_json json_of(const Figure& figure) {
    ordered_json json{{"value", figure.value}, {"unit", figure.unit}};
    if (figure.latency) {
        json["latency_micros"] = {{"p50", figure.latency->p50_micros},
                                  {"p95", figure.latency->p95_micros},
                                  {"p99", figure.latency->p99_micros},
                                  {"p99.9", figure.latency->p999_micros}};
    }
    return json;
}

constexpr std::string_view table_line = "{:<8} {:<54} {:>13} {:>13} {:>7} {:>8}  {:<12} {}\n";

template <class Value>
ordered_json or_null(const std::optional<Value>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

}  // namespace

std::string shown(double value) {
    if (value >= 1'000) {
        std::string digits = fmt::format("{:.0f}", value);
        for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3) {
            digits.insert(static_cast<std::size_t>(place), 1, ',');
        }
        return digits;
    }
    if (value >= 100) {
        return fmt::format("{:.0f}", value);
    }
    return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.3g}", value);
}

std::optional<double> Comparison::ratio() const {
    if (!ours || !peer || peer->value == 0) {
        return std::nullopt;
    }
    return ours->value / peer->value;
}

std::optional<bool> Comparison::reached() const {
    if (!ours || !target || (!peer && !held_against.empty())) {
        return std::nullopt;
    }
    return target->is_reached_by(held_against.empty() ? ours->value : ratio().value_or(0));
}

void Report::add(const std::string& row, Comparison comparison) {
    entries_.push_back({row, std::move(comparison)});
    print_line(progress_, entries_.back());
    if (const std::string& note = entries_.back().comparison.note; !note.empty()) {
        progress_ << "         " << note << '\n';
    }
    progress_.flush();
}

void Report::print_line(std::ostream& out, const Entry& entry) {
    const auto& [row, comparison] = entry;
    const auto ratio = comparison.ratio();
    out << fmt::format(table_line, row, comparison.what, figure_text(comparison.ours),
                       figure_text(comparison.peer), ratio ? fmt::format("{:.3f}", *ratio) : "",
                       comparison.target ? target_text(*comparison.target) : "",
                       verdict_of(comparison), comparison.held_against);
}

void Report::print(std::ostream& out, const Conditions& conditions) const {
    for (const auto& [name, value] : conditions) {
        out << fmt::format("{:<12} {}\n", name, value);
    }
    out << '\n'
        << fmt::format(table_line, "row", "what", "ours", "peer", "ratio", "target", "",
                       "compared with");
    for (const Entry& entry : entries_) {
        print_line(out, entry);
    }
    print_latencies(out);
    print_notes(out);
    out.flush();
}

void Report::print_latencies(std::ostream& out) const {
    constexpr std::string_view line = "{:<8} {:<68} {:>9} {:>9} {:>9} {:>9}\n";
    out << '\n'
        << fmt::format(line, "row", "latency of one request, microseconds", "p50", "p95", "p99",
                       "p99.9");
    const auto print_one = [&](const std::string& row, const std::string& what,
                               const std::optional<Figure>& figure) {
        if (figure && figure->latency) {
            const Latency& latency = *figure->latency;
            out << fmt::format(line, row, what, shown(latency.p50_micros),
                               shown(latency.p95_micros), shown(latency.p99_micros),
                               shown(latency.p999_micros));
        }
    };
    for (const auto& [row, comparison] : entries_) {
        print_one(row, comparison.what, comparison.ours);
        print_one(row, "    " + comparison.held_against, comparison.peer);
    }
}

void Report::print_notes(std::ostream& out) const {
    out << '\n';
    for (const auto& [row, comparison] : entries_) {
        if (!comparison.note.empty()) {
            out << fmt::format("{:<8} {}: {}\n", row, comparison.what, comparison.note);
        }
    }
}

ordered_json Report::json(const Conditions& conditions) const {
    ordered_json document;
    for (const auto& [name, value] : conditions) {
        document["conditions"][name] = value;
    }
    document["rows"] = ordered_json::array();
    for (const auto& [row, line] : entries_) {
        ordered_json json{{"row", row}, {"what", line.what}};
        json["held_against"] = line.held_against;
        json["ours"] = line.ours ? json_of(*line.ours) : ordered_json(nullptr);
        json["peer"] = line.peer ? json_of(*line.peer) : ordered_json(nullptr);
        json["ratio"] = or_null(line.ratio());
        json["target"] =
            line.target ? ordered_json(target_text(*line.target)) : ordered_json(nullptr);
        json["reached"] = or_null(line.reached());
        json["note"] = line.note;
        document["rows"].push_back(std::move(json));
    }
    return document;
}

}  // namespace threatatlas::bench
