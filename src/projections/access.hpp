#pragma once

// Who may ask: the tokens that hold, in memory, by the digest of their secret.

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "events/store/read_view.hpp"
#include "projections/model.hpp"

namespace threatatlas {

inline constexpr std::size_t token_random_bytes = 32;
// "ta_" and the base64url of 32 random bytes: 46 characters.
std::string make_token_secret(std::span<const std::byte, token_random_bytes> random);
bool is_token_secret(std::string_view text);
// The first characters of a secret, which may be shown.
std::string token_prefix(std::string_view secret);

// The bearer of a token, as far as requests need to know it.
struct Bearer {
    TokenId id = 0;
    std::string name;
    Role role = Role::gate;
    std::optional<std::vector<ProductId>> product_ids;

    bool sees(ProductId product) const;
    // "<name>#<id>": the actor of its events.
    std::string actor() const;
};

// Why a secret lets nobody in.
struct TokenFault {
    enum class Reason : std::uint8_t { unknown, revoked, expired };
    Reason reason = Reason::unknown;
    std::string actor = {};  // of the token that it was; empty where there never was one
    Instant since = {};      // when it was revoked or expired
};

// All methods from any thread.
class Access {
  public:
    // Reads the tokens table.
    void load(const ReadView& view);

    // Null where no live token has this secret at `now`. Notes the use, to the second.
    std::shared_ptr<const Bearer> authenticate(std::string_view secret, Instant now);

    // Of a secret that authenticate() gave nothing for.
    TokenFault fault_of(std::string_view secret) const;

    // After a token's event is durable, before its writer is answered.
    void put(TokenId id, const Token& token);

    bool is_live(TokenId id, Instant now) const;
    // Live admin tokens, not counting `except`.
    std::size_t live_admins(Instant now, TokenId except = 0) const;
    std::size_t live_tokens(Instant now) const;

    struct Listed {
        TokenId id = 0;
        Token token;
        std::optional<Instant> last_used_at;
    };
    // Not revoked, by id.
    std::vector<Listed> list() const;

    // Uses noted since the last call, to be written to the token_use table: token -> microseconds.
    std::vector<std::pair<TokenId, Instant>> take_uses();

  private:
    struct Entry {
        Token token;
        std::shared_ptr<const Bearer> bearer;
        std::atomic<std::int64_t> used_at_micros{0};  // 0 = never
        std::atomic<bool> use_unsaved{false};
    };
    static void note_use(Entry& entry, Instant now);
    void put_locked(TokenId id, const Token& token);

    mutable std::shared_mutex mutex_;
    std::map<TokenId, Entry> entries_;                   // guarded by mutex_
    std::unordered_map<std::string, Entry*> by_digest_;  // guarded by mutex_
};

}  // namespace threatatlas
