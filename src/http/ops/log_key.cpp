#include "http/ops/log_key.hpp"

#include <array>
#include <fstream>

#include <fmt/format.h>

#include "http/ops/durable_file.hpp"

namespace threatatlas::ops {
namespace {

constexpr std::size_t name_random_bytes = 8;

template <std::size_t size>
std::string random_bytes(const base::RandomSource& random) {
    std::array<std::byte, size> bytes{};
    random(bytes);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Origins must be unique, so the default is random.
std::string random_origin(const base::RandomSource& random) {
    std::string digits;
    for (const char byte : random_bytes<name_random_bytes>(random)) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return fmt::format("threatatlas/{}", digits);
}

tlog::NoteSigner make_key(const std::filesystem::path& file, const std::string& origin,
                          const base::RandomSource& random) {
    try {
        tlog::NoteSigner key(origin.empty() ? random_origin(random) : origin,
                             random_bytes<tlog::ed25519_key_bytes>(random));
        write_durable_file(file, fmt::format("{}\n", key.skey()));
        return key;
    } catch (const tlog::BadNote& error) {
        throw store::StoreRefused(fmt::format("--origin: {}", error.what()));
    }
}

tlog::NoteSigner read_key(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    if (!std::getline(stream, line)) {
        throw store::StoreRefused(fmt::format("the log's key in {} cannot be read", file.string()));
    }
    try {
        return tlog::NoteSigner::parse(line);
    } catch (const tlog::BadNote& error) {
        throw store::StoreRefused(
            fmt::format("{} does not contain a log key: {}", file.string(), error.what()));
    }
}

}  // namespace

events::LogKey open_log_key(const store::Store& store, const LogKeyOptions& options,
                            const base::RandomSource& random) {
    const auto file = options.file.empty() ? store.data() / "log-key" : options.file;
    const bool makes_one = options.file.empty() && !std::filesystem::exists(file);
    const auto stored =
        makes_one ? events::stored_checkpoint(store::ReadView(store)) : std::nullopt;
    if (stored && !options.accepts_another) {
        throw store::StoreRefused(fmt::format(
            "the log in {} is signed by {}, and the key is missing: put it into {} (backups do not "
            "contain it), or give its file with --log-key; if it is lost, --accept-log-key creates "
            "a new key, and everyone who verifies with the old key must be told",
            store.data().string(), stored->checkpoint.origin, file.string()));
    }
    tlog::NoteSigner key = makes_one ? make_key(file, options.origin, random) : read_key(file);
    if (!options.origin.empty() && key.name() != options.origin) {
        throw store::StoreRefused(
            fmt::format("the key in {} belongs to the log {}, but --origin is {}", file.string(),
                        key.name(), options.origin));
    }
    return {std::move(key), options.accepts_another};
}

}  // namespace threatatlas::ops
