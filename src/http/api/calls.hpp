#pragma once

/// The calls of the API. Each function reads the request, queries or changes the engine, and writes
/// the response; api_routes.cpp maps routes to them. They may throw Rejection, Refusal and the
/// exceptions of the store, which the API turns into responses.
///
/// If the path contains a product, the token is already known to see it. The call itself checks
/// that the product exists.

#include <httplib.h>

namespace threatatlas::ops {
class Engine;
}  // namespace threatatlas::ops

namespace threatatlas::api {

struct ApiServices;
struct Call;

// gate.cpp
void get_security_status(Call& call);

// gate_since.cpp
void get_status_since(Call& call);

// gate_forms.cpp. The end of the path selects the form, also of a badge.
void get_status_form(Call& call);

// downloads.cpp. The last segment of the path selects the report format.
void get_download(Call& call);

// reads.cpp
void list_products(Call& call);
void get_product(Call& call);
void list_threats(Call& call);
void get_threat(Call& call);
void list_mitigations(Call& call);
void get_mitigation(Call& call);

// writes.cpp
void post_product(Call& call);
void put_product(Call& call);
void patch_product(Call& call);
void delete_product(Call& call);
void post_threat(Call& call);
void patch_threat(Call& call);
void delete_threat(Call& call);
void post_mitigation(Call& call);
void patch_mitigation(Call& call);
void delete_mitigation(Call& call);
void post_events(Call& call);

// acceptance_calls.cpp
void list_acceptances(Call& call);
void list_all_acceptances(Call& call);
void get_acceptance(Call& call);
void post_acceptance(Call& call);
void approve_acceptance(Call& call);
void reject_acceptance(Call& call);
void withdraw_acceptance(Call& call);
void revoke_acceptance(Call& call);

// policy_calls.cpp
void list_policies(Call& call);
void get_policy(Call& call);
void put_policy(Call& call);
void delete_policy(Call& call);
void preview_policy(Call& call);
void put_product_policy(Call& call);
void post_review(Call& call);

// check_calls.cpp
void post_check(Call& call);
void list_checks(Call& call);
void get_check(Call& call);
void get_attestation(Call& call);

// import_calls.cpp
void post_import(Call& call);

// range_calls.cpp
void get_timeline(Call& call);
void get_diff(Call& call);

// history_calls.cpp
void get_threat_history(Call& call);
void get_product_events(Call& call);
void get_all_events(Call& call);

// session_calls.cpp
void get_session(Call& call);
void post_session(Call& call);
void delete_session(Call& call);

// token_calls.cpp
void list_tokens(Call& call);
void post_token(Call& call);
void delete_token(Call& call);

// proof_calls.cpp
void get_checkpoint(Call& call);
void get_witnessed_checkpoint(Call& call);
void get_tile(Call& call);
void get_log_key(Call& call);
void get_attestation_key(Call& call);
void get_event_proof(Call& call);
void get_consistency(Call& call);
void get_root(Call& call);

// backup_calls.cpp
void list_backups(Call& call);
void post_backup(Call& call);

// service.cpp
void get_health(Call& call);
void get_readiness(Call& call);
void get_openapi(Call& call);
void get_metrics(Call& call);
/// Writes the metrics that need no reads from the store, so that it never waits for the disk.
void get_metrics_at_hand(const ApiServices& services, ops::Engine& engine,
                         httplib::Response& response);

// web_page.cpp. Only if there are web_files().
void get_web_page(Call& call);
void get_web_asset(Call& call);

}  // namespace threatatlas::api
