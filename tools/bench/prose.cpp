#include "prose.hpp"

#include <array>
#include <string_view>

namespace threatatlas::bench {
namespace {

constexpr std::array<std::string_view, 128> words{
    "attacker",   "token",       "session",     "database",      "request",   "gateway",
    "payment",    "user",        "service",     "the",           "a",         "of",
    "with",       "without",     "can",         "may",           "through",   "credentials",
    "log",        "queue",       "key",         "secret",        "injection", "input",
    "validation", "browser",     "cookie",      "replay",        "message",   "broker",
    "backup",     "storage",     "bucket",      "policy",        "role",      "privilege",
    "escalates",  "reads",       "alters",      "spoofs",        "denies",    "floods",
    "leaks",      "encrypts",    "signs",       "verifies",      "rotates",   "limits",
    "monitors",   "isolates",    "network",     "segment",       "firewall",  "proxy",
    "cache",      "certificate", "expired",     "weak",          "default",   "public",
    "internal",   "external",    "third-party", "dependency",    "build",     "pipeline",
    "artifact",   "container",   "image",       "registry",      "node",      "cluster",
    "tenant",     "customer",    "operator",    "administrator", "support",   "account",
    "recovery",   "password",    "reset",       "link",          "mail",      "webhook",
    "callback",   "redirect",    "origin",      "header",        "parser",    "archive",
    "upload",     "file",        "path",        "traversal",     "template",  "script",
    "rendering",  "report",      "export",      "import",        "schema",    "migration",
    "timeout",    "retry",       "race",        "lock",          "memory",    "overflow",
    "integer",    "format",      "string",      "random",        "entropy",   "nonce",
    "hash",       "collision",   "side",        "channel",       "timing",    "audit",
    "trail",      "evidence",    "retention",   "consent",       "privacy",   "regulation",
    "boundary",   "flow"};

constexpr std::size_t sentence_words = 14;

void append_word(std::string& out, Random& random, bool capital) {
    const std::string_view word = words[below(random, words.size())];
    const std::size_t start = out.size();
    out += word;
    if (capital) {
        out[start] = static_cast<char>(out[start] - 'a' + 'A');
    }
}

}  // namespace

std::uint64_t below(Random& random, std::uint64_t bound) {
    return random() % bound;
}

bool chance(Random& random, unsigned percent) {
    return below(random, 100) < percent;
}

std::string make_title(Random& random, std::size_t count) {
    std::string title;
    title.reserve(count * 10);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) {
            title += ' ';
        }
        append_word(title, random, i == 0);
    }
    return title;
}

std::string make_prose(Random& random, std::size_t count) {
    std::string prose;
    prose.reserve(count * 10);
    for (std::size_t i = 0; i < count; ++i) {
        const bool starts = i % sentence_words == 0;
        if (i > 0) {
            prose += starts ? ". " : " ";
        }
        append_word(prose, random, starts);
    }
    prose += '.';
    return prose;
}

std::size_t description_words(Random& random) {
    if (chance(random, 2)) {
        return 200 + below(random, 700);
    }
    return 8 + below(random, 40);
}

}  // namespace threatatlas::bench
