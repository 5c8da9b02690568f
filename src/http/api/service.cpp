#include "base/json_writer.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/openapi.hpp"

namespace threatatlas::api {

namespace {

// A lagging witness does not make the server unready, but it is reported.
void write_witnesses(base::JsonWriter& json, const ops::Witnesses& witnesses) {
    const auto states = witnesses.states();
    if (states.empty()) {
        return;
    }
    json.key("witnesses").begin_array();
    for (const ops::WitnessState& state : states) {
        json.begin_object();
        json.key("name").string(state.name);
        json.key("cosigned_events").number(state.cosigned_size);
        json.key("lags").boolean(!state.fault.empty());
        if (!state.fault.empty()) {
            json.key("detail").string(state.fault);
        }
        json.end_object();
    }
    json.end_array();
}

}  // namespace

void get_health(Call& call) {
    answer(call.response, R"({"status":"ok"})");
}

void get_readiness(Call& call) {
    const ops::BackendStatus status = call.services.backend.status();
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    json.key("status").string(ops::phase_name(status.phase));
    if (status.phase == ops::BackendPhase::rebuilding ||
        status.phase == ops::BackendPhase::sealing) {
        json.key("events_done").number(status.done);
        json.key("events").number(status.to_do);
    }
    if (!status.detail.empty()) {
        json.key("detail").string(status.detail);
    }
    if (const ops::Engine* const engine = call.services.backend.engine()) {
        json.key("log_epoch").string(events::hex_of(engine->log_epoch()));
    }
    if (const ops::Witnesses* const witnesses = call.services.backend.witnesses()) {
        write_witnesses(json, *witnesses);
    }
    json.end_object();
    answer(call.response, std::move(body));
    if (status.phase != ops::BackendPhase::serving) {
        call.response.status = 503;
        call.response.headers.emplace("Retry-After", "1");
    }
}

void get_openapi(Call& call) {
    answer(call.response, std::string(openapi_document));
}

}  // namespace threatatlas::api
