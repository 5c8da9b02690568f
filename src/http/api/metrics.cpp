#include <algorithm>

#include <fmt/format.h>

#include "http/api/api_routes.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/request_query.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/query/history.hpp"
#include "projections/query/policies.hpp"
#include "projections/query/product_model.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {
namespace {

// Writes the Prometheus text format, version 0.0.4.
class MetricsText {
  public:
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        describe(name, help, "counter");
        sample(name, "", value);
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t value) {
        describe(name, help, "gauge");
        sample(name, "", value);
    }
    void describe(std::string_view name, std::string_view help, std::string_view type) {
        fmt::format_to(std::back_inserter(text_),
                       "# HELP threatatlas_{0} {1}\n# TYPE threatatlas_{0} {2}\n", name, help,
                       type);
    }
    template <class Value>
    void sample(std::string_view name, std::string_view labels, Value value) {
        fmt::format_to(std::back_inserter(text_), "threatatlas_{}{} {}\n", name, labels, value);
    }
    // `labels` without braces; may be empty. Bounds and sum are divided by `unit`, for example to
    // show microseconds as seconds.
    template <class Histogram>
    void histogram(const std::string& name, const std::string& labels, const Histogram& histogram,
                   double unit) {
        const std::string comma = labels.empty() ? "" : ",";
        const auto& bounds = Histogram::upper_bounds;
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < Histogram::bucket_count; ++i) {
            count += histogram.bucket(i);
            const std::string bound = i < bounds.size()
                                          ? fmt::format("{}", static_cast<double>(bounds[i]) / unit)
                                          : "+Inf";
            sample(name + "_bucket", fmt::format("{{{}{}le=\"{}\"}}", labels, comma, bound), count);
        }
        const std::string braced = labels.empty() ? "" : "{" + labels + "}";
        sample(name + "_sum", braced, static_cast<double>(histogram.sum()) / unit);
        sample(name + "_count", braced, count);
    }

    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

constexpr double micros_per_second = 1e6;

void write_log_metrics(MetricsText& text, ops::Backend& backend, ops::Engine& engine,
                       const sequencer::Sequencer::Counts& counts) {
    const sequencer::Sequencer& sequencer = engine.sequencer();
    text.gauge("log_position", "Position of the newest event.", sequencer.end().position);
    text.gauge("storage_failing", "1 after a failed write, until the data has been reopened.",
               sequencer.is_failing() ? 1 : 0);
    text.gauge("data_directory_lost",
               "1 while writes are refused because the data directory was replaced.",
               sequencer.directory_fault() ? 1 : 0);
    text.counter("storage_faults_total", "Storage faults since the data was opened.",
                 counts.faults);
    text.counter("read_errors_total",
                 "Requests since the start that failed because data could not be read.",
                 backend.read_errors().count());
    text.gauge("clock_in_doubt", "1 while writes are refused because the clock is in doubt.",
               sequencer.clock_doubt() ? 1 : 0);
    text.counter("commands_accepted_total", "Writes accepted since the data was opened.",
                 counts.commands_accepted);
    text.counter("commands_refused_total", "Writes refused since the data was opened.",
                 counts.commands_refused);
    text.counter("events_total", "Events recorded since the data was opened.", counts.events);
    text.describe("group_commands",
                  "Writes that shared one synced write, since the data was opened.", "histogram");
    text.histogram("group_commands", "", counts.group_sizes, 1);
    text.describe("sync_seconds", "Duration of synced writes since the data was opened.",
                  "histogram");
    text.histogram("sync_seconds", "", counts.sync_micros, micros_per_second);
    text.gauge("tokens_live", "Valid tokens.", engine.access().live_tokens(sequencer.now()));
}

void write_storage_metrics(MetricsText& text, const store::StoreUse& used) {
    text.describe(
        "storage_memory_bytes",
        "Memory of the database: unwritten rows, block cache and index data of open files.",
        "gauge");
    text.sample("storage_memory_bytes", "{part=\"memory_tables\"}", used.memory_table_bytes);
    text.sample("storage_memory_bytes", "{part=\"cache\"}", used.cache_bytes);
    text.sample("storage_memory_bytes", "{part=\"open_files\"}", used.reader_bytes);
    text.gauge("storage_files", "Table files of the database; all are open.", used.files);
}

