#pragma once

// A witness: another party that signs the log's checkpoints, and only those that grew from the last
// one that it saw (C2SP tlog-witness). Nobody who asks it can be shown another history.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/log_sealer.hpp"
#include "http/net/bounded_client.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas {

struct WitnessAddress {
    NoteVerifier key;
    std::string url;  // http or https; "/add-checkpoint" is put behind it
};

// "name+01234567+base64 https://witness.example/prefix". Throws BadNote.
WitnessAddress parse_witness(std::string_view text);

struct WitnessAnswer {
    std::optional<NoteSignature> cosignature;  // verified
    std::string fault;         // where there is none: why, a sentence without its full stop
    bool contradicts = false;  // it saw a log that this one did not grow from
};

class WitnessClient {
  public:
    WitnessClient(WitnessAddress address, const ExchangeLimits& limits);

    const NoteVerifier& key() const { return address_.key; }
    // Events of the last checkpoint that it is known to have signed.
    std::uint64_t cosigned_size() const { return cosigned_size_; }
    void set_cosigned_size(std::uint64_t size) { cosigned_size_ = size; }

    // The consistency proof from a log of that size to the one that is to be signed.
    using Prove = std::function<std::vector<Digest>(std::uint64_t old_size)>;

    // Asks for a signature, within the limits twice at most. By one thread at a time.
    WitnessAnswer cosign(const SealedLog& sealed, const Prove& prove);

    // Ends a cosign() that is under way, and those to come. From any thread.
    void stop() { client_.stop(); }

  private:
    BoundedClient::Answer send(const SealedLog& sealed, const Prove& prove, std::uint64_t old_size);
    WitnessAnswer read_cosignature(const SealedLog& sealed, const std::string& body);

    const WitnessAddress address_;
    const std::string path_;
    BoundedClient client_;
    std::uint64_t cosigned_size_ = 0;
};

}  // namespace threatatlas
