#pragma once

/// The results, as a table and as JSON.

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
    double bound = 0;  ///< for the ratio, or for our figure if there is no peer

    bool is_reached_by(double value) const {
        return sense == Sense::at_least ? value >= bound : value <= bound;
    }
};

struct Figure {
    double value = 0;
    std::string unit;
    std::optional<Latency> latency;
};

/// One line of the table: our figure and the peer's.
struct Comparison {
    std::string what;
    std::string held_against;
    std::optional<Figure> ours;  ///< nullopt: not measured; `note` contains the reason
    std::optional<Figure> peer;
    std::optional<Target> target;
    std::string note;

    /// Our figure / the peer's.
    std::optional<double> ratio() const;
    std::optional<bool> reached() const;
};

/// Circumstances of the measurement, as names and values.
using Conditions = std::vector<std::pair<std::string, std::string>>;

class Report {
  public:
    /// Also writes each line to `progress` as soon as it is known, so that an interrupted run has
    /// shown its results. `progress` must outlive the report.
    explicit Report(std::ostream& progress) : progress_(progress) {}

    /// `row` is the name for --only.
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

/// At least three significant digits: 12,345 · 3.21 · 0.0123.
std::string shown(double value);

}  // namespace threatatlas::bench