void write_listener_metrics(MetricsText& text, const ApiServices& services) {
    const net::ListenerStats stats = services.listener_stats();
    text.gauge("connections_open", "Open connections.", stats.connections_open);
    const ReadBudget::Use use = services.long_reads.budget.use();
    text.gauge("long_read_bytes",
               "Memory of lists and reports, including their responses until they are sent.",
               use.bytes);
    text.gauge("long_read_bytes_max", "Upper limit of long_read_bytes.", use.bytes_max);
    text.gauge("long_reads_waiting", "Lists and reports that wait for memory.", use.waiting);
    text.counter("long_reads_repeated_total",
                 "Lists and reports that were restarted after waiting for more memory.",
                 services.long_reads.repeated);
    text.counter("long_reads_too_large_total",
                 "Lists and reports refused because they exceed the memory for one of them.",
                 services.long_reads.too_large);
    text.counter("long_calls_stopped_total",
                 "Lists and reports that were cancelled because their client had gone.",
                 services.long_reads.stopped);
    text.counter("connections_accepted_total", "Connections accepted.", stats.connections_accepted);
    text.counter("connections_refused_total", "Connections rejected at the limit.",
                 stats.connections_refused);
    text.counter("requests_refused_total",
                 "Requests that were not valid HTTP, or exceeded a limit.", stats.requests_refused);
    text.counter("timeouts_total", "Connections closed by a time limit.", stats.timeouts);
    text.counter("failed_logins_total", "Requests with an invalid token.",
                 services.meters.failed_logins.load());
    text.counter("log_lines_dropped_total",
                 "Diagnostic log lines dropped because stderr was not read fast enough.",
                 services.log.dropped());
}

// The queues and pools that are shared by tokens, and how many requests each has rejected because
// their token had used up its share.
void write_share_metrics(MetricsText& text, const ApiServices& services,
                         const sequencer::Sequencer::Counts& commands) {
    const auto long_calls = services.long_calls.counts();
    const auto event_pages = services.event_readers.counts();
    const auto bodies = services.body_readers.counts();
    const auto polls = services.polls.counts();
    const auto final_waits = services.final_waits.counts();
    text.gauge("commands_waiting", "Writes in the queue.", commands.commands_waiting);
    text.gauge("long_calls_waiting", "Lists and reports that wait for a thread.",
               long_calls.waiting);
    text.gauge("event_pages_waiting", "Pages of events that wait for a thread.",
               event_pages.waiting);
    text.gauge("bodies_waiting", "Long bodies that wait to be parsed.", bodies.waiting);
    text.gauge("polls_waiting", "Requests that wait for new events.", polls.taken);
    text.gauge("final_waits", "Requests that wait until their moment is final.", final_waits.taken);
    text.describe("share_refusals_total",
                  "Requests refused because their token already had its share waiting.", "counter");
    const auto refused = [&](std::string_view pool, std::uint64_t count) {
        text.sample("share_refusals_total", fmt::format("{{pool=\"{}\"}}", pool), count);
    };
    refused("commands", commands.commands_over_share);
    refused("long_calls", long_calls.over_share);
    refused("event_pages", event_pages.over_share);
    refused("bodies", bodies.over_share);
    refused("polls", polls.over_share);
    refused("final_waits", final_waits.over_share);
    text.counter("rate_limited_total", "Requests refused because of --rate-limit.",
                 services.rate_limits.refused());
}

// `method="GET",route="/api/products"`; both are empty for unknown paths.
std::string route_labels(std::size_t number) {
    const auto routes = api_routes();
    return number < routes.size() ? fmt::format("method=\"{}\",route=\"{}\"", routes[number].method,
                                                routes[number].pattern)
                                  : "method=\"\",route=\"\"";
}

void write_route_answers(MetricsText& text, ops::Meters& meters) {
    text.describe("requests_total", "Responses by route and status.", "counter");
    for (std::size_t route = 0; route <= meters.unknown_route(); ++route) {
        for (std::size_t i = 0; i < ops::RouteMeter::statuses.size(); ++i) {
            const std::uint64_t answers = meters.route(route).answers(i);
            if (answers > 0) {
                text.sample("requests_total",
                            fmt::format("{{{},status=\"{}\"}}", route_labels(route),
                                        ops::RouteMeter::statuses[i]),
                            answers);
            }
        }
    }
}

