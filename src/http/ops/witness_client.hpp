#pragma once

/// Client of a witness: a party that cosigns the log's checkpoints, but only those that are
/// consistent with the last one that it saw (C2SP tlog-witness). This prevents showing different
/// histories to different readers.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_sealer.hpp"
#include "http/net/bounded_client.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::ops {

struct WitnessAddress {
    tlog::NoteVerifier key;
    std::string url;  ///< http or https; "/add-checkpoint" is appended
};

/// "name+01234567+base64 https://witness.example/prefix". Throws BadNote.
WitnessAddress parse_witness(std::string_view text);

struct WitnessAnswer {
    std::optional<tlog::NoteSignature> cosignature;  ///< verified
    /// Empty if there is a cosignature; otherwise the reason, without a full stop.
    std::string fault;
    bool contradicts = false;  ///< it has seen a log that is not a prefix of this one
};

class WitnessClient {
  public:
    WitnessClient(WitnessAddress address, const net::ExchangeLimits& limits);

    const tlog::NoteVerifier& key() const { return address_.key; }
    /// Size (in events) of the last checkpoint that it is known to have cosigned.
    std::uint64_t cosigned_size() const { return cosigned_size_; }
    void set_cosigned_size(std::uint64_t size) { cosigned_size_ = size; }

    /// Returns the consistency proof from the log of that size to the one to be cosigned.
    using Prove = std::function<std::vector<base::Digest>(std::uint64_t old_size)>;

    /// Requests a cosignature, with at most two HTTP exchanges within the limits. One thread at a
    /// time.
    WitnessAnswer cosign(const events::SealedLog& sealed, const Prove& prove);

    /// Aborts a running cosign() and makes later ones fail. Thread-safe.
    void stop() { client_.stop(); }

  private:
    net::BoundedClient::Answer send(const events::SealedLog& sealed, const Prove& prove,
                                    std::uint64_t old_size);
    WitnessAnswer read_cosignature(const events::SealedLog& sealed, const std::string& body);

    const WitnessAddress address_;
    const std::string path_;
    net::BoundedClient client_;
    std::uint64_t cosigned_size_ = 0;
};

}  // namespace threatatlas::ops
