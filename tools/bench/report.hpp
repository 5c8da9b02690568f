#pragma once

// What was measured, as a table for people and as JSON for machines.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "measurement.hpp"

namespace threatatlas::bench {

struct Target {
    enum class Sense { at_least, at_most };
    Sense sense = Sense::at_least;
    double bound = 0;  // of the ratio, or of our figure where there is no peer

    bool is_reached_by(double value) const {
        return sense == Sense::at_least ? value >= bound : value <= bound;
    }
};

struct Figure {
    double value = 0;
    std::string unit;
    std::optional<Latency> latency;
};

// One line of the table: ours beside the peer's.
struct Comparison {
    std::string what;
    std::string held_against;
    std::optional<Figure> ours;  // nothing: not measured, and `note` says why
    std::optional<Figure> peer;
    std::optional<Target> target;
    std::string note;

    // Ours by the peer's.
    std::optional<double> ratio() const;
    std::optional<bool> reached() const;
};

// Where and on what it was measured, name by name.
using Conditions = std::vector<std::pair<std::string, std::string>>;

class Report {
  public:
    // Writes each line to `progress` as well as soon as it is known: a run that is cut short has
    // shown what it measured. `progress` outlives the report.
    explicit Report(std::ostream& progress) : progress_(progress) {}

    // `row` is the name by which --only selects it.
    void add(const std::string& row, Comparison comparison);

    void print(std::ostream& out, const Conditions& conditions) const;
    nlohmann::ordered_json json(const Conditions& conditions) const;

  private:
    struct Entry {
        std::string row;
        Comparison comparison;
    };

    static void print_line(std::ostream& out, const Entry& entry);
    void print_latencies(std::ostream& out) const;
    void print_notes(std::ostream& out) const;

    std::ostream& progress_;
    std::vector<Entry> entries_;
};

// 12,345 · 3.21 · 0.0123: three digits that matter, at least.
std::string shown(double value);

}  // namespace threatatlas::bench
