// Random histories with policies, asked about around the end of each day and around each change of
// a policy: the server, the replay tool on the data and on an export, and the slow twin give the
// same verdicts, forecasts and refusals. THREATATLAS_SEED reproduces the first history.

#include <algorithm>
#include <array>
#include <fstream>
#include <set>

#include <boost/test/unit_test.hpp>

#include "support/random_history.hpp"
#include "support/server_process.hpp"
#include "support/temp_directory.hpp"
#include "system/agreement/twin_gate.hpp"

BOOST_AUTO_TEST_SUITE(policy_gates_test)

using namespace threatatlas;
using namespace threatatlas::testing;
using Json = OrderedJson;

namespace {

constexpr base::Instant::duration tick{1};

// What must have been asked about, or the answers prove little.
struct Seen {
    std::set<std::string> broken_rules;
    std::set<std::string> threats_listed;  // rules
    std::size_t enforced = 0;
    std::size_t two_policies = 0;
    std::size_t declined = 0;  // the product's own policy does not apply
    std::size_t refused = 0;
    std::size_t not_yet_failing = 0;  // broken rules before the policy's first day
    std::size_t forecasts = 0;
    std::size_t judged_by_now = 0;    // with another policy than that of then
    std::size_t later_positions = 0;  // on a later day than the product's newest event

    bool is_everything() const {
        constexpr std::size_t rules = 8;
        constexpr std::size_t about_threats = 5;
        const std::array counts{enforced,        two_policies, declined,      refused,
                                not_yet_failing, forecasts,    judged_by_now, later_positions};
        return broken_rules.size() == rules && threats_listed.size() == about_threats &&
               std::count(counts.begin(), counts.end(), 0U) == 0;
    }
    void add(const Json& answer) {
        for (const Json& condition : answer.at("conditions")) {
            if (!condition.contains("policy")) {
                continue;
            }
            const auto rule = condition.at("rule").get<std::string>();
            if (!condition.at("pass").get<bool>()) {
                broken_rules.insert(rule);
                not_yet_failing += condition.contains("fails_from") ? 1 : 0;
            }
            if (condition.contains("threat_ids")) {
                threats_listed.insert(rule);
            }
        }
        if (answer.contains("policy")) {
            enforced += answer.at("policy").at("enforced").get<bool>() ? 1 : 0;
            forecasts += answer.at("policy").at("fails_on").is_null() ? 0 : 1;
            two_policies += answer.contains("also_applied") ? 1 : 0;
        }
    }
};

// A random history in a data directory, with a server, and as an export.
class Site {
  public:
    explicit Site(std::uint64_t seed)
        : random_(seed), log_(make_lines(seed, test_rounds(220))), server_(data()) {
        const ProgramResult imported = run_replay({"--data", data(), "import", exported()});
        BOOST_TEST_REQUIRE(imported.exit_code == 0, imported.err);
        server_.start();
        client_.emplace(server_.client(server_.admin_token()));
    }

    void ask_many(std::size_t questions, Seen& seen) {
        for (; questions > 0; --questions) {
            const ProductId product = random_.pick(log_.products());
            if (random_.chance(25)) {
                const Position position = random_.between(1, log_.events().size());
                ask(product, log_.state_at_position(product, position),
                    log_.instant_at_position(position), "at_position", std::to_string(position),
                    seen);
            } else {
                const base::Instant instant = random_instant();
                ask(product, log_.state_at(product, instant), instant, "as_of",
                    base::format_instant(instant), seen);
            }
        }
    }

    void stop() {
        BOOST_TEST(run_replay({"--data", data(), "verify"}).exit_code == 0);
        BOOST_TEST(server_.stop() == 0);
    }

  private:
    std::string data() const { return directory_ / "data"; }
    std::string exported() const { return directory_ / "export.ndjson"; }

    std::string make_lines(std::uint64_t seed, std::uint64_t transactions) const {
        RandomHistory history(seed, {.products_max = 2, .threats_wanted = 8, .with_tokens = false});
        std::string lines;
        while (transactions > 0) {
            if (append_lines(lines, history.next_transaction())) {
                --transactions;
            } else {
                history.take_back();
            }
        }
        std::ofstream(exported()) << lines;
        return lines;
    }

    // Around a change of a policy, the end of a day or a transaction, and up to some days after the
    // end of the log.
    base::Instant random_instant() {
        const auto beside = tick * (static_cast<std::int64_t>(random_.below(3)) - 1);
        const base::Instant at = random_.pick(log_.events()).time;
        const auto& policies = log_.twin().policies();
        switch (random_.below(4)) {
            case 0:
                return at + beside;
            case 1: {
                const auto& versions = policies.at(random_.pick(policy_names(log_.twin())));
                return random_.pick(versions).since + beside;
            }
            case 2:
                return base::end_of(base::day_of(log_.events().back().time)) + beside +
                       std::chrono::days{random_.below(12)};
            default:
                return base::end_of(base::day_of(at)) + beside;
        }
    }

