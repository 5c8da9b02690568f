#include "support/random_event.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/uuid.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::testing {
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
    "e\u0301",  // decomposed: a letter and a combining accent
    "ß",
    "漢字",             // three bytes
    "\u2028\u2029",     // line breaks in JavaScript, but not in JSON
    "\u202Eabc",        // right-to-left override
    "\u200B\uFEFF",     // zero-width characters
    "\uFFFD\uFFFF",     // replacement character, noncharacter
    "😀👩‍💻",  // four bytes, with a zero-width joiner
    "\U0010FFFF"        // the last code point
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
            return events::limits::id_max;
        case 1:
            return random.between(1, events::limits::id_max);
        default:
            return random.between(1, 1'000);
    }
}

base::Instant random_instant(Random& random) {
    // The last microsecond of the year 9999.
    constexpr std::uint64_t micros_max = 253'402'300'799'999'999;
    const auto micros = random.chance(80) ? random.between(1, 4'000'000'000'000'000)
                                          : random.between(1, micros_max);
    return base::Instant{std::chrono::microseconds{static_cast<std::int64_t>(micros)}};
}

base::Day random_day(Random& random) {
    return std::min(base::day_of(random_instant(random)), base::parse_day("9999-12-30").value());
}

events::CoverageScope random_scope(Random& random) {
    events::CoverageScope scope;
    if (random.chance(60)) {
        scope.threat_ids =
            random_ids(random, 1, random.chance(5) ? events::limits::threat_ids_max : 5);
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

events::EventData random_token(Random& random) {
    events::TokenIssued token;
    token.token_id = random_id(random);
    token.name = random_text_of(random, "name");
    token.role = random_name<events::Role>(random);
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

std::string random_note(Random& random) {
    return random.chance(50) ? random_text(random, events::limits::reason_points_max)
                             : std::string();
}

template <class Digests>
std::optional<Digests> random_digests(Random& random) {
    if (random.chance(20)) {
        return std::nullopt;
    }
    std::string bytes(Digests::byte_count, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(random.below(256));
    }
    return Digests::from_bytes(bytes);
}

}  // namespace

events::ModelImported random_import(Random& random, std::string_view source,
                                    const std::vector<ThreatId>& threats,
                                    const std::vector<MitigationId>& mitigations) {
    events::ModelImported data{std::string(source), "threat-dragon", random_sha256(random), {}, {}};
    for (const ThreatId id : threats) {
        data.threats.push_back({id, random_digests<events::ThreatDigests>(random)});
    }
    for (const MitigationId id : mitigations) {
        data.mitigations.push_back({id, random_digests<events::MitigationDigests>(random)});
    }
    return data;
}

std::optional<events::Severity> random_severity(Random& random) {
    return random.chance(20) ? std::nullopt : std::optional(random_name<events::Severity>(random));
}

events::AcceptanceRequested random_request(Random& random, std::vector<ThreatId> threats) {
    events::AcceptanceRequested request;
    request.threat_ids = std::move(threats);
    for (std::size_t i = 0; i < request.threat_ids.size(); ++i) {
        request.severities.push_back(random_severity(random));
    }
    request.texts = random_texts<events::AcceptanceField, events::acceptance_field_count>(random);
    return request;
}

events::AcceptanceApproved random_approval(Random& random, std::size_t threats) {
    events::AcceptanceApproved approval;
    for (; threats > 0; --threats) {
        approval.severities.push_back(random_severity(random));
    }
    approval.assurance = random_name<events::Assurance>(random);
    approval.note = random_note(random);
    return approval;
}

events::PolicyRule random_rule(Random& random) {
    events::PolicyRule rule;
    rule.kind = random_name<events::RuleKind>(random);
    rule.mode = random_name<events::RuleMode>(random);
    if (events::has_severity(rule.kind)) {
        rule.severity = random_name<events::Severity>(random);
    }
    if (rule.kind == events::RuleKind::min_mitigation_ratio) {
        rule.ratio.units = random.chance(20) ? random.below(events::Ratio::one + 1)
                                             : random.below(11) * (events::Ratio::one / 10);
    } else {
        rule.limit = random.chance(10) ? random.below(events::limits::policy_days_max + 1)
                                       : random.below(10);
    }
    return rule;
}

events::Policy random_policy(Random& random) {
    events::Policy policy;
    policy.texts = random_texts<events::PolicyField, events::policy_field_count>(random);
    policy.honours_acceptances = random.chance(80);
    if (policy.honours_acceptances && random.chance(30)) {
        policy.acceptance_days_max = random.between(
            1, static_cast<std::uint64_t>(events::limits::acceptance_days_max.count()));
    }
    if (random.chance(40)) {
        policy.effective_from = random_day(random);
    }
    const std::uint64_t wanted = random.chance(5) ? 30 : random.between(1, 5);
    // Rules that contradict those before them are left out.
    for (std::uint64_t tried = 0; policy.rules.empty() || tried < wanted; ++tried) {
        policy.rules.push_back(random_rule(random));
        if (events::fault_of_policy(policy)) {
            policy.rules.pop_back();
        }
    }
    return policy;
}

std::string random_policy_name(Random& random) {
    constexpr std::string_view ends = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string name(1, random.pick(ends));
    const std::uint64_t length =
        random.chance(10) ? events::limits::policy_name_chars_max : random.between(1, 12);
    while (name.size() < length) {
        name += name.size() + 1 < length && random.chance(20) ? '-' : random.pick(ends);
    }
    return name == "none" ? "nonesuch" : name;
}

namespace {

events::EventData random_request_of_any(Random& random) {
    auto request = random_request(
        random, random_ids(random, 1, random.chance(5) ? events::limits::accepted_threats_max : 5));
    request.acceptance_id = random_id(random);
    request.valid_until = random_day(random);
    if (random.chance(30)) {
        request.while_mitigations = random_ids(random, 1, events::limits::while_mitigations_max);
    }
    request.replaces = random.chance(20) ? random_id(random) : 0;
    return request;
}

events::EventData random_approval_of_any(Random& random) {
    auto approval = random_approval(random, random.between(1, 5));
    approval.acceptance_id = random_id(random);
    return approval;
}

std::string random_number(Random& random) {
    return random.chance(70) ? fmt::format("{}", random.below(1'000))
                             : events::json_of({random.below(events::Ratio::one + 1)});
}

events::CheckedCondition random_condition(Random& random) {
    events::CheckedCondition condition;
    condition.rule = events::name_of(random_name<events::RuleKind>(random));
    condition.limit = random_number(random);
    condition.actual = random_number(random);
    condition.pass = random.chance(50);
    condition.accepted = random.chance(50) ? random.below(100) : 0;
    if (random.chance(50)) {
        condition.policy = random_policy_name(random);
        condition.mode = random_name<events::RuleMode>(random);
        if (random.chance(50)) {
            condition.severity = random_name<events::Severity>(random);
        }
        if (random.chance(30)) {
            condition.fails_from = base::day_of(random_instant(random));
        }
        if (random.chance(50)) {
            condition.threat_ids = {random_id(random)};
        }
    }
    return condition;
}

}  // namespace

events::GateChecked random_check(Random& random) {
    events::GateChecked check;
    check.check_id = random_id(random);
    check.pass = random.chance(50);
    events::CheckQuestion& question = check.question;
    question.fail_on_critical = random.chance(50);
    question.fail_on_unmitigated_high = random.chance(50);
    if (random.chance(50)) {
        question.min_mitigation_ratio = events::Ratio{random.below(events::Ratio::one + 1)};
    }
    question.fail_on_unscored = random.chance(50);
    if (random.chance(50)) {
        question.min_threats = random.below(100);
    }
    question.ignores_acceptances = random.chance(30);
    question.policy = random.chance(30)   ? random_policy_name(random)
                      : random.chance(30) ? std::string("none")
                                          : std::string();
    for (auto count = random.below(4); count > 0; --count) {
        check.conditions.push_back(random_condition(random));
    }
    for (auto count = random.below(3); count > 0; --count) {
        check.policies.push_back(
            {random_policy_name(random), random.between(1, 100), random.chance(50)});
    }
    check.product_version = random.between(1, 1'000);
    check.product_position = random_id(random);
    check.subject.name = random_text(random, 20);
    check.subject.digests = {{"gitCommit", fmt::format("{:x}", random.number())},
                             {"sha256", fmt::format("{:016x}", random.number())}};
    if (random.chance(50)) {
        check.ref = random_text(random, 20);
        check.pipeline_url = random_text(random, 20);
    }
    return check;
}

namespace {

events::EventData random_data(Random& random, events::EventType type) {
    switch (type) {
        case events::EventType::product_registered:
            return events::ProductRegistered{random_product_texts(random)};
        case events::EventType::product_described:
            return events::ProductDescribed{random_product_changes(random)};
        case events::EventType::product_archived:
            return events::ProductArchived{};
        case events::EventType::threat_identified:
            return events::ThreatIdentified{
                random_id(random),
                random_texts<events::ThreatField, events::threat_field_count>(random),
                random_scoring(random), random_name<events::ThreatStatus>(random)};
        case events::EventType::threat_scored:
            return events::ThreatScored{random_id(random), random_scoring(random)};
        case events::EventType::threat_status_changed:
            return events::ThreatStatusChanged{random_id(random),
                                               random_name<events::ThreatStatus>(random),
                                               random_name<events::ThreatStatus>(random)};
        case events::EventType::threat_described:
            return events::ThreatDescribed{
                random_id(random),
                random_changes<events::ThreatField, events::threat_field_count>(random)};
        case events::EventType::threat_removed:
            return events::ThreatRemoved{random_id(random)};
        case events::EventType::mitigation_proposed:
            return events::MitigationProposed{
                random_id(random),
                random_texts<events::MitigationField, events::mitigation_field_count>(random),
                random_name<events::MitigationStatus>(random), random_scope(random)};
        case events::EventType::mitigation_status_changed:
            return events::MitigationStatusChanged{random_id(random),
                                                   random_name<events::MitigationStatus>(random),
                                                   random_name<events::MitigationStatus>(random)};
        case events::EventType::mitigation_linked:
            return events::MitigationLinked{random_id(random), random_scope(random)};
        case events::EventType::mitigation_described:
            return events::MitigationDescribed{
                random_id(random),
                random_changes<events::MitigationField, events::mitigation_field_count>(random)};
        case events::EventType::mitigation_removed:
            return events::MitigationRemoved{random_id(random)};
        case events::EventType::token_issued:
            return random_token(random);
        case events::EventType::token_revoked:
            return events::TokenRevoked{random_id(random)};
        case events::EventType::model_imported:
            return random_import(
                random, "a" + random_text(random, events::limits::source_points_max - 1),
                random_ids(random, 0, random.chance(5) ? events::limits::seen_objects_max / 2 : 5),
                random_ids(random, 0, random.chance(5) ? events::limits::seen_objects_max / 2 : 5));
        case events::EventType::acceptance_requested:
            return random_request_of_any(random);
        case events::EventType::acceptance_approved:
            return random_approval_of_any(random);
        case events::EventType::acceptance_rejected:
            return events::AcceptanceRejected{random_id(random), random_note(random)};
        case events::EventType::acceptance_withdrawn:
            return events::AcceptanceWithdrawn{random_id(random)};
        case events::EventType::acceptance_revoked:
            return events::AcceptanceRevoked{random_id(random), random_note(random)};
        case events::EventType::policy_defined:
            return events::PolicyDefined{random_policy_name(random), random_id(random),
                                         random_policy(random)};
        case events::EventType::policy_removed:
            return events::PolicyRemoved{random_policy_name(random)};
        case events::EventType::product_policy_assigned:
            return random.chance(30)
                       ? events::PolicyAssigned{}
                       : events::PolicyAssigned{random_policy_name(random), random.chance(50)};
        case events::EventType::product_reviewed:
            return events::ProductReviewed{random_note(random)};
        case events::EventType::gate_checked:
            return random_check(random);
    }
    return {};
}

std::string random_key(Random& random) {
    std::string key;
    for (auto count = random.between(1, events::limits::idempotency_key_chars_max); count > 0;
         --count) {
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
        const std::size_t more = events::count_points(piece);
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
    return random_text(random, events::points_max_of(field_name));
}

events::ProductTexts random_product_texts(Random& random) {
    auto texts = random_texts<events::ProductField, events::product_field_count>(random);
    texts.set(
        events::ProductField::status,
        random.chance(50) ? std::string(random.pick(events::product_statuses())) : std::string());
    return texts;
}

events::ProductChanges random_product_changes(Random& random) {
    auto changes = random_changes<events::ProductField, events::product_field_count>(random);
    const auto status = changes[events::ProductField::status];
    if (status && !status->empty()) {
        changes.set(events::ProductField::status, random.pick(events::product_statuses()));
    }
    return changes;
}

events::Scoring random_scoring(Random& random) {
    events::Scoring scoring;
    switch (random.below(5)) {
        case 0:
            break;
        case 1:
        case 2:
            scoring.severity = random_name<events::Severity>(random);
            break;
        default:
            scoring.likelihood = static_cast<std::uint8_t>(
                random.between(events::limits::score_min, events::limits::score_max));
            scoring.impact = static_cast<std::uint8_t>(
                random.between(events::limits::score_min, events::limits::score_max));
            scoring.severity = events::severity_from(*scoring.likelihood, *scoring.impact);
    }
    return scoring;
}

events::Event random_envelope(Random& random) {
    events::Event event;
    std::array<std::byte, base::uuid_random_bytes> bytes{};
    for (auto& byte : bytes) {
        byte = static_cast<std::byte>(random.below(256));
    }
    event.id = base::make_uuid_v7(random_instant(random), bytes);
    event.actor = random.chance(20) ? "system" : random_text(random, 20) + "#7";
    if (random.chance(10)) {
        event.reason = random_text(random, events::limits::reason_points_max);
    }
    if (random.chance(10)) {
        event.on_behalf_of = random_text(random, events::limits::on_behalf_of_points_max);
    }
    if (random.chance(10)) {
        event.idempotency_key = random_key(random);
    }
    if (random.chance(10)) {
        event.occurred_at = random_instant(random);
    }
    return event;
}

events::Event random_event(Random& random) {
    events::Event event = random_envelope(random);
    const auto type = random_name<events::EventType>(random);
    event.position = random.chance(90) ? random.between(1, 10'000'000) : random.number() | 1U;
    event.time = random_instant(random);
    event.product_id = events::is_of_product(type) ? random_id(random) : 0;
    event.data = random_data(random, type);
    return event;
}

}  // namespace threatatlas::testing
