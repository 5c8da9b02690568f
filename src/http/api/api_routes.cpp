#include "http/api/api_routes.hpp"

#include <algorithm>
#include <iterator>

#include "http/api/calls.hpp"
#include "http/api/web_files.hpp"

namespace threatatlas::api {
namespace {

using enum Audience;
using enum Pace;

// Matched from the top. The gate, the most frequent call, comes first.
constexpr Route routes[]{
    {"GET", "/api/products/{product_id}/security-status", gates, get_security_status},
    {"GET", "/api/products/{product_id}/security-status.sarif", gates, get_status_form, background},
    {"GET", "/api/products/{product_id}/security-status.junit.xml", gates, get_status_form},
    {"GET", "/api/products/{product_id}/security-status.gitlab.json", gates, get_status_form,
     background},
    {"GET", "/api/products/{product_id}/security-status.md", gates, get_status_form, background},
    {"GET", "/api/products/{product_id}/security-status.txt", gates, get_status_form, background},
    {"GET", "/api/products/{product_id}/security-status/since", readers, get_status_since,
     background},
    {"GET", "/api/products/{product_id}/download/report.md", gates, get_download, background},
    {"GET", "/api/products/{product_id}/download/report.docx", gates, get_download, background},
    {"GET", "/api/products/{product_id}/download/bundle", gates, get_download, background},
    {"GET", "/api/products/{product_id}/download/report", gates, get_download, background},
    {"GET", "/api/products/{product_id}/download/threats-mitigations", gates, get_download,
     background},
    {"GET", "/api/products/{product_id}/download/model.json", gates, get_download, background},
    {"GET", "/api/products/{product_id}/badge.svg", badges, get_status_form},
    {"GET", "/api/products/{product_id}/badge.json", badges, get_status_form},

    {"GET", "/api/products", readers, list_products, background},
    {"POST", "/api/products", admins, post_product},
    {"PUT", "/api/products/by-external-id/{key}", admins, put_product},
    {"GET", "/api/products/{product_id}", readers, get_product},
    {"PATCH", "/api/products/{product_id}", writers, patch_product},
    {"DELETE", "/api/products/{product_id}", admins, delete_product},

    {"GET", "/api/products/{product_id}/threats", readers, list_threats, background},
    {"POST", "/api/products/{product_id}/threats", writers, post_threat},
    {"GET", "/api/products/{product_id}/threats/{threat_id}", readers, get_threat, background},
    {"PATCH", "/api/products/{product_id}/threats/{threat_id}", writers, patch_threat},
    {"DELETE", "/api/products/{product_id}/threats/{threat_id}", writers, delete_threat},
    {"GET", "/api/products/{product_id}/threats/{threat_id}/history", readers, get_threat_history,
     background},

    {"GET", "/api/products/{product_id}/mitigations", readers, list_mitigations, background},
    {"POST", "/api/products/{product_id}/mitigations", writers, post_mitigation},
    {"GET", "/api/products/{product_id}/mitigations/{mitigation_id}", readers, get_mitigation,
     background},
    {"PATCH", "/api/products/{product_id}/mitigations/{mitigation_id}", writers, patch_mitigation},
    {"DELETE", "/api/products/{product_id}/mitigations/{mitigation_id}", writers,
     delete_mitigation},

    {"GET", "/api/products/{product_id}/acceptances", readers, list_acceptances, background},
    {"POST", "/api/products/{product_id}/acceptances", writers, post_acceptance},
    {"GET", "/api/products/{product_id}/acceptances/{acceptance_id}", readers, get_acceptance,
     background},
    {"POST", "/api/products/{product_id}/acceptances/{acceptance_id}/approve", approvers,
     approve_acceptance},
    {"POST", "/api/products/{product_id}/acceptances/{acceptance_id}/reject", approvers,
     reject_acceptance},
    {"POST", "/api/products/{product_id}/acceptances/{acceptance_id}/withdraw", writers,
     withdraw_acceptance},
    {"POST", "/api/products/{product_id}/acceptances/{acceptance_id}/revoke", approvers,
     revoke_acceptance},
    {"GET", "/api/acceptances", readers, list_all_acceptances, background},

    {"POST", "/api/products/{product_id}/checks", gates, post_check},
    {"GET", "/api/products/{product_id}/checks", readers, list_checks, background},
    {"GET", "/api/products/{product_id}/checks/{check_id}", gates, get_check},
    {"GET", "/api/products/{product_id}/checks/{check_id}/attestation", gates, get_attestation},

    {"GET", "/api/policies", readers, list_policies, background},
    {"GET", "/api/policies/{key}", readers, get_policy, background},
    {"PUT", "/api/policies/{key}", admins, put_policy},
    {"DELETE", "/api/policies/{key}", admins, delete_policy},
    {"POST", "/api/policies/{key}/preview", readers, preview_policy},
    {"PUT", "/api/products/{product_id}/policy", admins, put_product_policy},
    {"POST", "/api/products/{product_id}/reviews", writers, post_review},

    {"GET", "/api/products/{product_id}/timeline", readers, get_timeline, background},
    {"GET", "/api/products/{product_id}/diff", readers, get_diff, background},
    {"GET", "/api/products/{product_id}/events", readers, get_product_events, events},
    {"POST", "/api/products/{product_id}/events", writers, post_events},
    {"POST", "/api/products/{product_id}/import", writers, post_import},
    {"GET", "/api/events", readers, get_all_events, events},

    {"GET", "/checkpoint", bearers, get_checkpoint},
    {"GET", "/checkpoint/witnessed", bearers, get_witnessed_checkpoint},
    // Entries contain all lines, including token events, which only admins may see (EventFilter).
    // Tiles contain only hashes.
    {"GET", "/tile/entries/{path...}", admins, get_tile},
    {"GET", "/tile/{path...}", auditors, get_tile},
    {"GET", "/api/proof/key", bearers, get_log_key},
    {"GET", "/api/proof/root", bearers, get_root},
    {"GET", "/api/proof/consistency", bearers, get_consistency},
    {"GET", "/api/products/{product_id}/events/{position}/proof", readers, get_event_proof},
    {"GET", "/api/attestation-key", bearers, get_attestation_key},

    {"GET", "/api/api-tokens", admins, list_tokens, background},
    {"POST", "/api/api-tokens", admins, post_token},
    {"DELETE", "/api/api-tokens/{token_id}", admins, delete_token},

    {"GET", "/api/session", bearers, get_session},
    {"POST", "/api/session", bearers, post_session},
    {"DELETE", "/api/session", anyone, delete_session},

    {"GET", "/api/backups", admins, list_backups},
    {"POST", "/api/backups", admins, post_backup},

    {"GET", "/healthz", anyone, get_health},
    {"GET", "/readyz", anyone, get_readiness},
    {"GET", "/openapi.json", anyone, get_openapi},
    {"GET", "/metrics", monitors, get_metrics, scraped},

    // The page, whose script shows the screen of the path.
    {"GET", "/", anyone, get_web_page},
    {"GET", "/sign-in", anyone, get_web_page},
    {"GET", "/products/{path...}", anyone, get_web_page},
    {"GET", "/inbox", anyone, get_web_page},
    {"GET", "/settings", anyone, get_web_page},
    {"GET", "/settings/{path...}", anyone, get_web_page},
    {"GET", "/policies", anyone, get_web_page},
    {"GET", "/policies/{path...}", anyone, get_web_page},
    {"GET", "/assets/{key}", anyone, get_web_asset},
};

constexpr std::size_t first_of_page =
    std::ranges::find(routes, std::string_view("/"), &Route::pattern) - std::begin(routes);

}  // namespace

std::span<const Route> api_routes() {
    const std::span all(routes);
    return web_files() == nullptr ? all.first(first_of_page) : all;
}

std::span<const Route> page_routes() {
    return api_routes().subspan(first_of_page);
}

}  // namespace threatatlas::api
