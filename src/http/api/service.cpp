#include "base/json_writer.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/openapi.hpp"

namespace threatatlas {

namespace {

// A witness that lags does not stop anything, and is not to be overlooked.
void write_witnesses(JsonWriter& json, const Witnesses& witnesses) {
    const auto states = witnesses.states();
    if (states.empty()) {
        return;
    }
    json.key("witnesses").begin_array();
    for (const WitnessState& state : states) {
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
    const BackendStatus status = call.services.backend.status();
    std::string body;
    JsonWriter json(body);
    json.begin_object();
    json.key("status").string(phase_name(status.phase));
    if (status.phase == BackendPhase::rebuilding || status.phase == BackendPhase::sealing) {
        json.key("events_done").number(status.done);
        json.key("events").number(status.to_do);
    }
    if (!status.detail.empty()) {
        json.key("detail").string(status.detail);
    }
    if (const Engine* const engine = call.services.backend.engine()) {
        json.key("log_epoch").string(hex_of(engine->log_epoch()));
    }
    if (const Witnesses* const witnesses = call.services.backend.witnesses()) {
        write_witnesses(json, *witnesses);
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

}  // namespace threatatlas
