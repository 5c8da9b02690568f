// Random histories and random baselines: the server and the replay tool, on the data and on an
// export, count the same threats as a slow reference that rates all threats of the complete models
// at both moments. THREATATLAS_SEED reproduces one.

#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>

#include "events/event_line.hpp"
#include "events/limits.hpp"
#include "support/random_event.hpp"
#include "support/random_history.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "system/agreement/twin_answers.hpp"

BOOST_AUTO_TEST_SUITE(baselines_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using events::PolicyRule;
using events::RuleKind;
using events::Severity;
using Json = nlohmann::json;
using Ids = std::set<ThreatId>;

namespace {

constexpr base::Instant first_time{std::chrono::seconds{1'699'000'000}};
constexpr base::Day dated_baseline =
    std::chrono::floor<std::chrono::days>(first_time) + std::chrono::days{14};

std::map<std::string, events::Policy> policies() {
    events::Policy loose;
    loose.texts.set(events::PolicyField::title, "All kinds of rules");
    loose.rules = {
        {.kind = RuleKind::max_threats, .severity = Severity::medium, .limit = 2},
        {.kind = RuleKind::max_unmitigated, .severity = Severity::high, .limit = 1},
        {.kind = RuleKind::max_unscored, .limit = 1},
        {.kind = RuleKind::max_open_days, .severity = Severity::low, .limit = 2},
        {.kind = RuleKind::max_accepted, .limit = 1},
        {.kind = RuleKind::min_mitigation_ratio, .ratio = events::parse_ratio("0.6").value()},
        {.kind = RuleKind::min_threats, .limit = 3}};
    events::Policy strict;
    strict.texts.set(events::PolicyField::title, "Acceptances do not count");
    strict.honours_acceptances = false;
    strict.rules = {{.kind = RuleKind::max_threats, .severity = Severity::low},
                    {.kind = RuleKind::max_open_days, .severity = Severity::high, .limit = 1}};
    events::Policy dated = loose;
    dated.baseline = dated_baseline;
    return {{"dated", dated}, {"loose", loose}, {"strict", strict}};
}

// A moment of the product; `product` is null if it was not registered yet.
struct Then {
    const TwinProduct* product = nullptr;
    base::Day day{};
};

bool is_open(const TwinProduct& product, ThreatId id) {
    return product.threats.at(id).status != events::ThreatStatus::mitigated &&
           product.covered_by(id).empty();
}

bool is_at_least(const std::optional<Severity>& severity, const std::optional<Severity>& least) {
    return severity && *severity <= *least;
}

std::uint64_t age_of(const TwinProduct& product, ThreatId id, base::Day day) {
    return static_cast<std::uint64_t>(
        (day - base::day_of(product.threats.at(id).created_at)).count());
}

bool is_accepted(const Then& at, ThreatId id) {
    const auto until = at.product->accepted_until(id);
    return until && *until >= at.day;
}

// The threat breaks the rule, not considering acceptances.
bool breaks_unless_accepted(const Then& at, ThreatId id, const PolicyRule& rule) {
    const TwinThreat& threat = at.product->threats.at(id);
    switch (rule.kind) {
        case RuleKind::max_threats:
            return is_at_least(threat.scoring.severity, rule.severity);
        case RuleKind::max_unmitigated:
            return is_at_least(threat.scoring.severity, rule.severity) && is_open(*at.product, id);
        case RuleKind::max_unscored:
            return !threat.scoring.severity;
        case RuleKind::max_open_days:
            return is_at_least(threat.scoring.severity, rule.severity) &&
                   is_open(*at.product, id) && age_of(*at.product, id, at.day) > rule.limit;
        case RuleKind::max_accepted:
            return is_accepted(at, id);
        default:
            return false;
    }
}

Ids breaking(const Then& at, const PolicyRule& rule, bool honours) {
    Ids ids;
    if (at.product == nullptr) {
        return ids;
    }
    const bool leaves_out = honours && rule.kind != RuleKind::max_accepted;
    for (const auto& [id, threat] : at.product->threats) {
        if (threat.status != events::ThreatStatus::not_applicable &&
            breaks_unless_accepted(at, id, rule) && !(leaves_out && is_accepted(at, id))) {
            ids.insert(id);
        }
    }
    return ids;
}

Ids without(const Ids& ids, const Ids& others) {
    Ids rest;
    std::set_difference(ids.begin(), ids.end(), others.begin(), others.end(),
                        std::inserter(rest, rest.end()));
    return rest;
}

bool is_lower(const events::Ratio& least, const TwinProduct& product) {
    const auto posture = product.posture();
    return posture.total_threats > 0 &&
           static_cast<long double>(posture.mitigated_threats) * events::Ratio::one <
               static_cast<long double>(least.units) * posture.total_threats;
}

bool has_fallen(const Then& before, const TwinProduct& now) {
    const auto parts = [](const TwinProduct* product) {
        const auto posture = product == nullptr ? projections::Posture{} : product->posture();
        return posture.total_threats == 0
                   ? std::pair<std::uint64_t, std::uint64_t>{1, 1}
                   : std::pair{posture.mitigated_threats, posture.total_threats};
    };
    const auto [mitigated, total] = parts(&now);
    const auto [mitigated_before, total_before] = parts(before.product);
    return mitigated * total_before < mitigated_before * total;
}

// The members of a condition that the reference knows, and its entry in `new`.
struct Expected {
    Json condition;
    Json new_ids = Json::array();
};

Json first_of(const Ids& ids, std::size_t most) {
    Json list = Json::array();
    for (const ThreatId id : ids) {
        if (list.size() < most) {
            list.push_back(id);
        }
    }
    return list;
}

Expected expect(const Then& before, const Then& now, const PolicyRule& rule, bool honours) {
    Expected expected;
    Json& condition = expected.condition;
    if (rule.kind == RuleKind::min_threats) {
        condition = {{"actual", now.product->posture().total_threats},
                     {"pass", now.product->posture().total_threats >= rule.limit}};
        return expected;
    }
    if (rule.kind == RuleKind::min_mitigation_ratio) {
        condition = {
            {"pass", !is_lower(rule.ratio, *now.product) || !has_fallen(before, *now.product)}};
        return expected;
    }
    const Ids old = breaking(before, rule, honours);
    const Ids fresh = without(breaking(now, rule, honours), old);
    const Ids accepted =
        without(without(breaking(now, rule, false), breaking(now, rule, honours)), old);
    std::uint64_t actual = fresh.size();
    if (rule.kind == RuleKind::max_open_days) {
        PolicyRule of_any_age = rule;
        of_any_age.kind = RuleKind::max_unmitigated;
        actual = 0;
        for (const ThreatId id : without(breaking(now, of_any_age, honours), old)) {
            actual = std::max(actual, age_of(*now.product, id, now.day));
        }
    }
    const bool pass = rule.kind == RuleKind::max_open_days ? fresh.empty() : actual <= rule.limit;
    condition = {{"actual", actual}, {"pass", pass}};
    if (!accepted.empty()) {
        condition["accepted"] = accepted.size();
    }
    expected.new_ids = first_of(fresh, 100);
    return expected;
}

struct Question {
    AskedThresholds thresholds;
    std::string policy;  // or empty
    base::Instant moment{};
    std::string baseline;   // as it is asked
    base::Instant since{};  // its instant
};

// Checks an answer against the reference.
class Reference {
  public:
    Reference(const TwinLog& log, const std::map<std::string, events::Policy>& policies)
        : log_(log), policies_(policies) {}

    // Returns the number of new threats.
    std::size_t check(const Question& asked, const Json& answer) const {
        const Then now = at(asked.moment);
        const Then before = at(asked.since);
        const bool honours = asked.policy != "strict" && !asked.thresholds.ignores_acceptances;
        bool pass = true;
        Json wanted_new = Json::array();
        std::size_t index = 0;
        const auto compare = [&](const PolicyRule& rule, std::string_view name, const Then& then,
                                 bool leaves_out, const Json& identity) {
            const Expected expected = expect(then, now, rule, leaves_out);
            const Json& condition = answer.at("conditions").at(index++);
            BOOST_TEST(condition.at("rule") == name);
            for (const auto& [key, value] : expected.condition.items()) {
                BOOST_TEST(condition.at(key) == value, key << " of " << condition.dump());
            }
            BOOST_TEST(condition.contains("accepted") == expected.condition.contains("accepted"));
            pass = pass && expected.condition.at("pass").get<bool>();
            if (!expected.new_ids.empty()) {
                Json entry = identity;
                entry["rule"] = name;
                entry["threat_ids"] = expected.new_ids;
                wanted_new.push_back(std::move(entry));
            }
        };
        const AskedThresholds& thresholds = asked.thresholds;
        if (thresholds.fail_on_critical) {
            compare({.kind = RuleKind::max_threats, .severity = Severity::critical},
                    "fail_on_critical", before, honours, Json::object());
        }
        if (thresholds.fail_on_unmitigated_high) {
            compare({.kind = RuleKind::max_unmitigated, .severity = Severity::high},
                    "fail_on_unmitigated_high", before, honours, Json::object());
        }
        if (thresholds.min_mitigation_ratio) {
            compare({.kind = RuleKind::min_mitigation_ratio,
                     .ratio = events::parse_ratio(*thresholds.min_mitigation_ratio).value()},
                    "min_mitigation_ratio", before, honours, Json::object());
        }
        if (thresholds.fail_on_unscored) {
            compare({.kind = RuleKind::max_unscored}, "fail_on_unscored", before, false,
                    Json::object());
        }
        if (thresholds.min_threats) {
            compare({.kind = RuleKind::min_threats, .limit = *thresholds.min_threats},
                    "min_threats", before, honours, Json::object());
        }
        if (!asked.policy.empty()) {
            const events::Policy& policy = policies_.at(asked.policy);
            const base::Instant own = policy.baseline
                                          ? std::min(asked.moment, base::end_of(*policy.baseline) -
                                                                       base::Instant::duration{1})
                                          : asked.since;
            for (const PolicyRule& rule : policy.rules) {
                Json identity{{"policy", asked.policy}, {"mode", "fail"}};
                if (rule.severity) {
                    identity["severity"] = events::name_of(*rule.severity);
                }
                if (own != asked.since) {
                    write_state(identity, own);
                }
                compare(rule, events::name_of(rule.kind), at(own), honours, identity);
            }
        }
        BOOST_TEST(answer.at("conditions").size() == index);
        BOOST_TEST(answer.at("pass") == pass);
        Json wanted{{"new", wanted_new}};
        write_state(wanted, asked.since);
        BOOST_TEST(answer.at("baseline") == wanted,
                   "found " << answer.at("baseline").dump() << "\nwanted " << wanted.dump());
        if (answer.contains("policy")) {
            BOOST_TEST(answer.at("policy").at("fails_on").is_null());
        }
        return wanted_new.size();
    }

  private:
    Then at(base::Instant instant) const {
        const TwinState* const state = log_.state_at(1, instant);
        return {state == nullptr ? nullptr : &state->product, base::day_of(instant)};
    }
    void write_state(Json& json, base::Instant instant) const {
        const TwinState* const state = log_.state_at(1, instant);
        json["position"] = state == nullptr ? 0 : state->last_position;
        json["recorded_at"] = state == nullptr ? Json() : Json(base::format_instant(state->time));
    }

    const TwinLog& log_;
    const std::map<std::string, events::Policy>& policies_;
};

// The time of the last transaction that ends at or before a position, the slow way.
base::Instant time_of(const std::vector<events::Event>& events, Position position) {
    base::Instant time = base::Instant::min();
    for (std::size_t i = 0; i < events.size() && events[i].position <= position; ++i) {
        if (i + 1 == events.size() || events[i + 1].time != events[i].time) {
            time = events[i].time;
        }
    }
    return time;
}

std::string line_of(const events::Event& event) {
    std::string line;
    events::append_line(line, event);
    return line + '\n';
}

// The policies, then a history of one product.
std::string random_lines(RandomHistory& history) {
    std::string lines;
    Position inserted = 0;
    for (const auto& [name, policy] : policies()) {
        events::Event event = random_envelope(history.random());
        event.position = ++inserted;
        event.time = first_time + std::chrono::seconds{inserted};
        event.data = events::PolicyDefined{name, 1, policy};
        lines += line_of(event);
    }
    for (std::uint64_t round = 0; round < test_rounds(300); ++round) {
        std::string transaction;
        bool fits = true;
        for (events::Event& event : history.next_transaction()) {
            event.position += inserted;
            const std::string line = line_of(event);
            fits = fits && line.size() <= events::limits::line_bytes_max;
            transaction += line;
        }
        if (fits) {
            lines += transaction;
        } else {
            history.take_back();
        }
    }
    return lines;
}

Question random_question(Random& random, const TwinLog& log) {
    static const std::vector<std::string> names{"", "", "dated", "loose", "strict"};
    const std::vector<events::Event>& events = log.events();
    const auto any_time = [&](base::Instant from, base::Instant to) {
        return from + base::Instant::duration{static_cast<std::int64_t>(
                          random.below(static_cast<std::uint64_t>((to - from).count()) + 1))};
    };
    Question asked;
    asked.thresholds = random_thresholds(random);
    asked.policy = random.pick(names);
    asked.moment = any_time(log.states(1).front().time, events.back().time + std::chrono::days{2});
    switch (random.below(4)) {
        case 0:
            asked.since = time_of(events, random.below(events.size() + 1));
            break;
        case 1:
            asked.since = base::end_of(base::day_of(any_time(first_time, asked.moment))) -
                          base::Instant::duration{1};
            asked.baseline = base::format_day(base::day_of(asked.since));
            break;
        case 2:
            asked.since = asked.moment;
            break;
        default:
            asked.since = any_time(asked.moment - std::chrono::days{3}, asked.moment);
    }
    if (asked.baseline.empty()) {
        asked.baseline = base::format_instant(std::max(asked.since, base::Instant{}));
    }
    if (random.chance(30)) {
        const Position position = random.below(events.size() + 1);
        asked.since = time_of(events, position);
        asked.baseline = "position:" + std::to_string(position);
    }
    return asked;
}

Json without_clock(const std::string& body) {
    Json answer = Json::parse(body);
    BOOST_TEST(answer.erase("generated_at") == 1U);
    return answer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(everyone_counts_the_same_new_threats) {
    RandomHistory history(
        test_seed(),
        {.products_max = 1, .threats_wanted = 12, .with_tokens = false, .with_policies = false});
    const std::string lines = random_lines(history);
    const TwinLog log(lines);
    const TempDirectory directory;
    const std::string exported = (directory / "export.ndjson").string();
    std::ofstream(exported) << lines;
    const auto data = directory / "data";
    const ProgramResult imported = run_replay({"--data", data, "import", exported});
    BOOST_TEST_REQUIRE(imported.exit_code == 0, imported.err);
    ServerProcess server(data);
    server.start();
    httplib::Client client = server.client(server.admin_token());

    const auto defined = policies();
    const Reference reference(log, defined);
    Random& random = history.random();
    std::size_t with_new = 0;
    std::size_t saved = 0;  // verdicts that pass only because of the baseline
    std::size_t too_late = 0;
    for (std::uint64_t round = 0; round < test_rounds(400); ++round) {
        const Question asked = random_question(random, log);
        const std::string moment = base::format_instant(asked.moment);
        std::string plain =
            "/api/products/1/security-status?" + asked.thresholds.query() + "&as_of=" + moment;
        if (!asked.policy.empty()) {
            plain += "&policy=" + asked.policy;
        }
        const std::string target = plain + "&baseline=" + asked.baseline;
        const auto answer = client.Get(target).value();
        std::vector<std::string> options = asked.thresholds.options();
        options.insert(options.begin(),
                       {"gate", "--product", "1", "--as-of", moment, "--baseline", asked.baseline});
        if (!asked.policy.empty()) {
            options.insert(options.end(), {"--policy", asked.policy});
        }
        const auto replay = [&](std::vector<std::string> source) {
            source.insert(source.end(), options.begin(), options.end());
            return run_replay(source);
        };
        const bool is_too_late =
            asked.since > asked.moment ||
            (asked.policy == "dated" && dated_baseline > base::day_of(asked.moment));
        if (is_too_late) {
            BOOST_TEST(answer.status == 422, answer.body);
            BOOST_TEST(replay({"--data", data}).exit_code == 2);
            ++too_late;
            continue;
        }
        BOOST_TEST_CONTEXT(target) {
            BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
            const Json found = without_clock(answer.body);
            with_new += reference.check(asked, found) > 0 ? 1 : 0;
            saved += found.at("pass").get<bool>() &&
                             !Json::parse(client.Get(plain).value().body).at("pass").get<bool>()
                         ? 1
                         : 0;
            // max_accepted is the one rule that acceptances can break.
            if (found.contains("acceptances") &&
                (asked.policy.empty() || asked.policy == "strict")) {
                const Json ignoring = Json::parse(
                    client
                        .Get(target +
                             (asked.thresholds.ignores_acceptances ? "" : "&acceptances=ignore"))
                        .value()
                        .body);
                BOOST_TEST(found.at("acceptances").at("pass_without_acceptances") ==
                           ignoring.at("pass"));
            }
            if (round % 4 == 0) {
                for (const std::vector<std::string>& source :
                     {std::vector<std::string>{"--data", data}, {"--events", exported}}) {
                    const ProgramResult replayed = replay(source);
                    BOOST_TEST_REQUIRE(!replayed.out.empty(), replayed.err);
                    BOOST_TEST(without_clock(replayed.out) == found,
                               "server " << answer.body << "\nreplay " << replayed.out);
                    BOOST_TEST(replayed.exit_code == (found.at("pass").get<bool>() ? 0 : 1));
                }
            }
        }
    }
    BOOST_TEST_MESSAGE(with_new << " verdicts with new threats, " << saved
                                << " that pass because of the baseline, " << too_late
                                << " refused");
    BOOST_TEST(with_new > 0U);
    BOOST_TEST(saved > 0U);
    BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
