#include <fmt/format.h>

#include "events/json_writer.hpp"
#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/openapi.hpp"
#include "http/request_query.hpp"

namespace threatatlas {
namespace {

// The text format of Prometheus, version 0.0.4.
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

    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

void write_log_metrics(MetricsText& text, Engine& engine) {
    const Sequencer& sequencer = engine.sequencer();
    const Sequencer::Counts counts = sequencer.counts();
    text.gauge("log_position", "Position of the newest event.", sequencer.end().position);
    text.gauge("storage_failing", "1 after a failed write, until the data is open again.",
               sequencer.is_failing() ? 1 : 0);
    text.gauge("clock_in_doubt", "1 while nothing is recorded because of the clock.",
               sequencer.clock_doubt() ? 1 : 0);
    text.gauge("commands_waiting", "Writes in the queue.", counts.commands_waiting);
    text.counter("commands_accepted_total", "Writes carried out since the data was opened.",
                 counts.commands_accepted);
    text.counter("commands_refused_total", "Writes refused since the data was opened.",
                 counts.commands_refused);
    text.counter("groups_total", "Groups of writes since the data was opened.", counts.groups);
    text.counter("events_total", "Events recorded since the data was opened.", counts.events);
    text.describe("sync_seconds_total", "Time spent in synced writes.", "counter");
    text.sample("sync_seconds_total", "", static_cast<double>(counts.sync_micros) / 1e6);
    text.gauge("tokens_live", "Tokens that hold.", engine.access().live_tokens(sequencer.now()));
    text.gauge("polls_waiting", "Requests that wait for new events.", engine.watch().waiting());
}

void write_http_metrics(MetricsText& text, const ApiServices& services) {
    const ListenerStats stats = services.listener_stats();
    text.gauge("connections_open", "Open connections.", stats.connections_open);
    text.counter("connections_accepted_total", "Connections taken.", stats.connections_accepted);
    text.counter("connections_refused_total", "Connections turned away at the limit.",
                 stats.connections_refused);
    text.counter("requests_refused_total", "Requests that were not HTTP, or over a limit.",
                 stats.requests_refused);
    text.counter("timeouts_total", "Connections cut off for slowness.", stats.timeouts);
    text.counter("failed_logins_total", "Requests with a token that did not hold.",
                 services.meters.failed_logins.load());
    text.describe("answers_total", "Answers by class of status.", "counter");
    for (std::size_t digit = 2; digit <= 5; ++digit) {
        text.sample("answers_total", fmt::format("{{status=\"{}xx\"}}", digit),
                    services.meters.answers(digit));
    }
}

}  // namespace

void get_health(Call& call) {
    answer(call.response, R"({"status":"ok"})");
}

void get_readiness(Call& call) {
    const BackendStatus status = call.services.backend.status();
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    json.key("status").string(phase_name(status.phase));
    if (status.phase == BackendPhase::rebuilding) {
        json.key("events_done").number(status.rebuilt);
        json.key("events").number(status.to_rebuild);
    }
    if (!status.detail.empty()) {
        json.key("detail").string(status.detail);
    }
    json.end_object();
    answer(call.response, std::move(body));
    if (status.phase != BackendPhase::serving) {
        call.response.status = 503;
        call.response.headers.emplace("Retry-After", "1");
    }
}

void get_openapi(Call& call) {
    answer(call.response, std::string(openapi_document));
}

void get_metrics(Call& call) {
    const RequestQuery query(call.query, {});
    MetricsText text;
    text.describe("build_info", "The version that runs.", "gauge");
    text.sample("build_info", "{version=\"" THREATATLAS_VERSION "\"}", 1);
    write_log_metrics(text, call.engine());
    write_http_metrics(text, call.services);
    answer(call.response, text.take(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace threatatlas
