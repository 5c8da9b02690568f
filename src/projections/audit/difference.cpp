#include "projections/audit/difference.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "events/store/keys.hpp"
#include "projections/rows.hpp"
#include "tlog/tile.hpp"

namespace threatatlas::audit {
namespace {

// Splits a key into its parts, from the front. After a missing part, all further parts are nullopt.
class KeyReader {
  public:
    explicit KeyReader(std::string_view key) : rest_(key) {}

    std::uint64_t number() {
        if (rest_.size() < store::be64_bytes) {
            whole_ = false;
            return 0;
        }
        const std::uint64_t value = store::read_be64(rest_);
        rest_.remove_prefix(store::be64_bytes);
        return value;
    }
    // A text that ends at a zero byte.
    std::string_view text() {
        const auto end = rest_.find('\0');
        if (end == std::string_view::npos) {
            whole_ = false;
            return {};
        }
        const std::string_view text = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return text;
    }
    std::string digest() {
        if (rest_.size() < base::digest_bytes) {
            whole_ = false;
            return {};
        }
        const base::Digest value = base::digest_of_bytes(rest_.substr(0, base::digest_bytes));
        rest_.remove_prefix(base::digest_bytes);
        return base::hex_of(value);
    }
    char letter() {
        if (rest_.empty()) {
            whole_ = false;
            return '\0';
        }
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        return letter;
    }
    void refuse() { whole_ = false; }
    bool is_whole() const { return whole_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool whole_ = true;
};

// True if keys of the table begin with a product id.
bool belongs_to_product(store::Table table) {
    switch (table) {
        case store::Table::history:
        case store::Table::details:
        case store::Table::products:
        case store::Table::threats:
        case store::Table::mitigations:
        case store::Table::elements:
        case store::Table::coverage:
        case store::Table::acceptances:
        case store::Table::checks:
        case store::Table::imports:
            return true;
        case store::Table::events:
        case store::Table::external_ids:
        case store::Table::tokens:
        case store::Table::policies:
        case store::Table::policy_versions:
        case store::Table::policy_users:
        case store::Table::idempotency:
        case store::Table::token_use:
        case store::Table::tiles:
        case store::Table::meta:
            return false;
    }
    return false;
}

// 0 if the row belongs to no product or the key is malformed.
ProductId product_of(store::Table table, std::string_view key) {
    if (key.size() < store::be64_bytes) {
        return 0;
    }
    if (table == store::Table::external_ids || table == store::Table::policy_users) {
        return store::read_be64(key.substr(key.size() - store::be64_bytes));
    }
    return belongs_to_product(table) ? store::read_be64(key) : 0;
}

// A threat, or an element by the digest of its name.
std::string describe_covered(KeyReader& key) {
    switch (key.letter()) {
        case projections::threat_tag:
            return fmt::format("threat {}", key.number());
        case projections::element_tag:
            return fmt::format("element {}", key.digest());
        default:
            key.refuse();
            return {};
    }
}

std::string describe_seen(KeyReader& key) {
    const std::string_view source = key.text();
    switch (key.letter()) {
        case projections::threat_tag:
            return fmt::format(", source \"{}\", threat {}", source, key.number());
        case projections::mitigation_tag:
            return fmt::format(", source \"{}\", mitigation {}", source, key.number());
        default:
            key.refuse();
            return {};
    }
}

std::string describe_rest(store::Table table, KeyReader& key) {
    switch (table) {
        case store::Table::history:
        case store::Table::details:
            return fmt::format(", {}", base::format_instant(store::instant_of(key.number())));
        case store::Table::threats:
            return fmt::format(", threat {}", key.number());
        case store::Table::mitigations:
            return fmt::format(", mitigation {}", key.number());
        case store::Table::elements:
            return fmt::format(", {}", describe_covered(key));
        case store::Table::coverage: {
            const std::string covered = describe_covered(key);
            return fmt::format(", {}, mitigation {}", covered, key.number());
        }
        case store::Table::acceptances:
            return fmt::format(", acceptance {}", key.number());
        case store::Table::checks:
            return fmt::format(", check {}", key.number());
        case store::Table::imports:
            return describe_seen(key);
        default:
            return {};
    }
}

std::string hexadecimal(std::string_view bytes) {
    std::string text = "0x";
    for (const char byte : bytes) {
        fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
    }
    return text;
}

}  // namespace

Difference difference_at(store::Table table, std::string_view key, Position position,
                         std::string detail) {
    return {table, product_of(table, key), std::string(key), position, std::move(detail)};
}

std::string describe_bytes(std::string_view stored, std::string_view folded) {
    const auto difference =
        std::mismatch(stored.begin(), stored.end(), folded.begin(), folded.end());
    return fmt::format(
        "the stored row ({} bytes) differs from the folded row ({} bytes) from byte {} on",
        stored.size(), folded.size(), difference.first - stored.begin());
}

std::string describe_key(store::Table table, std::string_view key) {
    KeyReader reader(key);
    if (table == store::Table::meta) {
        return std::string(key);
    }
    std::string text;
    if (table == store::Table::tiles) {
        const auto level = static_cast<std::uint8_t>(reader.letter());
        text = tlog::tile_path({.level = level, .index = reader.number()});
    } else if (table == store::Table::policies) {
        return fmt::format("policy {}", key);
    } else if (table == store::Table::policy_versions) {
        text = fmt::format("policy {}", reader.text());
        text += fmt::format(", {}", base::format_instant(store::instant_of(reader.number())));
    } else if (table == store::Table::policy_users) {
        text = fmt::format("policy {}", reader.text());
        text += fmt::format(", product {}", reader.number());
    } else if (table == store::Table::external_ids) {
        text = fmt::format("external_id \"{}\"", reader.text());
        text += fmt::format(", product {}", reader.number());
    } else if (belongs_to_product(table)) {
        text = fmt::format("product {}", reader.number());
        text += describe_rest(table, reader);
    } else {
        text = fmt::format("{} {}", table == store::Table::events ? "position" : "token",
                           reader.number());
    }
    return reader.is_whole() ? text : hexadecimal(key);
}

}  // namespace threatatlas::audit
