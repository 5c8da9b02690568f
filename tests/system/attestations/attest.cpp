// Signs an attestation of an example check with the key in KEY, and writes it as an envelope and as
// a bundle: attest KEY ENVELOPE BUNDLE

#include <fstream>
#include <iterator>

#include "export/attestation.hpp"
#include "tlog/dsse.hpp"

namespace {

using namespace threatatlas;

exports::AttestedCheck example_check() {
    return {.server_version = "1.1.0",
            .verifier_id = "https://threats.example.com",
            .resource_uri = "pkg:oci/payments@2.4.1",
            .time_verified = base::parse_instant("2026-11-23T15:12:39.659623Z").value(),
            .subject_name = "payments-2.4.1.tar.gz",
            .subject_digests = {{"sha256", base::hex_of(base::sha256("payments"))}},
            .policy_uri = "https://threats.example.com/policies/release",
            .policy_version = 3,
            .policy_sha256 = base::sha256("policy"),
            .pass = true,
            .conditions = R"([{"rule":"fail_on_critical","limit":0,"actual":0,"pass":true}])",
            .product_id = 7,
            .product_name = "Zahlungen \u2028 \"<&>\" \u20ac \U0001F600",
            .product_version = 12,
            .check_id = 5,
            .position = 1'234,
            .pipeline_url = "https://ci.example.com/runs/9",
            .ref = "refs/tags/v2.4.1"};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        return 2;
    }
    std::ifstream key_file(argv[1]);
    const std::string pem{std::istreambuf_iterator<char>(key_file), {}};
    const tlog::DsseEnvelope envelope =
        tlog::sign_envelope(tlog::AttestationKey::parse(pem), tlog::in_toto_type,
                            exports::vsa_statement(example_check()));
    std::ofstream(argv[2]) << tlog::envelope_json(envelope);
    std::ofstream(argv[3]) << tlog::sigstore_bundle(envelope);
    return 0;
}
