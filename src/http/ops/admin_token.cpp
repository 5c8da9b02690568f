#include "http/ops/admin_token.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <set>
#include <sys/stat.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "http/ops/durable_file.hpp"
#include "projections/access.hpp"

namespace threatatlas::ops {
namespace {

constexpr std::size_t prefix_chars = 3;  // "ta_"

// 43 random base64url characters contain 31 different ones on average. A random secret violates one
// of these bounds less than once in 10^9.
constexpr std::size_t different_chars_min = 16;
constexpr std::size_t lag_max = 21;
constexpr std::size_t regular_part = 3;  // a third

// The number of pairs at which the character `lag` further on differs from the current one by
// `step`.
std::size_t regular_pairs(std::string_view text, std::size_t lag, int step) {
    std::size_t pairs = 0;
    for (std::size_t i = 0; i + lag < text.size(); ++i) {
        pairs += text[i + lag] - text[i] == step ? 1 : 0;
    }
    return pairs;
}

// The reason why a secret can be guessed; empty if it looks random.
std::string_view weakness_of(std::string_view chars) {
    if (std::set<char>(chars.begin(), chars.end()).size() < different_chars_min) {
        return "it has too few different characters";
    }
    for (std::size_t lag = 1; lag <= lag_max; ++lag) {
        if (regular_pairs(chars, lag, 0) * regular_part > chars.size() - lag) {
            return "it repeats itself";
        }
    }
    for (const int step : {-1, 1}) {
        if (regular_pairs(chars, 1, step) * regular_part > chars.size()) {
            return "it follows the alphabet";
        }
    }
    return {};
}

std::string first_line_of(int file) {
    std::array<char, 256> bytes{};
    const ssize_t got = ::read(file, bytes.data(), bytes.size());
    std::string text(bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    bytes.fill('\0');
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    if (text.ends_with('\r')) {
        text.pop_back();
    }
    return text;
}

}  // namespace

void require_good_secret(std::string_view secret) {
    constexpr std::string_view advice =
        "create one with printf 'ta_%s\\n' \"$(head -c 32 /dev/urandom | basenc --base64url | tr "
        "-d =)\"";
    if (!projections::is_token_secret(secret)) {
        throw BadAdminToken(fmt::format(
            "a token is ta_ and 43 characters of base64url (32 random bytes): {}", advice));
    }
    const std::string_view weakness = weakness_of(secret.substr(prefix_chars));
    if (!weakness.empty()) {
        throw BadAdminToken(fmt::format("this token can be guessed: {}; {}", weakness, advice));
    }
}

std::string read_admin_token(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct ::stat facts {};
    if (file < 0 || ::fstat(file, &facts) != 0) {
        const std::string reason = std::strerror(errno);
        if (file >= 0) {
            ::close(file);
        }
        throw BadAdminToken(fmt::format("{} cannot be read: {}", path.string(), reason));
    }
    std::string secret;
    if (S_ISREG(facts.st_mode)) {
        secret = first_line_of(file);
    }
    ::close(file);
    if (!S_ISREG(facts.st_mode)) {
        throw BadAdminToken(fmt::format("{} is not a regular file", path.string()));
    }
    if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        throw BadAdminToken(
            fmt::format("every user of this machine can read or write {}: run chmod o= {}, and "
                        "replace the token in it",
                        path.string(), path.string()));
    }
    try {
        require_good_secret(secret);
    } catch (const BadAdminToken& bad) {
        throw BadAdminToken(fmt::format("{}: {}", path.string(), bad.what()));
    }
    return secret;
}

std::string take_from_environment(const char* name) {
    char* const value = std::getenv(name);
    if (value == nullptr) {
        return {};
    }
    std::string taken = value;
    ::explicit_bzero(value, taken.size());
    ::unsetenv(name);
    return taken;
}

std::optional<std::filesystem::path> credential_file(std::string_view name) {
    const char* const directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0') {
        return std::nullopt;
    }
    std::filesystem::path file = std::filesystem::path(directory) / name;
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? std::optional(std::move(file)) : std::nullopt;
}

std::string make_secret(const base::RandomSource& random) {
    std::array<std::byte, projections::token_random_bytes> bytes{};
    random(bytes);
    return projections::make_token_secret(bytes);
}

void issue_admin_token(sequencer::Sequencer& sequencer, std::string_view name, std::string secret) {
    commands::IssueToken token;
    token.name = name;
    token.role = events::Role::admin;
    token.secret = std::move(secret);
    commands::Command command;
    command.answer = commands::AnswerForm::nothing;
    command.items.emplace_back().change = std::move(token);
    sequencer.execute(std::move(command));
}

std::filesystem::path admin_token_file(const std::filesystem::path& data) {
    return data / "admin-token";
}

void write_admin_token(const std::filesystem::path& data, std::string_view secret) {
    write_durable_file(admin_token_file(data), fmt::format("{}\n", secret));
}

}  // namespace threatatlas::ops
