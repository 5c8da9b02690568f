#include "http/ops/attestation_key.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "http/ops/durable_file.hpp"

namespace threatatlas::ops {
namespace {

tlog::AttestationKey make_attestation_key(const std::filesystem::path& file, const Log& log) {
    tlog::AttestationKey key = tlog::AttestationKey::generate();
    write_durable_file(file, key.private_key_pem());
    log.info("attestation_key",
             {{"created", file.string()},
              {"key_id", key.key_id()},
              {"detail",
               "This new key signs attestations from now on. Attestations of an earlier key, if "
               "there was one, are verified with its public key."}});
    return key;
}

tlog::AttestationKey read_attestation_key(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string pem{std::istreambuf_iterator<char>(stream), {}};
    if (!stream || pem.empty()) {
        throw store::StoreRefused(
            fmt::format("the attestation key in {} cannot be read", file.string()));
    }
    try {
        return tlog::AttestationKey::parse(pem);
    } catch (const tlog::BadAttestationKey& error) {
        throw store::StoreRefused(
            fmt::format("{} does not contain an attestation key: {}", file.string(), error.what()));
    }
}

}  // namespace

tlog::AttestationKey open_attestation_key(const store::Store& store,
                                          const std::filesystem::path& file, const Log& log) {
    if (!file.empty()) {
        return read_attestation_key(file);
    }
    const std::filesystem::path own_file = store.data() / "attestation-key";
    return std::filesystem::exists(own_file) ? read_attestation_key(own_file)
                                             : make_attestation_key(own_file, log);
}

}  // namespace threatatlas::ops
