#pragma once

/// @file
/// The statement about a recorded check of the gate that an attestation signs: a SLSA verification
/// summary (VSA) v1 in an in-toto Statement v1.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/digest.hpp"
#include "base/instant.hpp"

namespace threatatlas::exports {

/// What is stated about a check. Texts are UTF-8; URIs have scheme and host in lower case.
struct AttestedCheck {
    std::string server_version;  ///< of this program
    std::string verifier_id;     ///< a URI: who judged
    std::string resource_uri;    ///< a URI: what the artifact is to be released as
    base::Instant time_verified;

    std::string subject_name;  ///< of the artifact; may be empty
    /// At least one. Names as in in-toto's digest sets, such as sha256, sha512 and gitCommit, in
    /// letters, digits and underscores; values in lower-case hexadecimal digits.
    std::map<std::string, std::string> subject_digests;

    std::string policy_uri;
    std::optional<std::uint64_t> policy_version;
    std::optional<base::Digest> policy_sha256;  ///< of the policy's definition

    bool pass = false;
    std::string conditions;  ///< a JSON array: the conditions of the policy and their results

    std::uint64_t product_id = 0;
    std::string product_name;
    std::uint64_t product_version = 0;
    std::uint64_t check_id = 0;
    std::uint64_t position = 0;  ///< in the log, of the event that records the check
    std::string pipeline_url;    ///< of the run that asked; may be empty
    std::string ref;             ///< branch or tag; may be empty
};

/// The statement as one line of JSON, without a newline; a pure function. Empty texts and absent
/// values are left out. The payload type is tlog::in_toto_type.
///
/// What VSA has no field for is in the member "threatatlas:check/v1" of the predicate (VSA requires
/// the names of extensions to be URIs): product {id, name, version}, check_id, position,
/// policy_version, conditions, pipeline_url and ref. No SLSA level is claimed: verifiedLevels is
/// empty, or ["FAILED"], as VSA requires, if the check has failed.
std::string vsa_statement(const AttestedCheck& check);

}  // namespace threatatlas::exports
