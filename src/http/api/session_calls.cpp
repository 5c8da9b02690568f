#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::api {
namespace {

// HttpOnly: scripts, also injected ones, cannot read it. It ends with the browser's session.
constexpr std::string_view cookie_attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";

void answer_session(Call& call) {
    const projections::Bearer& bearer = call.bearer();
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    json.key("token_id").number(bearer.id);
    json.key("name").string(bearer.name);
    json.key("role").string(events::name_of(bearer.role));
    json.key("product_ids");
    if (bearer.product_ids) {
        json.numbers(*bearer.product_ids);
    } else {
        json.null();
    }
    json.key("expires_at");
    if (bearer.expires_at) {
        json.string(base::format_instant(*bearer.expires_at));
    } else {
        json.null();
    }
    json.key("by").string(call.carrier == Carrier::cookie ? "cookie" : "header");
    json.end_object();
    answer(call.response, std::move(body));
}

}  // namespace

void get_session(Call& call) {
    const RequestQuery query(call.query, {});
    answer_session(call);
}

void post_session(Call& call) {
    const RequestQuery query(call.query, {});
    if (call.carrier != Carrier::header) {
        throw net::Rejection(
            {.status = 401,
             .detail = "A session is opened with the token in the Authorization header: send "
                       "`Authorization: Bearer ta_…`.",
             .headers = {{"WWW-Authenticate", "Bearer"}}});
    }
    answer_session(call);
    call.response.headers.emplace(
        "Set-Cookie", fmt::format("{}={}; {}", session_cookie,
                                  credential_of(call.request, "").secret, cookie_attributes));
}

// Needs no token, so that a session whose token was revoked can be closed, too.
void delete_session(Call& call) {
    require_own_page(call.request);
    const RequestQuery query(call.query, {});
    call.response.status = 204;
    call.response.headers.emplace(
        "Set-Cookie", fmt::format("{}=; {}; Max-Age=0", session_cookie, cookie_attributes));
}

}  // namespace threatatlas::api
