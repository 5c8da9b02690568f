#include "export/attestation.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(attestation_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using nlohmann::json;

namespace {

AttestedCheck full_check() {
    return {
        .server_version = "1.1.0",
        .verifier_id = "https://threats.example.com",
        .resource_uri = "pkg:oci/payments@sha256:9f86",
        .time_verified = base::parse_instant("2026-11-23T15:12:39.659623Z").value(),
        .subject_name = "payments-2.4.1.tar.gz",
        .subject_digests = {{"sha256", std::string(64, 'a')}, {"gitCommit", std::string(40, 'b')}},
        .policy_uri = "https://threats.example.com/policies/release",
        .policy_version = 3,
        .policy_sha256 = base::sha256(""),
        .pass = true,
        .conditions = R"([{"rule":"fail_on_critical","limit":0,"actual":0,"pass":true}])",
        .product_id = 7,
        .product_name = "Payments \"API\"",
        .product_version = 12,
        .check_id = 5,
        .position = 1'234,
        .pipeline_url = "https://ci.example.com/runs/9",
        .ref = "refs/tags/v2.4.1"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_check_that_has_passed) {
    const std::string expected =
        R"({"_type":"https://in-toto.io/Statement/v1",)"
        R"("subject":[{"name":"payments-2.4.1.tar.gz","digest":{)"
        R"("gitCommit":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",)"
        R"("sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}],)"
        R"("predicateType":"https://slsa.dev/verification_summary/v1",)"
        R"("predicate":{)"
        R"("verifier":{"id":"https://threats.example.com","version":{"threatatlas":"1.1.0"}},)"
        R"("timeVerified":"2026-11-23T15:12:39.659623Z",)"
        R"("resourceUri":"pkg:oci/payments@sha256:9f86",)"
        R"("policy":{"uri":"https://threats.example.com/policies/release",)"
        R"("digest":{)"
        R"("sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},)"
        R"("verificationResult":"PASSED","verifiedLevels":[],)"
        R"("threatatlas:check/v1":{)"
        R"("product":{"id":7,"name":"Payments \"API\"","version":12},)"
        R"("check_id":5,"position":1234,"policy_version":3,)"
        R"("conditions":[{"rule":"fail_on_critical","limit":0,"actual":0,"pass":true}],)"
        R"("pipeline_url":"https://ci.example.com/runs/9","ref":"refs/tags/v2.4.1"}}})";
    BOOST_TEST(vsa_statement(full_check()) == expected);
}

BOOST_AUTO_TEST_CASE(a_check_that_has_failed_says_so_where_levels_are_read) {
    AttestedCheck check = full_check();
    check.pass = false;
    const json predicate = json::parse(vsa_statement(check)).at("predicate");
    BOOST_TEST(predicate.at("verificationResult") == "FAILED");
    BOOST_TEST(predicate.at("verifiedLevels") == json::array({"FAILED"}));
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_left_out) {
    AttestedCheck check = full_check();
    check.subject_name.clear();
    check.policy_version.reset();
    check.policy_sha256.reset();
    check.pipeline_url.clear();
    check.ref.clear();
    check.conditions = "[]";
    const json statement = json::parse(vsa_statement(check));
    BOOST_TEST(!statement.at("subject").at(0).contains("name"));
    const json& predicate = statement.at("predicate");
    BOOST_TEST(predicate.at("policy") == json({{"uri", check.policy_uri}}));
    BOOST_TEST(predicate.at("threatatlas:check/v1") ==
               json({{"product", {{"id", 7}, {"name", check.product_name}, {"version", 12}}},
                     {"check_id", 5},
                     {"position", 1'234},
                     {"conditions", json::array()}}));
}

BOOST_AUTO_TEST_SUITE_END()
