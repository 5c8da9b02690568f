// Compares four sources of the same history. Several clients write to the real server concurrently.
// Afterwards these must agree about every product at any moment: the API, the replay tool on the
// live directory, the replay tool on an export, and the slow twin fed with the exported lines.
// THREATATLAS_SEED reproduces the requests (not their interleaving), THREATATLAS_ROUNDS sets how
// many each client makes. The replay tool runs in this process; the suites server_and_tool and
// terminal start the program.

#include <atomic>
#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "support/full_form.hpp"
#include "support/temp_directory.hpp"
#include "system/agreement/random_client.hpp"
#include "system/agreement/twin_gate.hpp"

BOOST_AUTO_TEST_SUITE(agreement_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

using Json = OrderedJson;

constexpr std::size_t client_count = 4;
// In the full form; otherwise half as many.
constexpr std::size_t questions_per_product = 6;
constexpr std::uint64_t requests_per_client = 80;
constexpr std::chrono::microseconds tick{1};

std::string product_target(ProductId product) {
    return "/api/products/" + std::to_string(product);
}

// Removes the only member that differs between requests.
Json without_clock(const std::string& body) {
    Json answer = Json::parse(body);
    BOOST_TEST(answer.erase("generated_at") == 1U);
    return answer;
}

// A response about the past, received during concurrent writes.
struct Given {
    std::string target;
    std::string body;
};

// Queries the shared product as of the current time, until told to stop.
std::vector<Given> read_while(const std::atomic<bool>& going_on, httplib::Client client,
                              ProductId product) {
    std::vector<Given> given;
    while (going_on) {
        const auto now = client.Get(product_target(product) + "/security-status");
        const std::string at = Json::parse(now.value().body).at("generated_at");
        for (const std::string& target : {
                 "/security-status?fail_on_unmitigated_high=true&as_of=" + at,
                 "/threats?limit=1000&as_of=" + at,
                 "/timeline?to=" + at,
             }) {
            const auto answer = client.Get(product_target(product) + target);
            given.push_back({product_target(product) + target, answer.value().body});
        }
    }
    return given;
}

// The constructor writes the history; the server keeps running.
class Written {
  public:
    Written() : random_(test_seed()), server_(directory_ / "data") {
        server_.start();
        const ProductId shared = make_shared_product();
        const std::string token = server_.issue_token({{"name", "writer"}, {"role", "editor"}});
        std::vector<RandomClient> clients;
        for (std::size_t i = 0; i < client_count; ++i) {
            clients.emplace_back(random_.number(), shared);
        }
        const std::uint64_t requests = test_rounds(requests_per_client / (is_full_form() ? 1 : 2));
        std::atomic<bool> going_on = true;
        std::thread reader([&] { given_ = read_while(going_on, server_.client(token), shared); });
        std::vector<std::thread> threads;
        for (RandomClient& client : clients) {
            // With the admin token, because only admins register and archive products.
            threads.emplace_back(
                [&] { client.write(server_.client(server_.admin_token()), requests); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        going_on = false;
        reader.join();
        std::size_t accepted = 0;
        for (const RandomClient& client : clients) {
            BOOST_TEST(client.complaint() == "");
            accepted += client.accepted();
        }
        BOOST_TEST(accepted > client_count * requests / 2);
        archive_newest_product();
        const ProgramResult exported =
            run_replay({"--data", server_.data(), "export", "-o", exported_file()});
        BOOST_TEST_REQUIRE(exported.exit_code == 0, exported.err);
        std::ostringstream text;
        text << std::ifstream(exported_file(), std::ios::binary).rdbuf();
        lines_ = text.str();
    }

    Random& random() { return random_; }
    const ServerProcess& server() const { return server_; }
    const std::string& lines() const { return lines_; }
    const std::vector<Given>& given() const { return given_; }
    std::string exported_file() const { return directory_ / "export.ndjson"; }

  private:
    ProductId make_shared_product() {
        const auto made = server_.ask("POST", "/api/products", R"({"name":"shared"})");
        BOOST_TEST_REQUIRE(made.status == 201, made.body);
        return nlohmann::json::parse(made.body).at("id");
    }

    // The product's history remains.
    void archive_newest_product() {
        const auto products =
            nlohmann::json::parse(server_.ask("GET", "/api/products?limit=1000").body);
        const auto gone =
            server_.ask("DELETE", product_target(products.back().at("id").get<ProductId>()));
        BOOST_TEST_REQUIRE(gone.status == 204, gone.body);
    }

    Random random_;
    TempDirectory directory_;
    ServerProcess server_;
    std::string lines_;
    std::vector<Given> given_;
};

// Sends one query to all four sources.
class Tellers {
  public:
    explicit Tellers(Written& written)
        : written_(written),
          log(written.lines()),
          client_(written.server().client(written.server().admin_token())) {}

    // Requires that the API at `target` and the tool with these arguments return the same bytes,
    // and that these match the twin. nullopt: all must report that the object does not exist.
    void require_same(const std::string& target, const std::vector<std::string>& arguments,
                      const std::optional<Json>& wanted) {
        BOOST_TEST_CONTEXT(target) {
            const auto answer = client_.Get(target).value();
            const auto from_directory = ask({"--data", written_.server().data()}, arguments);
            const auto from_export = ask({"--events", written_.exported_file()}, arguments);
            BOOST_TEST(answer.status == (wanted ? 200 : 404), answer.body);
            BOOST_TEST(from_directory.exit_code == (wanted ? 0 : 2), from_directory.err);
            BOOST_TEST(from_export.exit_code == (wanted ? 0 : 2), from_export.err);
            if (wanted) {
                BOOST_TEST((answer.body + "\n" == from_directory.out), answer.body
                                                                           << "\n"
                                                                           << from_directory.out);
                BOOST_TEST((answer.body + "\n" == from_export.out), answer.body << "\n"
                                                                                << from_export.out);
                require_equal(Json::parse(answer.body), *wanted);
                ++agreed;
            } else {
                ++denied;
            }
        }
    }

    // The same for the gate, with random thresholds and policies. Its response contains the current
    // time, and its exit code is the verdict. `held` is null if nothing is there; without `instant`
    // each response is judged at the time that it names.
    void ask_gate(ProductId product, const TwinProduct* held, std::optional<Instant> instant,
                  const std::string& moment, std::vector<std::string> arguments) {
        const AskedThresholds thresholds = random_thresholds(written_.random());
        const TwinChoice choice = random_choice();
        for (const auto& options : {thresholds.options(), choice.options()}) {
            arguments.insert(arguments.end(), options.begin(), options.end());
        }
        const auto policies = held != nullptr ? twin_policies(log.twin(), product, *held, choice,
                                                              instant.value_or(Instant::max()))
                                              : std::nullopt;
        const std::string target = product_target(product) + "/security-status?" +
                                   thresholds.query() + moment + choice.query();
        const auto require_wanted = [&](const std::string& body) {
            Json found = Json::parse(body);
            const Instant generated =
                parse_instant(found.at("generated_at").get<std::string>()).value();
            found.erase("generated_at");
            require_equal(found, twin_gate(product, *held, thresholds,
                                           day_of(instant.value_or(generated)), *policies));
            ++agreed;
            judged_by_policies += policies->size();
            return found.at("pass").get<bool>();
        };
        BOOST_TEST_CONTEXT(target) {
            const auto answer = client_.Get(target).value();
            const int status = policies ? 200 : held != nullptr ? 422 : 404;
            BOOST_TEST_REQUIRE(answer.status == status, answer.body);
            if (policies) {
                require_wanted(answer.body);
            } else {
                ++denied;
            }
            if (choice.of_now) {
                return;  // the tool judges the past by the policies of then
            }
            for (const std::vector<std::string>& source :
                 {std::vector<std::string>{"--data", written_.server().data()},
                  {"--events", written_.exported_file()}}) {
                const ProgramResult replayed = ask(source, arguments);
                if (policies) {
                    BOOST_TEST_REQUIRE(replayed.exit_code < 2, replayed.err);
                    BOOST_TEST(replayed.exit_code == (require_wanted(replayed.out) ? 0 : 1));
                } else {
                    BOOST_TEST(replayed.exit_code == 2, replayed.err);
                }
            }
        }
    }

    // The API has no route for a posture alone; the response of the gate contains all of it.
    void require_same_posture(const std::vector<std::string>& arguments,
                              const std::optional<Json>& wanted) {
        const auto from_directory = ask({"--data", written_.server().data()}, arguments);
        const auto from_export = ask({"--events", written_.exported_file()}, arguments);
        BOOST_TEST(from_directory.exit_code == (wanted ? 0 : 2), from_directory.err);
        BOOST_TEST(from_directory.out == from_export.out);
        if (wanted) {
            require_equal(Json::parse(from_directory.out), *wanted);
        }
    }

    // All queries about a product at one moment, which `moment` and `option` both specify; without
    // `instant`, about now.
    void ask_about(ProductId product, const TwinState* state, std::optional<Instant> instant,
                   const std::string& moment, const std::vector<std::string>& option) {
        const bool there = state != nullptr && !state->product.archived_at;
        const std::string target = product_target(product);
        const auto with = [&](std::vector<std::string> arguments) {
            arguments.insert(arguments.end(), {"--product", std::to_string(product)});
            arguments.insert(arguments.end(), option.begin(), option.end());
            return arguments;
        };
        const auto wanted = [&](const auto& tell) {
            return there ? std::optional<Json>(tell(product, state->product)) : std::nullopt;
        };
        ask_gate(product, there ? &state->product : nullptr, instant, moment, with({"gate"}));
        require_same_posture(with({"posture"}), wanted(twin_posture));
        require_same(target + "/threats?limit=1000" + moment, with({"threats"}),
                     wanted(twin_threats));
        require_same(target + "/mitigations?limit=1000" + moment, with({"mitigations"}),
                     wanted(twin_mitigations));
    }

    void ask_now(ProductId product) {
        ask_about(product, &log.states(product).back(), std::nullopt, "", {});
    }
    void ask_as_of(ProductId product, Instant instant) {
        const std::string at = format_instant(instant);
        ask_about(product, log.state_at(product, instant), instant, "&as_of=" + at,
                  {"--as-of", at});
    }
    void ask_at_position(ProductId product, Position position) {
        const std::string at = std::to_string(position);
        // At position 0 there is nothing.
        ask_about(product, log.state_at_position(product, position),
                  position > 0 ? std::optional(log.instant_at_position(position)) : std::nullopt,
                  "&at_position=" + at, {"--at-position", at});
    }

    void ask_timelines(ProductId product, Instant from, Instant to) {
        const auto& states = log.states(product);
        for (const bool by_hours : {false, true}) {
            // From long before the product existed, and then with many points of its lifetime.
            const Instant begin = by_hours ? from - std::chrono::hours{3} : from;
            const std::string every = by_hours ? "1h" : "change";
            require_same(
                product_target(product) + "/timeline?every=" + every +
                    "&from=" + format_instant(begin) + "&to=" + format_instant(to),
                {"timeline", "--product", std::to_string(product), "--every", every, "--from",
                 format_instant(begin), "--to", format_instant(to)},
                by_hours ? twin_hours(states, begin, to) : twin_changes(states, begin, to));
        }
    }

    void ask_diff(ProductId product, Instant from, Instant to) {
        const TwinState* const before = log.state_at(product, from);
        const TwinState* const after = log.state_at(product, to);
        require_same(product_target(product) + "/diff?from=" + format_instant(from) +
                         "&to=" + format_instant(to),
                     {"diff", "--product", std::to_string(product), "--from", format_instant(from),
                      "--to", format_instant(to)},
                     after != nullptr ? std::optional(twin_diff(product, from, before, to, *after))
                                      : std::nullopt);
    }

    // Looks up products by a name and an external_id that one of them had at some time.
    void ask_lookups(std::optional<Instant> moment) {
        const auto& states = log.states(written_.random().pick(log.products()));
        const ProductTexts texts = written_.random().pick(states).product.texts;
        for (const ProductField field : {ProductField::name, ProductField::external_id}) {
            if (texts[field].empty()) {
                continue;
            }
            httplib::Params asked{{std::string(name_of(field)), std::string(texts[field])},
                                  {"limit", "1000"}};
            if (moment) {
                asked.emplace("as_of", format_instant(*moment));
            }
            std::vector<ProductId> wanted;
            for (const ProductId id : log.products()) {
                const TwinState* state =
                    moment ? log.state_at(id, *moment) : &log.states(id).back();
                if (state != nullptr && !state->product.archived_at &&
                    state->product.texts[field] == texts[field]) {
                    wanted.push_back(id);
                }
            }
            const auto answer = client_.Get("/api/products", asked, httplib::Headers()).value();
            BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
            std::vector<ProductId> found;
            for (const auto& product : Json::parse(answer.body)) {
                found.push_back(product.at("id").get<ProductId>());
            }
            BOOST_TEST(found == wanted, boost::test_tools::per_element());
            looked_up += wanted.size();
        }
    }

    // Often exactly at a transaction or next to it, because errors are most likely at the edges.
    Instant random_instant() {
        const Instant at = written_.random().pick(log.events()).time;
        const auto beside = tick * (static_cast<std::int64_t>(written_.random().below(3)) - 1);
        return std::min(at + beside, log.events().back().time);
    }

  private:
    // Nothing in half of the cases.
    TwinChoice random_choice() {
        Random& random = written_.random();
        TwinChoice choice;
        if (random.chance(50)) {
            choice.policy = random.chance(30) || log.twin().policies().empty()
                                ? "none"
                                : random.pick(policy_names(log.twin()));
        }
        choice.of_now = random.chance(15);
        return choice;
    }
    static ProgramResult ask(std::vector<std::string> source,
                             const std::vector<std::string>& arguments) {
        source.insert(source.end(), arguments.begin(), arguments.end());
        return run_replay(source);
    }
    static void require_equal(const Json& found, const Json& wanted) {
        BOOST_TEST((found == wanted), "found " << found.dump() << "\nwanted " << wanted.dump());
    }

    Written& written_;

  public:
    const TwinLog log;
    std::size_t agreed = 0;
    std::size_t denied = 0;
    std::size_t judged_by_policies = 0;
    std::size_t looked_up = 0;

  private:
    httplib::Client client_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(all_clients_see_one_history) {
    Written written;
    Tellers tellers(written);
    Random& random = written.random();
    const Position end = tellers.log.events().size();
    const std::size_t questions = questions_per_product / (is_full_form() ? 1 : 2);
    BOOST_TEST_MESSAGE(end << " events, " << tellers.log.products().size() << " products");
    BOOST_TEST(tellers.log.products().size() > client_count);

    for (const ProductId product : tellers.log.products()) {
        tellers.ask_now(product);
        // Just before the product existed, and at its first moment.
        const TwinState& first = tellers.log.states(product).front();
        tellers.ask_as_of(product, first.time - tick);
        tellers.ask_as_of(product, first.time);
        tellers.ask_at_position(product, first.last_position - 1);
        for (std::size_t i = 0; i < questions; ++i) {
            if (random.chance(50)) {
                tellers.ask_as_of(product, tellers.random_instant());
            } else {
                tellers.ask_at_position(product, random.below(end + 1));
            }
        }
        for (std::size_t i = 0; i < 2; ++i) {
            const auto [from, to] =
                std::minmax({tellers.random_instant(), tellers.random_instant()});
            tellers.ask_timelines(product, from, to);
            tellers.ask_diff(product, from, to);
        }
        for (std::size_t i = 0; i < questions; ++i) {
            tellers.ask_lookups(std::nullopt);
            tellers.ask_lookups(tellers.random_instant());
        }
    }
    BOOST_TEST_MESSAGE(tellers.agreed << " answers agreed upon, " << tellers.denied
                                      << " times nothing was there");
    BOOST_TEST(tellers.agreed > 10 * tellers.log.products().size());
    BOOST_TEST(tellers.looked_up > 0U);
    BOOST_TEST(tellers.judged_by_policies > 0U);
    BOOST_TEST(tellers.denied > 3 * tellers.log.products().size());
}

BOOST_AUTO_TEST_CASE(all_sources_have_the_same_lines) {
    Written written;
    httplib::Client client = written.server().client(written.server().admin_token());
    const auto data = written.server().data().string();
    BOOST_TEST((run_replay({"--data", data, "export"}).out == written.lines()));
    BOOST_TEST((run_replay({"--data", data, "events"}).out == written.lines()));
    BOOST_TEST(
        (run_replay({"--events", written.exported_file(), "events"}).out == written.lines()));
    const TwinLog log(written.lines());
    std::string lines;
    for (Position after = 0; after < log.events().size();) {
        const auto page =
            client.Get("/api/events?limit=500&after=" + std::to_string(after)).value();
        BOOST_TEST_REQUIRE(page.status == 200, page.body);
        lines += page.body;
        const Position looked_at = std::stoull(page.get_header_value("X-Log-Position"));
        BOOST_TEST_REQUIRE(looked_at > after);
        after = looked_at;
    }
    BOOST_TEST((lines == written.lines()));
    for (const ProductId product : log.products()) {
        const auto found = client.Get(product_target(product) + "/events?limit=1000").value();
        BOOST_TEST((run_replay({"--data", data, "events", "--product", std::to_string(product)})
                        .out.starts_with(found.body)));
        BOOST_TEST(found.body.size() > 0U);
    }
    BOOST_TEST(run_replay({"--data", data, "verify"}).exit_code == 0);
}

// "The answer to a question about the past is the same bytes forever", even if it was given during
// concurrent writes.
BOOST_AUTO_TEST_CASE(answers_about_the_past_stay_the_same) {
    Written written;
    httplib::Client client = written.server().client(written.server().admin_token());
    BOOST_TEST(written.given().size() > 0U);
    for (const Given& given : written.given()) {
        const auto again = client.Get(given.target).value();
        if (given.target.find("/security-status") != std::string::npos) {
            BOOST_TEST(without_clock(again.body).dump() == without_clock(given.body).dump(),
                       given.target);
        } else {
            BOOST_TEST((again.body == given.body), given.target);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