void write_route_latencies(MetricsText& text, ops::Meters& meters) {
    text.describe("request_seconds", "Time to response, by route.", "histogram");
    for (std::size_t route = 0; route <= meters.unknown_route(); ++route) {
        const ops::Latencies& latencies = meters.route(route).latencies();
        if (latencies.count() > 0) {
            text.histogram("request_seconds", route_labels(route), latencies, micros_per_second);
        }
    }
}

// The products that the token may see, ordered by id, up to the limit for metrics.
std::vector<query::ProductAt> products_shown(const Call& call, const store::ReadView& view) {
    const base::Instant now = call.engine().sequencer().now();
    std::vector<query::ProductAt> products;
    query::scan_products(view, 0, [&](ProductId id) {
        if (call.bearer().sees(id)) {
            auto product = query::product_now(view, id, now);
            if (product && !product->archived) {
                products.push_back(*std::move(product));
            }
        }
        return products.size() < ops::limits::metrics_products_max;
    });
    return products;
}

void write_open_threats(MetricsText& text, const std::vector<query::ProductAt>& products,
                        const std::vector<std::optional<query::OpenThreats>>& open) {
    text.describe("product_open_threats",
                  "Threats that are identified or in progress, by severity.", "gauge");
    for (std::size_t i = 0; i < products.size(); ++i) {
        if (!open[i]) {
            continue;
        }
        const auto sample = [&](std::string_view severity, std::uint64_t threats) {
            text.sample(
                "product_open_threats",
                fmt::format("{{product_id=\"{}\",severity=\"{}\"}}", products[i].id, severity),
                threats);
        };
        for (std::size_t severity = 0; severity < events::severity_count; ++severity) {
            sample(events::names_of<events::Severity>()[severity], open[i]->by_severity[severity]);
        }
        sample("unscored", open[i]->unscored);
    }
}

// A quoted label value: backslash, quotation mark and line feed are escaped.
std::string quoted(std::string_view value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
        } else {
            if (c == '\\' || c == '"') {
                text += '\\';
            }
            text += c;
        }
    }
    return text + '"';
}

void write_product_info(MetricsText& text, const std::vector<query::ProductAt>& products) {
    text.describe("product_info", "1 for each product, with its name and external_id.", "gauge");
    for (const query::ProductAt& product : products) {
        text.sample("product_info",
                    fmt::format("{{product_id=\"{}\",name={},external_id={}}}", product.id,
                                quoted(product.texts[events::ProductField::name]),
                                quoted(product.texts[events::ProductField::external_id])),
                    1);
    }
}

void write_product_metrics(MetricsText& text, const std::vector<query::ProductAt>& products) {
    text.describe("product_threats", "Threats by severity, as the gate counts them.", "gauge");
    for (const query::ProductAt& product : products) {
        for (const std::string_view severity : events::names_of<events::Severity>()) {
            text.sample("product_threats",
                        fmt::format("{{product_id=\"{}\",severity=\"{}\"}}", product.id, severity),
                        product.posture.of(*events::parse_name<events::Severity>(severity)));
        }
        text.sample("product_threats",
                    fmt::format("{{product_id=\"{}\",severity=\"unscored\"}}", product.id),
                    product.posture.unscored);
    }
    text.describe("product_mitigation_ratio",
                  "Mitigated share of all threats, truncated to two decimals.", "gauge");
    for (const query::ProductAt& product : products) {
        text.sample("product_mitigation_ratio", fmt::format("{{product_id=\"{}\"}}", product.id),
                    projections::shown_ratio(product.posture));
    }
    text.describe("product_unmitigated_high",
                  "High and critical threats without an active mitigation.", "gauge");
    for (const query::ProductAt& product : products) {
        text.sample("product_unmitigated_high", fmt::format("{{product_id=\"{}\"}}", product.id),
                    product.posture.unmitigated_high());
    }
}

