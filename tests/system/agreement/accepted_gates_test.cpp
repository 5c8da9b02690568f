// A random history with risk acceptances, asked about before and after the end of each day: the
// server, the replay tool on the data and on an export, and the slow twin give the same verdicts
// and forecasts. THREATATLAS_SEED reproduces one.

#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>

#include "events/limits.hpp"
#include "support/random_event.hpp"
#include "support/random_history.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "support/twin.hpp"
#include "system/agreement/twin_gate.hpp"

BOOST_AUTO_TEST_SUITE(accepted_gates_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using Json = nlohmann::json;

namespace {

constexpr int days_ahead = 7;

Json without_clock(const std::string& body) {
    Json answer = Json::parse(body);
    BOOST_TEST(answer.erase("generated_at") == 1U);
    return answer;
}

// A state of the product after a transaction, valid until the next one.
struct State {
    TwinProduct product;
    base::Instant until{};
    bool rests_on_acceptances =
        false;  ///< the verdict about critical threats passes because of them
};

const AskedThresholds no_critical{.fail_on_critical = true,
                                  .fail_on_unmitigated_high = false,
                                  .min_mitigation_ratio = {},
                                  .fail_on_unscored = false,
                                  .min_threats = {}};

bool passes_by_acceptances(const TwinProduct& product) {
    const std::uint64_t critical = product.posture().by_severity[0];
    return critical > 0 &&
           product.accepted_on(base::day_of(product.updated_at)).by_severity[0] == critical;
}

// The instants of interest while a state is valid: its beginning, its end, and both sides of the
// end of each day on which an acceptance may end.
std::set<base::Instant> instants_of(const State& state) {
    constexpr base::Instant::duration tick{1};
    std::set<base::Instant> instants{state.product.updated_at};
    const auto add = [&](base::Instant instant) {
        if (instant >= state.product.updated_at && instant < state.until) {
            instants.insert(instant);
        }
    };
    add(state.until - tick);
    for (int ahead = 0; ahead < days_ahead; ++ahead) {
        const base::Instant end =
            base::end_of(base::day_of(state.product.updated_at) + std::chrono::days{ahead});
        add(end - tick);
        add(end);
    }
    return instants;
}

// Events that accept the risk of all critical threats for a few days, in the transaction of the
// last event; none if there are no such threats.
std::vector<events::Event> acceptance_of_all(const TwinProduct& product, const events::Event& last,
                                             AcceptanceId id, Random& random) {
    events::AcceptanceRequested request;
    events::AcceptanceApproved approval;
    for (const auto& [threat_id, threat] : product.threats) {
        if (threat.scoring.severity == events::Severity::critical) {
            request.threat_ids.push_back(threat_id);
            request.severities.push_back(threat.scoring.severity);
            approval.severities.push_back(threat.scoring.severity);
        }
    }
    std::vector<events::Event> made;
    if (request.threat_ids.empty() || product.archived_at) {
        return made;
    }
    request.acceptance_id = id;
    request.texts.set(events::AcceptanceField::justification, "All of them");
    request.valid_until =
        base::day_of(last.time) + std::chrono::days{static_cast<std::int64_t>(random.below(3))};
    approval.acceptance_id = id;
    for (const events::EventData& data :
         {events::EventData(request), events::EventData(approval)}) {
        events::Event event = random_envelope(random);
        event.position = last.position + made.size() + 1;
        event.time = last.time;
        event.product_id = last.product_id;
        event.data = data;
        made.push_back(std::move(event));
    }
    return made;
}

}  // namespace

BOOST_AUTO_TEST_CASE(everyone_agrees_at_the_end_of_every_day) {
    RandomHistory history(
        test_seed(),
        {.products_max = 1, .threats_wanted = 8, .with_tokens = false, .with_policies = false});
    std::string lines;
    std::vector<State> states;
    Twin twin;
    Random own(test_seed() + 1);
    Position inserted = 0;
    // Ids that the history does not reach.
    AcceptanceId next_acceptance = events::limits::chosen_id_max * 2;
    for (std::uint64_t round = 0; round < test_rounds(200) || inserted < 10; ++round) {
        std::vector<events::Event> events = history.next_transaction();
        for (events::Event& event : events) {
            event.position += inserted;
        }
        const bool is_of_product = events.front().product_id == 1;
        std::size_t more_events = 0;
        if (is_of_product && round % 9 == 0) {
            Twin probe = twin;
            probe.add_transaction(events);
            auto more = acceptance_of_all(probe.product(1), events.back(), next_acceptance, own);
            more_events = more.size();
            events.insert(events.end(), more.begin(), more.end());
        }
        if (!append_lines(lines, events)) {
            history.take_back();
            continue;
        }
        inserted += more_events;
        next_acceptance += more_events > 0 ? 1 : 0;
        twin.add_transaction(events);
        if (is_of_product) {
            if (!states.empty()) {
                states.back().until = events.front().time;
            }
            states.push_back({twin.product(1), events.front().time + std::chrono::days{30}});
            states.back().rests_on_acceptances = passes_by_acceptances(states.back().product);
        }
    }
    BOOST_TEST_REQUIRE(!states.empty());

    const TempDirectory directory;
    const std::string exported = (directory / "export.ndjson").string();
    std::ofstream(exported) << lines;
    const auto data = directory / "data";
    const ProgramResult imported = run_replay({"--data", data, "import", exported});
    BOOST_TEST_REQUIRE(imported.exit_code == 0, imported.err);
    ServerProcess server(data);
    server.start();
    httplib::Client client = server.client(server.admin_token());

    Random& random = history.random();
    std::size_t forecasts = 0;
    std::size_t saved = 0;  // verdicts that pass only because of acceptances
    std::size_t asked = 0;
    for (const State& state : states) {
        for (const base::Instant instant : instants_of(state)) {
            const bool is_begin = instant == state.product.updated_at;
            const bool is_needed =
                is_begin ? state.rests_on_acceptances
                         : base::day_of(instant) != base::day_of(state.product.updated_at);
            if (!is_needed && !random.chance(10)) {
                continue;
            }
            AskedThresholds thresholds = no_critical;
            if (!is_begin) {
                thresholds.fail_on_critical = random.chance(70);
                thresholds.fail_on_unmitigated_high = random.chance(70);
                thresholds.ignores_acceptances = random.chance(10);
            }
            const std::string as_of = base::format_instant(instant);
            const Json wanted = twin_gate(1, state.product, thresholds, base::day_of(instant));
            const auto answer = client
                                    .Get("/api/products/1/security-status?" + thresholds.query() +
                                         "&as_of=" + as_of)
                                    .value();
            BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
            BOOST_TEST_REQUIRE(without_clock(answer.body) == wanted,
                               as_of << "\nfound " << answer.body << "\nwanted " << wanted.dump());
            ++asked;
            forecasts +=
                wanted.contains("acceptances") && !wanted.at("acceptances").at("fails_on").is_null()
                    ? 1
                    : 0;
            saved += wanted.contains("acceptances") && wanted.at("pass").get<bool>() &&
                             !wanted.at("acceptances").at("pass_without_acceptances").get<bool>()
                         ? 1
                         : 0;
            if (!random.chance(10)) {
                continue;
            }
            for (const std::vector<std::string>& source :
                 {std::vector<std::string>{"--data", data}, {"--events", exported}}) {
                std::vector<std::string> arguments = source;
                arguments.insert(arguments.end(), {"gate", "--product", "1", "--as-of", as_of});
                for (const std::string& option : thresholds.options()) {
                    arguments.push_back(option);
                }
                const ProgramResult replayed = run_replay(arguments);
                BOOST_TEST_REQUIRE(without_clock(replayed.out) == wanted, replayed.err);
                BOOST_TEST(replayed.exit_code == (wanted.at("pass").get<bool>() ? 0 : 1));
            }
        }
    }
    BOOST_TEST_MESSAGE(asked << " questions, " << forecasts << " forecasts, " << saved
                             << " verdicts that rest on acceptances");
    BOOST_TEST(saved > 0U);
    BOOST_TEST(run_replay({"--data", data, "verify"}).exit_code == 0);
    BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
