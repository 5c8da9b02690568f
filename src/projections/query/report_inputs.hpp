#pragma once

/// @file
/// The input of a report on a product: its model at a moment, its model some weeks before, and the
/// number of open threats over time. Folded from the product's own events, by both the server and
/// the replay tool.

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "projections/query/attributions.hpp"
#include "projections/query/open_threats.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::query {

/// The periods that a report covers for changes and for the course of open threats.
inline constexpr std::chrono::days report_changes_span{30};
inline constexpr std::chrono::days report_course_span{365};
/// Points of the course, not counting the first and the last one.
inline constexpr int report_course_points_max = 60;

/// The numbers of threats at a moment.
struct CoursePoint {
    base::Instant at{};
    OpenThreats open;
    std::uint64_t mitigated_threats = 0;
    std::uint64_t total_threats = 0;

    bool operator==(const CoursePoint&) const = default;
};

/// Everything that a report shows.
struct ReportInputs {
    ProductModel model;
    /// report_changes_span before as_of; nullopt if the product did not exist yet
    std::optional<ProductModel> before;
    Attributions attributions;  ///< for changes since `before`, and for decisions
    base::Instant as_of{};
    std::string event_id;             ///< id of the product's newest event
    std::vector<CoursePoint> course;  ///< the last point is at as_of
};

/// The instants of a course: its start (the registration if that is within report_course_span),
/// whole hours at equal distances, and as_of.
std::vector<base::Instant> course_instants(base::Instant registered, base::Instant as_of);

/// The moment of a report about now: the time of the product's newest event or, if it is later, the
/// newest end of an acceptance that was in force then, as that changes the verdict without an
/// event. `newest` is the posture at the newest event.
base::Instant report_moment(const projections::PostureAt& newest, base::Instant newest_event,
                            base::Instant now);

/// Collects the input of a report from the events of one product, given in order from the first
/// one.
class ReportCollector {
  public:
    /// `as_of` is the time of the report; nullopt if it is not known yet, in which case the events
    /// of the last report_changes_span are kept in memory.
    ReportCollector(ProductId product, std::optional<base::Instant> as_of);

    void add(const events::Event& event);

    /// The moment of a report about now, by the events added so far: see report_moment(). There
    /// must have been at least one.
    base::Instant moment_of_now(base::Instant now);

    /// Call once, after the last event. There must have been at least one event, none later than
    /// `as_of`. If `as_of` is nullopt, the time of the last event is used.
    ReportInputs finish(std::optional<base::Instant> as_of);

  private:
    /// The state at a whole hour, valid until the next step. Points of a course are only at whole
    /// hours.
    struct Step {
        base::Instant hour{};
        CoursePoint point;
    };

    void count(const projections::Threat* threat, bool added);
    void note_step(base::Instant time);
    void fold_before(base::Instant until);
    std::vector<CoursePoint> course(base::Instant as_of) const;

    const ProductId product_;
    const std::optional<base::Instant> as_of_;
    projections::MemoryTables tables_;
    projections::MemoryTables tables_before_;
    AttributionCollector attributions_{report_changes_span};
    std::deque<events::Event> held_;  ///< not folded into tables_before_ yet
    OpenThreats open_;
    CoursePoint first_;  ///< the state after the transaction that registered the product
    std::deque<Step> steps_;
    std::string event_id_;
    base::Instant time_{};  ///< time of the newest event
};

}  // namespace threatatlas::query
