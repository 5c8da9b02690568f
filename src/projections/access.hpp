#pragma once

/// @file
/// Authentication of requests: the tokens, held in memory and indexed by the digest of their
/// secret.

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

namespace threatatlas::projections {

inline constexpr std::size_t token_random_bytes = 32;
/// Makes a token secret, "ta_" and the base64url of 32 random bytes: 46 characters.
std::string make_token_secret(std::span<const std::byte, token_random_bytes> random);
bool is_token_secret(std::string_view text);
/// The first characters of a secret, which may be displayed.
std::string token_prefix(std::string_view secret);

/// The part of a token that requests need.
struct Bearer {
    TokenId id = 0;
    std::string name;
    events::Role role = events::Role::gate;
    std::optional<std::vector<ProductId>> product_ids;
    std::optional<base::Instant> expires_at = {};

    /// True if the token gives access to the product.
    bool sees(ProductId product) const;
    /// The actor of this token's events, "<name>#<id>".
    std::string actor() const;
};

/// Why a secret is refused.
struct TokenFault {
    enum class Reason : std::uint8_t { unknown, revoked, expired };
    Reason reason = Reason::unknown;
    std::string actor = {};    ///< the token's actor; empty if the secret is unknown
    base::Instant since = {};  ///< when the token was revoked or expired
};

/// Thread-safe.
class Access {
  public:
    /// Reads the tokens table. Throws StorageError.
    void load(const store::ReadView& view);

    /// Returns the bearer of the token with this secret if it is live at `now`, otherwise null.
    /// Records the time of use, to the second.
    std::shared_ptr<const Bearer> authenticate(std::string_view secret, base::Instant now);

    /// Explains a secret for which authenticate() returned null.
    TokenFault fault_of(std::string_view secret) const;

    /// Adds or replaces a token. Call after the token's event is durable and before the request
    /// that wrote it is answered.
    void put(TokenId id, const Token& token);

    /// True if the token exists and is neither revoked nor expired.
    bool is_live(TokenId id, base::Instant now) const;
    /// The number of live admin tokens other than `except`.
    std::size_t live_admins(base::Instant now, TokenId except = 0) const;
    /// The number of tokens that are live at `now`.
    std::size_t live_tokens(base::Instant now) const;

    struct Listed {
        TokenId id = 0;
        Token token;
        std::optional<base::Instant> last_used_at;
    };
    /// The tokens that are not revoked, ordered by id.
    std::vector<Listed> list() const;

    /// Returns the uses recorded since the last call, for the token_use table.
    std::vector<std::pair<TokenId, base::Instant>> take_uses();

  private:
    struct Entry {
        Token token;
        std::shared_ptr<const Bearer> bearer;
        std::atomic<std::int64_t> used_at_micros{0};  ///< microseconds since 1970; 0: never
        std::atomic<bool> use_unsaved{false};
    };
    static void note_use(Entry& entry, base::Instant now);
    void put_locked(TokenId id, const Token& token);

    mutable std::shared_mutex mutex_;
    std::map<TokenId, Entry> entries_;                   ///< guarded by mutex_
    std::unordered_map<std::string, Entry*> by_digest_;  ///< guarded by mutex_
};

}  // namespace threatatlas::projections