// Only products that ever had an acceptance.
void write_acceptances(MetricsText& text, const std::vector<query::ProductAt>& products,
                       base::Instant now) {
    constexpr std::chrono::days soon{30};
    const auto write = [&](std::string_view name, std::string_view help, base::Day last_day_max) {
        text.describe(name, help, "gauge");
        for (const query::ProductAt& product : products) {
            if (!product.posture.had_acceptances) {
                continue;
            }
            std::uint64_t count = 0;
            for (const projections::AcceptedDay& day : product.posture.acceptances) {
                count += day.last_day <= last_day_max ? day.in_force.size() : 0;
            }
            text.sample(name, fmt::format("{{product_id=\"{}\"}}", product.id), count);
        }
    };
    write("product_acceptances_in_force", "Risk acceptances in force.", base::Day::max());
    write("product_acceptances_ending", "Risk acceptances in force that end within 30 days.",
          base::day_of(now) + soon);
}

bool names_baseline(const projections::PolicyFacts& facts) {
    return std::any_of(facts.policies.begin(), facts.policies.end(),
                       [](const projections::AppliedPolicy& policy) { return policy.since; });
}

// The verdict of the policy that each product has. Policies that depend on the age of threats read
// them, so only so many products with such policies are judged at each scrape. Policies that name a
// baseline would fold a history for each product, and are left out.
void write_policies(MetricsText& text, const store::ReadView& view,
                    std::vector<query::ProductAt>& products, base::Instant now) {
    text.describe("product_policy_pass",
                  "1 if the product passes the policy that it has, else 0; without policies that "
                  "name a baseline.",
                  "gauge");
    std::uint64_t threats_left = ops::limits::metrics_threats_max;
    for (query::ProductAt& product : products) {
        if (product.policy.name.empty()) {
            continue;
        }
        query::apply_policies(view, product, {}, std::nullopt, now);
        if (names_baseline(product.applied)) {
            continue;
        }
        if (product.applied.need_threats()) {
            if (product.posture.total_threats > threats_left) {
                continue;
            }
            threats_left -= product.posture.total_threats;
            product.applied.threats =
                query::rated_threats(view, product.id, std::nullopt, product.posture);
        }
        const projections::Verdict verdict =
            projections::judge(product.posture, {}, product.applied);
        text.sample("product_policy_pass",
                    fmt::format("{{product_id=\"{}\",policy=\"{}\",enforced=\"{}\"}}", product.id,
                                product.policy.name, product.policy.enforced),
                    verdict.pass ? 1 : 0);
    }
}

}  // namespace

namespace {

// Metrics that are in memory and need no lock that is held during long work.
void write_at_hand(MetricsText& text, const ApiServices& services, ops::Engine& engine,
                   bool is_complete) {
    const sequencer::Sequencer::Counts counts = engine.sequencer().counts();
    text.describe("build_info", "The running version.", "gauge");
    text.sample("build_info", "{version=\"" THREATATLAS_VERSION "\"}", 1);
    text.gauge(
        "metrics_complete",
        "0 if reading the data took too long; metrics of storage and products are then missing.",
        is_complete ? 1 : 0);
    write_log_metrics(text, services.backend, engine, counts);
    write_listener_metrics(text, services);
    write_share_metrics(text, services, counts);
    write_route_answers(text, services.meters);
    write_route_latencies(text, services.meters);
}

constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

void get_metrics(Call& call) {
    const RequestQuery query(call.query, {});
    MetricsText text;
    write_at_hand(text, call.services, call.engine(), true);
    write_storage_metrics(text, call.engine().store().use_of_memory_and_files());
    const store::ReadView view = call.read_view();
    std::vector<query::ProductAt> products = products_shown(call, view);
    write_product_info(text, products);
    write_product_metrics(text, products);
    write_acceptances(text, products, call.engine().sequencer().now());
    write_policies(text, view, products, call.engine().sequencer().now());
    write_open_threats(text, products, call.services.open_threats.of(view, products));
    answer(call.response, text.take(), metrics_type);
}

void get_metrics_at_hand(const ApiServices& services, ops::Engine& engine,
                         httplib::Response& response) {
    MetricsText text;
    write_at_hand(text, services, engine, false);
    answer(response, text.take(), metrics_type);
}

}  // namespace threatatlas::api
