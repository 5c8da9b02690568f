#pragma once

// What a report on a product is made from: its model at a moment, its model some weeks before, and
// how the open threats came and went. Folded from the product's own events, by the server and the
// replay tool alike.

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "projections/query/attributions.hpp"
#include "projections/query/open_threats.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas {

// How far back a report looks for what has changed, and for the course of the open threats.
inline constexpr std::chrono::days report_changes_span{30};
inline constexpr std::chrono::days report_course_span{365};
// Points of the course, without its first and its last one.
inline constexpr int report_course_points_max = 60;

struct CoursePoint {
    Instant at{};
    OpenThreats open;
    std::uint64_t mitigated_threats = 0;
    std::uint64_t total_threats = 0;

    bool operator==(const CoursePoint&) const = default;
};

struct ReportInputs {
    ProductModel model;
    std::optional<ProductModel> before;  // report_changes_span earlier; nothing: not there yet
    Attributions attributions;           // of changes since `before`, and of decisions
    Instant as_of{};
    std::string event_id;             // of the product's newest event
    std::vector<CoursePoint> course;  // the last one is at as_of
};

// At what instants a course is looked at: the beginning (the registration, where that is within
// report_course_span), whole hours at equal distances, as_of.
std::vector<Instant> course_instants(Instant registered, Instant as_of);

// Is given the events of one product, in order, from its first one.
class ReportCollector {
  public:
    // `as_of` is what the report will be as of; nothing = not known yet: then the events of the
    // newest report_changes_span are held in memory.
    ReportCollector(ProductId product, std::optional<Instant> as_of);

    void add(const Event& event);

    // After the last event, of which there was one at least and none later than as_of. As of the
    // time of that event where as_of is nothing. Once.
    ReportInputs finish(std::optional<Instant> as_of);

  private:
    // The state at a whole hour and until the next step. Between two whole hours nobody looks.
    struct Step {
        Instant hour{};
        CoursePoint point;
    };

    void count(const Threat* threat, bool added);
    void note_step(Instant time);
    void fold_before(Instant until);
    std::vector<CoursePoint> course(Instant as_of) const;

    const ProductId product_;
    const std::optional<Instant> as_of_;
    MemoryTables tables_;
    MemoryTables tables_before_;
    AttributionCollector attributions_{report_changes_span};
    std::deque<Event> held_;  // not folded into tables_before_ yet
    OpenThreats open_;
    CoursePoint first_;  // after the transaction that registered the product
    std::deque<Step> steps_;
    std::string event_id_;
    Instant time_{};  // of the newest event
};

}  // namespace threatatlas
