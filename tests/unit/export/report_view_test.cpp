// The figures of a report, compared with the slow twin, which shares no code with them.

#include "export/report_view.hpp"

#include <map>
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "projections/fold.hpp"
#include "support/random_history.hpp"
#include "support/twin.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(report_view_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::projections;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

// Random events with up to two days between transactions.
std::vector<Event> random_events(std::uint64_t seed, std::size_t transactions) {
    RandomHistory history(seed, {.products_max = 2, .with_tokens = false, .with_policies = false});
    std::vector<Event> events;
    Instant time = *parse_instant("2025-01-01T00:30:00.5Z");
    for (std::size_t i = 0; i < transactions; ++i) {
        time += std::chrono::minutes{30 + history.random().below(48 * 60)};
        for (Event& event : history.next_transaction()) {
            event.time = time;
            events.push_back(std::move(event));
        }
    }
    return events;
}

Twin twin_at(const std::vector<Event>& events, Instant until) {
    Twin twin;
    for (const Event& event : events) {
        if (event.time <= until) {
            twin.add(event);
        }
    }
    return twin;
}

std::uint64_t count_if(const TwinProduct& product, auto&& takes) {
    std::uint64_t count = 0;
    for (const auto& [id, threat] : product.threats) {
        count += takes(id, threat) ? 1 : 0;
    }
    return count;
}

std::optional<Severity> severity_of_row(std::size_t row) {
    return row < severity_count ? std::optional(static_cast<Severity>(row)) : std::nullopt;
}

void require_counts(const ReportView& view, const TwinProduct& twin) {
    for (std::size_t row = 0; row < view.counts.size(); ++row) {
        for (std::size_t status = 0; status < threat_status_count; ++status) {
            BOOST_REQUIRE(view.counts[row][status] == count_if(twin, [&](auto, const auto& threat) {
                              return threat.scoring.severity == severity_of_row(row) &&
                                     threat.status == static_cast<ThreatStatus>(status);
                          }));
        }
    }
    BOOST_REQUIRE(view.covered_threats == count_if(twin, [&](ThreatId id, const auto& threat) {
                      return threat.status != ThreatStatus::not_applicable &&
                             !twin.covered_by(id).empty();
                  }));
    BOOST_REQUIRE(view.product().posture == twin.posture());
}

// Checks that every threat is listed once, in the section of its status, in order, with the
// mitigations that cover it.
void require_section(const std::vector<ReportThreat>& section, const TwinProduct& twin,
                     auto&& belongs) {
    std::vector<std::pair<int, ThreatId>> order;
    for (const ReportThreat& shown : section) {
        const TwinThreat& threat = twin.threats.at(shown.id);
        BOOST_REQUIRE(belongs(threat.status));
        BOOST_REQUIRE(shown.covered_by == twin.covered_by(shown.id));
        for (const MitigationId id : shown.not_covering.all()) {
            BOOST_REQUIRE(!twin.mitigations.at(id).is_active());
        }
        const auto severity = threat.scoring.severity;
        order.emplace_back(severity ? static_cast<int>(*severity) : 4, shown.id);
    }
    BOOST_REQUIRE(std::is_sorted(order.begin(), order.end()));
    BOOST_REQUIRE(section.size() ==
                  count_if(twin, [&](auto, const auto& threat) { return belongs(threat.status); }));
}

