#include <algorithm>

#include "base/json_writer.hpp"
#include "events/limits.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "http/ops/backups.hpp"

namespace threatatlas::api {
namespace {

void write_backup(base::JsonWriter& json, const ops::Backup& backup,
                  std::optional<base::Instant> recorded_at) {
    json.begin_object();
    json.key("name").string(backup.name);
    json.key("position").number(backup.position);
    if (recorded_at) {
        json.key("recorded_at").string(base::format_instant(*recorded_at));
    }
    json.key("bytes").number(backup.bytes);
    // Backups get their name only after verification.
    json.key("verified").boolean(true);
    json.end_object();
}

// Accepts only an empty body or an empty object: clients cannot choose where a backup is stored.
void require_nothing_asked(const Call& call) {
    if (!call.exchange.announces_body()) {
        return;
    }
    std::string body = call.exchange.read_body(events::limits::body_bytes_max);
    std::erase_if(body, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
    if (!body.empty() && body != "{}") {
        throw net::Rejection(
            {.status = 422,
             .detail = "Send no body, or {}: the server chooses the name and place of the backup.",
             .errors = {
                 {net::ProblemError::Place::pointer, "", "This call has no body members."}}});
    }
}

}  // namespace

void list_backups(Call& call) {
    const RequestQuery query(call.query, {});
    std::string body;
    base::JsonWriter json(body);
    json.begin_array();
    for (const ops::Backup& backup : call.services.backups.list()) {
        write_backup(json, backup, {});
    }
    json.end_array();
    answer(call.response, std::move(body));
}

void post_backup(Call& call) {
    require_nothing_asked(call);
    const RequestQuery query(call.query, {});
    refuse_header(call, "Idempotency-Key", "Each call makes a new backup.");
    refuse_header(call, "If-Match", "Backups have no versions.");
    const ops::Backups::Made made =
        call.services.backups.make(call.engine().store(), call.engine().sequencer().now());
    std::string body;
    base::JsonWriter json(body);
    write_backup(json, made.backup, made.recorded_at);
    answer(call.response, std::move(body));
    call.response.status = 201;
}

}  // namespace threatatlas::api
