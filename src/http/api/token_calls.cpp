#include "commands/json/command_json.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "http/ops/admin_token.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::api {
void list_tokens(Call& call) {
    const RequestQuery query(call.query, {"limit", "after"});
    const PageAsked asked = read_page(query);
    ListPage page(asked);
    for (const auto& [id, token, last_used_at] : call.engine().access().list()) {
        if (id <= asked.after) {
            continue;
        }
        if (!page.takes_more()) {
            break;
        }
        query::write_token(page.next(id), id, token, last_used_at);
    }
    page.finish(call, query);
}

void post_token(Call& call) {
    const std::string body = read_json_body(call);
    const RequestQuery query(call.query, {});
    refuse_header(call, "Idempotency-Key", "A token's secret is shown only once.");
    refuse_header(call, "If-Match", "Tokens have no versions.");
    refuse_header(call, "If-None-Match", "Tokens have no versions.");
    commands::Command command = make_command(call, body);
    commands::Item item = command_json::parse_issue_token(body);
    std::get<commands::IssueToken>(item.change).secret =
        ops::make_secret(call.services.environment.random);
    command.items.push_back(std::move(item));
    submit(call, std::move(command));
}

void delete_token(Call& call) {
    refuse_header(call, "If-Match", "Tokens have no versions.");
    refuse_header(call, "If-None-Match", "Tokens have no versions.");
    submit_removal(call, commands::RevokeToken{call.object_id()});
}

}  // namespace threatatlas::api