void require_course(const std::vector<CoursePoint>& course, const std::vector<Event>& events,
                    ProductId product) {
    for (const CoursePoint& point : course) {
        const Twin then = twin_at(events, point.at);
        const TwinProduct& twin = then.product(product);
        const auto open = [&](std::optional<Severity> severity) {
            return count_if(twin, [&](auto, const auto& threat) {
                return threat.scoring.severity == severity &&
                       (threat.status == ThreatStatus::identified ||
                        threat.status == ThreatStatus::in_progress);
            });
        };
        for (std::size_t i = 0; i < severity_count; ++i) {
            BOOST_REQUIRE(point.open.by_severity[i] == open(static_cast<Severity>(i)));
        }
        BOOST_REQUIRE(point.open.unscored == open(std::nullopt));
        BOOST_REQUIRE(point.total_threats == twin.posture().total_threats);
        BOOST_REQUIRE(point.mitigated_threats == twin.posture().mitigated_threats);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_figures_equal_a_recount) {
    const std::uint64_t seed = test_seed();
    for (std::uint64_t round = 0; round < test_rounds(8); ++round) {
        const auto events = random_events(seed + round, 60 + 40 * round);
        Random random(seed + round);
        const Event& last = random.pick(events);
        const Instant as_of = last.time + std::chrono::minutes{random.below(100)};
        const ReportInputs inputs = collect(events, last.product_id, as_of, round % 2 == 0);
        const ReportView view = make_report_view(inputs, {});
        const Twin now = twin_at(events, as_of);
        const TwinProduct& twin = now.product(last.product_id);

        BOOST_REQUIRE(inputs.as_of == as_of);
        BOOST_REQUIRE(view.product().position == twin.last_position);
        BOOST_REQUIRE(events[twin.last_position - 1].id == inputs.event_id);
        require_counts(view, twin);
        require_section(view.threats, twin, [](ThreatStatus status) {
            return status != ThreatStatus::accepted && status != ThreatStatus::not_applicable;
        });
        require_section(view.accepted, twin,
                        [](ThreatStatus status) { return status == ThreatStatus::accepted; });
        require_section(view.not_applicable, twin,
                        [](ThreatStatus status) { return status == ThreatStatus::not_applicable; });
        require_course(inputs.course, events, last.product_id);

        const Twin then = twin_at(events, as_of - std::chrono::days{30});
        BOOST_REQUIRE(inputs.before.has_value() == then.products().contains(last.product_id));
        if (inputs.before) {
            const TwinProduct& before = then.product(last.product_id);
            BOOST_REQUIRE(inputs.before->product.posture == before.posture());
            BOOST_REQUIRE(inputs.before->threats.size() == before.threats.size());
        }
    }
}

// For each change, the expected event is the newest one after which the field has another value. It
// is found by rebuilding the whole model after every event.
BOOST_AUTO_TEST_CASE(changes_and_decisions_name_their_events) {
    using Kind = Attributions::Kind;
    const std::uint64_t seed = test_seed();
    for (std::uint64_t round = 0; round < test_rounds(6); ++round) {
        const auto events = random_events(seed + round, 60 + 30 * round);
        const Event& last = events.back();
        const ProductId product = last.product_id;
        const ReportInputs inputs = collect(events, product, last.time, round % 2 == 0);
        const ReportView view = make_report_view(inputs, {});

        std::map<std::tuple<Kind, std::uint64_t, std::string>, Position> expected;
        std::map<ThreatId, Position> decided;
        MemoryTables tables;
        std::optional<ProductModel> model;
        for (const Event& event : events) {
            if (event.product_id != product) {
                continue;
            }
            fold(tables, event);
            settle_coverage(tables);
            const auto after = product_model_of(tables, product, event.time);
            const ModelChanges changes = changes_between(model, *after);
            const auto note = [&](Kind kind, const ObjectChanges& objects) {
                for (const auto& ids : {objects.added, objects.removed}) {
                    for (const auto id : ids) {
                        expected[{kind, id, ""}] = event.position;
                    }
                }
                for (const ObjectChange& object : objects.changed) {
                    for (const FieldChange& field : object.fields) {
                        expected[{kind, object.id, std::string(field.field)}] = event.position;
                    }
                }
            };
            note(Kind::threat, changes.threats);
            note(Kind::mitigation, changes.mitigations);
            for (const FieldChange& field : changes.product) {
                expected[{Kind::product, product, std::string(field.field)}] = event.position;
            }
            if (event.type() == EventType::threat_identified ||
                event.type() == EventType::threat_status_changed) {
                decided[threat_of(event)] = event.position;
            }
            model = after;
        }

        for (const ChangeRow& row : view.change_rows) {
            BOOST_TEST_REQUIRE(row.by != nullptr, name_of(row.kind) << " " << row.id);
            const std::string field = row.field != nullptr ? std::string(row.field->field) : "";
            const Position position = expected.at({row.kind, row.id, field});
            const bool is_coverage = field.starts_with("covered");
            BOOST_TEST_REQUIRE(
                (is_coverage ? row.by->position >= position : row.by->position == position),
                name_of(row.kind) << " " << row.id << " " << field);
            const Event& event = events[row.by->position - 1];
            BOOST_TEST((event.actor == row.by->actor && event.reason == row.by->reason &&
                        event.on_behalf_of == row.by->on_behalf_of &&
                        event.time == row.by->recorded_at &&
                        event.occurred_at == row.by->occurred_at));
        }
        for (const auto* threats : {&view.threats, &view.accepted, &view.not_applicable}) {
            for (const ReportThreat& shown : *threats) {
                BOOST_TEST_REQUIRE((shown.decision != nullptr) ==
                                   is_decision(shown.threat->status));
                BOOST_TEST((shown.decision == nullptr ||
                            shown.decision->position == decided.at(shown.id)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_sample_names_who_accepted_a_threat_and_why) {
    const ReportInputs inputs = collect(sample_events(), 1, std::nullopt, false);
    for (const char* form : {"md", "html", "docx", "csv", "json"}) {
        const std::string text = readable(written(inputs, form), form);
        for (const char* fact : {"jonas.brandt#4", "Petra Lindqvist", "2026-08-27T15:15:23.644344Z",
                                 "Accepted by the head of payments until the new scheduler"}) {
            BOOST_TEST(text.find(fact) != std::string::npos, form << " lacks " << fact);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_report_does_not_depend_on_when_its_time_is_known) {
    const auto events = sample_events();
    for (const char* as_of : {"2025-12-01T09:02:23.369581Z", "2025-12-20", "2026-03-31"}) {
        const auto known = collect(events, 1, parse_as_of(as_of), true);
        const auto unknown = collect(events, 1, parse_as_of(as_of), false);
        BOOST_TEST((known.course == unknown.course));
        BOOST_TEST(written(known, "json") == written(unknown, "json"));
    }
    const auto now = collect(events, 1, std::nullopt, false);
    const auto as_of_its_newest_event = collect(events, 1, now.as_of, true);
    BOOST_TEST((now.as_of == now.model.product.recorded_at));
    BOOST_TEST(written(now, "json") == written(as_of_its_newest_event, "json"));
}

BOOST_AUTO_TEST_CASE(a_course_has_limited_points_from_start_to_end) {
    const Instant end = *parse_instant("2026-03-31T12:34:56.789Z");
    for (const std::int64_t minutes :
         {0L, 1L, 59L, 61L, 60L * 60, 61L * 60, 60L * 24 * 100, 60L * 24 * 365, 60L * 24 * 4000}) {
        const Instant registered = end - std::chrono::minutes{minutes};
        const auto instants = course_instants(registered, end);
        BOOST_TEST_CONTEXT(minutes << " minutes") {
            BOOST_TEST(instants.size() <= 63u);
            BOOST_TEST((instants.back() == end));
            BOOST_TEST((std::adjacent_find(instants.begin(), instants.end(),
                                           std::greater_equal<>()) == instants.end()));
            BOOST_TEST((instants.front() >= std::max(registered, end - std::chrono::days{365})));
            if (minutes <= 60L * 24 * 365) {
                BOOST_TEST((instants.front() == registered));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_thresholds_the_three_defaults_apply) {
    const ReportInputs inputs = sample_inputs();
    const ReportView usual = make_report_view(inputs, {});
    BOOST_TEST(!usual.thresholds_given);
    BOOST_TEST(usual.verdict.conditions.size() == 3u);
    BOOST_TEST(usual.verdict.conditions[2].limit == "0.7");
    Thresholds asked;
    asked.min_threats = 5;
    const ReportView given = make_report_view(inputs, asked);
    BOOST_TEST(given.thresholds_given);
    BOOST_TEST(given.verdict.conditions.size() == 1u);
    BOOST_TEST(given.verdict.pass);
}

BOOST_AUTO_TEST_SUITE_END()