    TwinChoice random_choice() {
        TwinChoice choice;
        if (random_.chance(50)) {
            choice.policy = random_.chance(20) ? "none" : random_.pick(policy_names(log_.twin()));
        }
        choice.of_now = random_.chance(20);
        return choice;
    }

    void ask(ProductId product, const TwinState* state, base::Instant instant,
             const std::string& parameter, const std::string& moment, Seen& seen) {
        AskedThresholds thresholds;
        if (random_.chance(30)) {
            thresholds = random_thresholds(random_);
            thresholds.ignores_acceptances = random_.chance(20);
        }
        const TwinChoice choice = random_choice();
        const bool there = state != nullptr && !state->product.archived_at;
        const auto policies =
            there ? twin_policies(log_.twin(), product, state->product, choice, instant)
                  : std::nullopt;
        const std::string target = "/api/products/" + std::to_string(product) +
                                   "/security-status?" + thresholds.query() + choice.query() + "&" +
                                   parameter + "=" + moment;
        BOOST_TEST_CONTEXT(target) {
            const auto answer = client_->Get(target).value();
            BOOST_TEST_REQUIRE(answer.status == (policies ? 200 : there ? 422 : 404), answer.body);
            std::optional<Json> wanted;
            if (policies) {
                wanted = twin_gate(product, state->product, thresholds, base::day_of(instant),
                                   *policies);
                require_equal(answer.body, *wanted);
                seen.later_positions +=
                    parameter == "at_position" && base::day_of(instant) > base::day_of(state->time)
                        ? 1
                        : 0;
                note(seen, *wanted, product, *state, choice, instant, *policies);
            } else if (there) {
                ++seen.refused;
            }
            if (choice.of_now || !random_.chance(15)) {
                return;  // the tool judges the past by the policies of then
            }
            for (const std::vector<std::string>& source :
                 {std::vector<std::string>{"--data", data()}, {"--events", exported()}}) {
                std::vector<std::string> arguments = source;
                arguments.insert(arguments.end(),
                                 {"gate", "--product", std::to_string(product),
                                  parameter == "as_of" ? "--as-of" : "--at-position", moment});
                for (const auto& options : {thresholds.options(), choice.options()}) {
                    arguments.insert(arguments.end(), options.begin(), options.end());
                }
                const ProgramResult replayed = run_replay(arguments);
                const int exit_code = !wanted ? 2 : wanted->at("pass").get<bool>() ? 0 : 1;
                BOOST_TEST_REQUIRE(replayed.exit_code == exit_code, replayed.err);
                if (wanted) {
                    require_equal(replayed.out, *wanted);
                }
            }
        }
    }

    static void require_equal(const std::string& body, const Json& wanted) {
        Json found = Json::parse(body);
        BOOST_TEST(found.erase("generated_at") == 1U);
        BOOST_TEST_REQUIRE((found == wanted),
                           "found  " << found.dump() << "\nwanted " << wanted.dump());
    }

    void note(Seen& seen, const Json& answer, ProductId product, const TwinState& state,
              const TwinChoice& choice, base::Instant instant,
              const std::vector<TwinPolicy>& policies) const {
        seen.add(answer);
        const bool has_own = !state.product.policy.empty();
        seen.declined += has_own && !choice.of_now &&
                                 (policies.empty() || policies.front().name != state.product.policy)
                             ? 1
                             : 0;
        if (choice.of_now) {
            const auto of_then = twin_policies(log_.twin(), product, state.product,
                                               {.policy = choice.policy}, instant);
            seen.judged_by_now += of_then && !of_then->empty() && !policies.empty() &&
                                          of_then->front().version != policies.front().version
                                      ? 1
                                      : 0;
        }
    }

    Random random_;
    const TempDirectory directory_;
    const TwinLog log_;
    ServerProcess server_;
    std::optional<httplib::Client> client_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(everyone_applies_the_same_policies) {
    constexpr std::size_t questions = 300;
    Seen seen;
    std::size_t histories = 0;
    for (std::uint64_t seed = test_seed(); histories == 0 || !seen.is_everything(); ++seed) {
        Site site(seed);
        site.ask_many(questions, seen);
        site.stop();
        ++histories;
    }
    BOOST_TEST_MESSAGE(histories << " histories, " << seen.forecasts << " forecasts, "
                                 << seen.refused << " refusals");
}

BOOST_AUTO_TEST_SUITE_END()
