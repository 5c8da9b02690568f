#include "projections/query/report_inputs.hpp"

#include <algorithm>

#include "projections/fold.hpp"
#include "projections/posture.hpp"

namespace threatatlas::query {
namespace {

using std::chrono::hours;

constexpr std::array<hours, 10> course_steps{hours{1},   hours{2},  hours{3},  hours{6},
                                             hours{12},  hours{24}, hours{48}, hours{72},
                                             hours{120}, hours{168}};
static_assert(report_course_span / course_steps.back() <= report_course_points_max);

}  // namespace

std::vector<base::Instant> course_instants(base::Instant registered, base::Instant as_of) {
    const base::Instant begin = std::max(registered, as_of - report_course_span);
    std::vector<base::Instant> instants;
    if (begin == registered) {
        instants.push_back(begin);
    }
    const auto step = std::find_if(course_steps.begin(), course_steps.end() - 1, [&](hours every) {
        return (as_of - begin) / every <= report_course_points_max;
    });
    base::Instant at{std::chrono::floor<hours>(begin.time_since_epoch()) / *step * *step};
    for (; at < as_of; at += *step) {
        if (at > begin) {
            instants.push_back(at);
        }
    }
    if (instants.empty() || instants.back() < as_of) {
        instants.push_back(as_of);
    }
    return instants;
}

base::Instant report_moment(const projections::PostureAt& newest, base::Instant newest_event,
                            base::Instant now) {
    base::Instant moment = newest_event;
    for (const projections::AcceptedDay& day : newest.acceptances) {
        if (!day.in_force.empty() && base::end_of(day.last_day) <= now) {
            moment = base::end_of(day.last_day);
        }
    }
    return moment;
}

ReportCollector::ReportCollector(ProductId product, std::optional<base::Instant> as_of)
    : product_(product), as_of_(as_of) {}

void ReportCollector::add(const events::Event& event) {
    const ThreatId threat = events::threat_of(event);
    if (threat != 0) {
        count(tables_.threat(product_, threat), false);
    }
    attributions_.before(tables_, event);
    projections::fold(tables_, event);
    attributions_.after(tables_, event);
    if (threat != 0) {
        count(tables_.threat(product_, threat), true);
    }
    event_id_ = event.id;
    time_ = event.time;
    note_step(event.time);
    if (!as_of_) {
        held_.push_back(event);
        fold_before(time_ - report_changes_span);
    } else if (event.time <= *as_of_ - report_changes_span) {
        projections::fold(tables_before_, event);
    }
}

base::Instant ReportCollector::moment_of_now(base::Instant now) {
    projections::settle_coverage(tables_);
    return report_moment(projections::posture_at(*tables_.product(product_), time_), time_, now);
}

ReportInputs ReportCollector::finish(std::optional<base::Instant> as_of) {
    projections::settle_coverage(tables_);
    ReportInputs inputs;
    inputs.as_of = as_of.value_or(time_);
    fold_before(inputs.as_of - report_changes_span);
    inputs.attributions = attributions_.take();
    inputs.event_id = event_id_;
    inputs.course = course(inputs.as_of);
    // One model after the other, so that the rows are never in memory twice for both.
    projections::settle_coverage(tables_before_);
    inputs.before = product_model_of(tables_before_, product_, inputs.as_of - report_changes_span);
    tables_before_.clear();
    inputs.model = product_model_of(tables_, product_, inputs.as_of).value();
    tables_.clear();
    return inputs;
}

void ReportCollector::count(const projections::Threat* threat, bool added) {
    if (threat == nullptr || !is_open(*threat)) {
        return;
    }
    const auto severity = threat->scoring.severity;
    std::uint64_t& counter =
        severity ? open_.by_severity[static_cast<std::size_t>(*severity)] : open_.unscored;
    added ? ++counter : --counter;
}

void ReportCollector::note_step(base::Instant time) {
    const projections::Product& product = *tables_.product(product_);
    const projections::Posture& posture = product.posture;
    const CoursePoint point{time, open_, posture.mitigated_threats, posture.total_threats};
    if (time == product.created_at) {
        first_ = point;
    }
    const base::Instant hour{std::chrono::ceil<hours>(time.time_since_epoch())};
    if (steps_.empty() || steps_.back().hour != hour) {
        steps_.emplace_back();
    }
    steps_.back() = {hour, point};
    while (steps_.size() > 1 && steps_[1].hour <= time - report_course_span) {
        steps_.pop_front();
    }
}

void ReportCollector::fold_before(base::Instant until) {
    for (; !held_.empty() && held_.front().time <= until; held_.pop_front()) {
        projections::fold(tables_before_, held_.front());
    }
}

std::vector<CoursePoint> ReportCollector::course(base::Instant as_of) const {
    std::vector<CoursePoint> points;
    auto step = steps_.begin();
    for (const base::Instant at : course_instants(first_.at, as_of)) {
        while (step + 1 != steps_.end() && (step + 1)->hour <= at) {
            ++step;
        }
        points.push_back(at == first_.at ? first_ : step->point);
        points.back().at = at;
    }
    // The last point need not be at a whole hour.
    points.back() = steps_.back().point;
    points.back().at = as_of;
    return points;
}

}  // namespace threatatlas::query
