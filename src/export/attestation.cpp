#include "export/attestation.hpp"

#include "base/json_writer.hpp"

namespace threatatlas::exports {
namespace {

void member_unless_empty(base::JsonWriter& json, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        json.member(name, text);
    }
}

void write_subject(base::JsonWriter& json, const AttestedCheck& check) {
    json.key("subject").begin_array().begin_object();
    member_unless_empty(json, "name", check.subject_name);
    json.key("digest").begin_object();
    for (const auto& [algorithm, value] : check.subject_digests) {
        json.member(algorithm, value);
    }
    json.end_object();
    json.end_object().end_array();
}

void write_policy(base::JsonWriter& json, const AttestedCheck& check) {
    json.key("policy").begin_object();
    json.member("uri", check.policy_uri);
    if (check.policy_sha256) {
        json.key("digest").begin_object();
        json.member("sha256", base::hex_of(*check.policy_sha256));
        json.end_object();
    }
    json.end_object();
}

void write_own_facts(base::JsonWriter& json, const AttestedCheck& check) {
    json.key("threatatlas:check/v1").begin_object();
    json.key("product").begin_object();
    json.key("id").number(check.product_id);
    json.member("name", check.product_name);
    json.key("version").number(check.product_version);
    json.end_object();
    json.key("check_id").number(check.check_id);
    json.key("position").number(check.position);
    if (check.policy_version) {
        json.key("policy_version").number(*check.policy_version);
    }
    json.key("conditions").raw(check.conditions);
    member_unless_empty(json, "pipeline_url", check.pipeline_url);
    member_unless_empty(json, "ref", check.ref);
    json.end_object();
}

void write_predicate(base::JsonWriter& json, const AttestedCheck& check) {
    json.key("predicate").begin_object();
    json.key("verifier").begin_object();
    json.member("id", check.verifier_id);
    json.key("version").begin_object();
    json.member("threatatlas", check.server_version);
    json.end_object();
    json.end_object();
    json.member("timeVerified", base::format_instant(check.time_verified));
    json.member("resourceUri", check.resource_uri);
    write_policy(json, check);
    json.member("verificationResult", check.pass ? "PASSED" : "FAILED");
    json.key("verifiedLevels").begin_array();
    if (!check.pass) {
        json.string("FAILED");
    }
    json.end_array();
    write_own_facts(json, check);
    json.end_object();
}

}  // namespace

std::string vsa_statement(const AttestedCheck& check) {
    std::string text;
    base::JsonWriter json(text);
    json.begin_object();
    json.member("_type", "https://in-toto.io/Statement/v1");
    write_subject(json, check);
    json.member("predicateType", "https://slsa.dev/verification_summary/v1");
    write_predicate(json, check);
    json.end_object();
    return text;
}

}  // namespace threatatlas::exports
