#include "projections/access.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/store/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas::projections {
namespace {

constexpr std::string_view secret_prefix = "ta_";
constexpr std::size_t secret_chars = 46;
constexpr std::size_t shown_chars = 9;
constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string make_token_secret(std::span<const std::byte, token_random_bytes> random) {
    std::string secret(secret_prefix);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const std::byte byte : random) {
        bits = bits << 8U | std::to_integer<std::uint32_t>(byte);
        held += 8;
        while (held >= 6) {
            held -= 6;
            secret += base64url_alphabet[bits >> held & 0x3FU];
        }
    }
    secret += base64url_alphabet[bits << (6 - held) & 0x3FU];
    return secret;
}

bool is_token_secret(std::string_view text) {
    return text.size() == secret_chars && text.starts_with(secret_prefix) &&
           text.find_first_not_of(base64url_alphabet, secret_prefix.size()) ==
               std::string_view::npos;
}

std::string token_prefix(std::string_view secret) {
    return std::string(secret.substr(0, shown_chars));
}

bool Bearer::sees(ProductId product) const {
    return !product_ids || std::binary_search(product_ids->begin(), product_ids->end(), product);
}

std::string Bearer::actor() const {
    return fmt::format("{}#{}", name, id);
}

void Access::load(const store::ReadView& view) {
    // The scan may wait for the disk, so it runs without the lock: concurrent requests are still
    // checked against the previous state.
    std::map<TokenId, Token> tokens;
    view.scan(store::Table::tokens, "", "", [&](std::string_view key, std::string_view value) {
        tokens.emplace(store::read_be64(key), decode<Token>(value));
        return true;
    });
    std::map<TokenId, std::int64_t> uses;
    view.scan(store::Table::token_use, "", "", [&](std::string_view key, std::string_view value) {
        if (value.size() == store::be64_bytes) {
            uses.emplace(store::read_be64(key), static_cast<std::int64_t>(store::read_be64(value)));
        }
        return true;
    });
    const std::unique_lock lock(mutex_);
    by_digest_.clear();
    entries_.clear();
    for (const auto& [id, token] : tokens) {
        put_locked(id, token);
        const auto use = uses.find(id);
        if (use != uses.end()) {
            entries_[id].used_at_micros = use->second;
        }
    }
}

std::shared_ptr<const Bearer> Access::authenticate(std::string_view secret, base::Instant now) {
    if (!is_token_secret(secret)) {
        return nullptr;
    }
    const std::string digest = base::hex_of(base::sha256(secret));
    const std::shared_lock lock(mutex_);
    const auto found = by_digest_.find(digest);
    if (found == by_digest_.end() || !found->second->token.is_live(now)) {
        return nullptr;
    }
    note_use(*found->second, now);
    return found->second->bearer;
}

TokenFault Access::fault_of(std::string_view secret) const {
    const std::string digest = base::hex_of(base::sha256(secret));
    const std::shared_lock lock(mutex_);
    const auto found = by_digest_.find(digest);
    if (found == by_digest_.end()) {
        return {};
    }
    const Entry& entry = *found->second;
    if (entry.token.revoked_at) {
        return {TokenFault::Reason::revoked, entry.bearer->actor(), *entry.token.revoked_at};
    }
    return {TokenFault::Reason::expired, entry.bearer->actor(),
            entry.token.expires_at.value_or(base::Instant{})};
}

void Access::note_use(Entry& entry, base::Instant now) {
    constexpr std::int64_t second_micros = 1'000'000;
    const std::int64_t micros = now.time_since_epoch().count();
    if (micros >= entry.used_at_micros.load(std::memory_order_relaxed) + second_micros) {
        entry.used_at_micros.store(micros, std::memory_order_relaxed);
        entry.use_unsaved.store(true, std::memory_order_relaxed);
    }
}

void Access::put(TokenId id, const Token& token) {
    const std::unique_lock lock(mutex_);
    put_locked(id, token);
}

void Access::put_locked(TokenId id, const Token& token) {
    Entry& entry = entries_[id];
    entry.token = token;
    entry.bearer = std::make_shared<const Bearer>(
        Bearer{id, token.name, token.role, token.product_ids, token.expires_at});
    by_digest_[token.sha256] = &entry;
}

bool Access::is_live(TokenId id, base::Instant now) const {
    const std::shared_lock lock(mutex_);
    const auto entry = entries_.find(id);
    return entry != entries_.end() && entry->second.token.is_live(now);
}

std::size_t Access::live_admins(base::Instant now, TokenId except) const {
    const std::shared_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
            const Token& token = entry.second.token;
            return entry.first != except && token.role == events::Role::admin && token.is_live(now);
        }));
}

std::size_t Access::live_tokens(base::Instant now) const {
    const std::shared_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(),
                      [&](const auto& entry) { return entry.second.token.is_live(now); }));
}

std::vector<Access::Listed> Access::list() const {
    const std::shared_lock lock(mutex_);
    std::vector<Listed> listed;
    for (const auto& [id, entry] : entries_) {
        if (entry.token.revoked_at) {
            continue;
        }
        const std::int64_t used = entry.used_at_micros.load(std::memory_order_relaxed);
        listed.push_back(
            {id, entry.token,
             used == 0 ? std::nullopt
                       : std::optional(store::instant_of(static_cast<std::uint64_t>(used)))});
    }
    return listed;
}

std::vector<std::pair<TokenId, base::Instant>> Access::take_uses() {
    const std::shared_lock lock(mutex_);
    std::vector<std::pair<TokenId, base::Instant>> uses;
    for (auto& [id, entry] : entries_) {
        if (entry.use_unsaved.exchange(false, std::memory_order_relaxed)) {
            uses.emplace_back(id, store::instant_of(static_cast<std::uint64_t>(
                                      entry.used_at_micros.load(std::memory_order_relaxed))));
        }
    }
    return uses;
}

}  // namespace threatatlas::projections
