#include "support/random_event.hpp"

#include <algorithm>
#include <array>

#include "base/uuid.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas {
namespace {

constexpr std::array<std::string_view, 24> hostile_pieces{
    "\"",
    "\\",
    "\n",
    "\t",
    "/",
    "\\u0041",
    "\\n",
    "a",
    "SQL injection",
    "'; DROP TABLE threats; --",
    "<script>alert(1)</script>",
    "{\"type\":\"threat.removed\"}",
    "null",
    "=1+1",
    "é",        // two bytes
    "e\u0301",  // a letter and its accent apart
    "ß",
    "漢字",             // three bytes
    "\u2028\u2029",     // line breaks to JavaScript, not to JSON
    "\u202Eabc",        // right to left from here on
    "\u200B\uFEFF",     // nothing to be seen
    "\uFFFD\uFFFF",     // replacement character, noncharacter
    "😀👩‍💻",  // four bytes, joined
    "\U0010FFFF"        // the last one
};

std::vector<std::uint64_t> random_ids(Random& random, std::size_t count_min,
                                      std::size_t count_max) {
    std::vector<std::uint64_t> ids;
    for (auto count = random.between(count_min, count_max); count > 0; --count) {
        ids.push_back((ids.empty() ? 0 : ids.back()) + random.between(1, 1'000));
    }
    return ids;
}

std::uint64_t random_id(Random& random) {
    switch (random.below(4)) {
        case 0:
            return limits::id_max;
        case 1:
            return random.between(1, limits::id_max);
        default:
            return random.between(1, 1'000);
    }
}

Instant random_instant(Random& random) {
    // Up to the last microsecond of the year 9999.
    constexpr std::uint64_t micros_max = 253'402'300'799'999'999;
    const auto micros = random.chance(80) ? random.between(1, 4'000'000'000'000'000)
                                          : random.between(1, micros_max);
    return Instant{std::chrono::microseconds{static_cast<std::int64_t>(micros)}};
}

CoverageScope random_scope(Random& random) {
    CoverageScope scope;
    if (random.chance(60)) {
        scope.threat_ids = random_ids(random, 1, random.chance(5) ? limits::threat_ids_max : 5);
    }
    if (random.chance(40)) {
        scope.diagram = random_text_of(random, "diagram");
    }
    if (random.chance(40)) {
        scope.element_id = random_text_of(random, "element_id");
    }
    return scope;
}

std::string random_sha256(Random& random) {
    std::string digits;
    for (int i = 0; i < 64; ++i) {
        digits += "0123456789abcdef"[random.below(16)];
    }
    return digits;
}

EventData random_token(Random& random) {
    TokenIssued token;
    token.token_id = random_id(random);
    token.name = random_text_of(random, "name");
    token.role = random_name<Role>(random);
    if (random.chance(50)) {
        token.product_ids = random_ids(random, 1, 5);
    }
    if (random.chance(50)) {
        token.expires_at = random_instant(random);
    }
    token.prefix = "ta_abcd";
    token.sha256 = random_sha256(random);
    return token;
}

EventData random_data(Random& random, EventType type) {
    switch (type) {
        case EventType::product_registered:
            return ProductRegistered{random_product_texts(random)};
        case EventType::product_described:
            return ProductDescribed{random_product_changes(random)};
        case EventType::product_archived:
            return ProductArchived{};
        case EventType::threat_identified:
            return ThreatIdentified{random_id(random),
                                    random_texts<ThreatField, threat_field_count>(random),
                                    random_scoring(random), random_name<ThreatStatus>(random)};
        case EventType::threat_scored:
            return ThreatScored{random_id(random), random_scoring(random)};
        case EventType::threat_status_changed:
            return ThreatStatusChanged{random_id(random), random_name<ThreatStatus>(random),
                                       random_name<ThreatStatus>(random)};
        case EventType::threat_described:
            return ThreatDescribed{random_id(random),
                                   random_changes<ThreatField, threat_field_count>(random)};
        case EventType::threat_removed:
            return ThreatRemoved{random_id(random)};
        case EventType::mitigation_proposed:
            return MitigationProposed{random_id(random),
                                      random_texts<MitigationField, mitigation_field_count>(random),
                                      random_name<MitigationStatus>(random), random_scope(random)};
        case EventType::mitigation_status_changed:
            return MitigationStatusChanged{random_id(random), random_name<MitigationStatus>(random),
                                           random_name<MitigationStatus>(random)};
        case EventType::mitigation_linked:
            return MitigationLinked{random_id(random), random_scope(random)};
        case EventType::mitigation_described:
            return MitigationDescribed{
                random_id(random), random_changes<MitigationField, mitigation_field_count>(random)};
        case EventType::mitigation_removed:
            return MitigationRemoved{random_id(random)};
        case EventType::token_issued:
            return random_token(random);
        case EventType::token_revoked:
            return TokenRevoked{random_id(random)};
    }
    return {};
}

std::string random_key(Random& random) {
    std::string key;
    for (auto count = random.between(1, limits::idempotency_key_chars_max); count > 0; --count) {
        key += static_cast<char>(random.between('!', '~'));
    }
    return key;
}

}  // namespace

std::string random_text(Random& random, std::size_t points_max) {
    const std::size_t wanted = random.chance(2) ? points_max
                               : random.chance(10)
                                   ? random.between(1, points_max)
                                   : random.between(1, std::min<std::size_t>(points_max, 20));
    std::string text;
    for (std::size_t points = 0; points < wanted;) {
        const std::string_view piece = random.pick(hostile_pieces);
        const std::size_t more = count_points(piece);
        if (points + more > wanted) {
            text.append(wanted - points, 'z');
            break;
        }
        text += piece;
        points += more;
    }
    return text;
}

std::string random_text_of(Random& random, std::string_view field_name) {
    return random_text(random, points_max_of(field_name));
}

ProductTexts random_product_texts(Random& random) {
    auto texts = random_texts<ProductField, product_field_count>(random);
    texts.set(ProductField::status,
              random.chance(50) ? std::string(random.pick(product_statuses())) : std::string());
    return texts;
}

ProductChanges random_product_changes(Random& random) {
    auto changes = random_changes<ProductField, product_field_count>(random);
    const auto status = changes[ProductField::status];
    if (status && !status->empty()) {
        changes.set(ProductField::status, random.pick(product_statuses()));
    }
    return changes;
}

Scoring random_scoring(Random& random) {
    Scoring scoring;
    switch (random.below(5)) {
        case 0:
            break;
        case 1:
        case 2:
            scoring.severity = random_name<Severity>(random);
            break;
        default:
            scoring.likelihood =
                static_cast<std::uint8_t>(random.between(limits::score_min, limits::score_max));
            scoring.impact =
                static_cast<std::uint8_t>(random.between(limits::score_min, limits::score_max));
            scoring.severity = severity_from(*scoring.likelihood, *scoring.impact);
    }
    return scoring;
}

Event random_envelope(Random& random) {
    Event event;
    std::array<std::byte, uuid_random_bytes> bytes{};
    for (auto& byte : bytes) {
        byte = static_cast<std::byte>(random.below(256));
    }
    event.id = make_uuid_v7(random_instant(random), bytes);
    event.actor = random.chance(20) ? "system" : random_text(random, 20) + "#7";
    if (random.chance(10)) {
        event.reason = random_text(random, limits::reason_points_max);
    }
    if (random.chance(10)) {
        event.on_behalf_of = random_text(random, limits::on_behalf_of_points_max);
    }
    if (random.chance(10)) {
        event.idempotency_key = random_key(random);
    }
    if (random.chance(10)) {
        event.occurred_at = random_instant(random);
    }
    return event;
}

Event random_event(Random& random) {
    Event event = random_envelope(random);
    const auto type = random_name<EventType>(random);
    const bool of_token = type == EventType::token_issued || type == EventType::token_revoked;
    event.position = random.chance(90) ? random.between(1, 10'000'000) : random.number() | 1U;
    event.time = random_instant(random);
    event.product_id = of_token ? 0 : random_id(random);
    event.data = random_data(random, type);
    return event;
}

}  // namespace threatatlas
