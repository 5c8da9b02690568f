// The rows of decisions: acceptances, checks and policies.

#include "projections/row_codec.hpp"
#include "projections/rows.hpp"

namespace threatatlas::projections {
namespace {

void write_severities(RowWriter& out,
                      const std::vector<std::optional<events::Severity>>& severities) {
    out.number(severities.size());
    for (const auto severity : severities) {
        write_severity(out, severity);
    }
}

std::vector<std::optional<events::Severity>> read_severities(RowReader& in) {
    std::vector<std::optional<events::Severity>> severities(in.size());
    for (auto& severity : severities) {
        severity = read_severity(in);
    }
    return severities;
}

void write_step(RowWriter& out, const AcceptanceStep& step) {
    out.instant(step.time).text(step.actor).text(step.on_behalf_of).text(step.note);
}

AcceptanceStep read_step(RowReader& in) {
    AcceptanceStep step;
    step.time = in.instant();
    step.actor = in.text();
    step.on_behalf_of = in.text();
    step.note = in.text();
    return step;
}

void write_optional_step(RowWriter& out, const std::optional<AcceptanceStep>& step) {
    out.boolean(step.has_value());
    if (step) {
        write_step(out, *step);
    }
}

std::optional<AcceptanceStep> read_optional_step(RowReader& in) {
    return in.boolean() ? std::optional(read_step(in)) : std::nullopt;
}

void write_policy(RowWriter& out, const events::Policy& policy) {
    out.texts(policy.texts).number(policy.rules.size());
    for (const events::PolicyRule& rule : policy.rules) {
        out.number(static_cast<std::uint64_t>(rule.kind));
        write_severity(out, rule.severity);
        out.number(rule.limit)
            .number(rule.ratio.units)
            .number(static_cast<std::uint64_t>(rule.mode));
    }
    out.boolean(policy.honours_acceptances).number(policy.acceptance_days_max.value_or(0));
    for (const auto& day : {policy.effective_from, policy.baseline}) {
        out.boolean(day.has_value());
        if (day) {
            out.day(*day);
        }
    }
}

events::Policy read_policy(RowReader& in) {
    events::Policy policy;
    policy.texts = in.texts<events::PolicyTexts>();
    policy.rules.resize(in.size());
    for (events::PolicyRule& rule : policy.rules) {
        rule.kind = in.name<events::RuleKind>();
        rule.severity = read_severity(in);
        rule.limit = in.number();
        rule.ratio.units = in.number();
        rule.mode = in.name<events::RuleMode>();
    }
    policy.honours_acceptances = in.boolean();
    if (const std::uint64_t days = in.number(); days > 0) {
        policy.acceptance_days_max = days;
    }
    for (auto* const day : {&policy.effective_from, &policy.baseline}) {
        if (in.boolean()) {
            *day = in.day();
        }
    }
    return policy;
}

}  // namespace

std::string encode(const Acceptance& acceptance, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.number(static_cast<std::uint64_t>(acceptance.state)).ids(acceptance.threat_ids);
    write_severities(out, acceptance.requested_severities);
    write_severities(out, acceptance.approved_severities);
    out.day(acceptance.last_day)
        .ids(acceptance.while_mitigations)
        .number(acceptance.replaces)
        .number(acceptance.replaced_by);
    write_step(out, acceptance.request);
    write_optional_step(out, acceptance.decision);
    out.number(static_cast<std::uint64_t>(acceptance.assurance));
    write_optional_step(out, acceptance.end);
    out.boolean(acceptance.suspended).number(acceptance.threats_in_force).texts(acceptance.texts);
    return out.take();
}

template <>
Acceptance decode<Acceptance>(std::string_view bytes) {
    return read_whole<Acceptance>(bytes, [](RowReader& in) {
        constexpr std::uint64_t states = static_cast<std::uint64_t>(AcceptanceState::replaced) + 1;
        Acceptance acceptance;
        acceptance.state = in.name<AcceptanceState>(states);
        acceptance.threat_ids = in.ids();
        acceptance.requested_severities = read_severities(in);
        acceptance.approved_severities = read_severities(in);
        acceptance.last_day = in.day();
        acceptance.while_mitigations = in.ids();
        acceptance.replaces = in.number();
        acceptance.replaced_by = in.number();
        acceptance.request = read_step(in);
        acceptance.decision = read_optional_step(in);
        acceptance.assurance = in.name<events::Assurance>();
        acceptance.end = read_optional_step(in);
        acceptance.suspended = in.boolean();
        acceptance.threats_in_force = in.number();
        acceptance.texts = in.texts<events::AcceptanceTexts>();
        return acceptance;
    });
}

std::string encode(const Check& check, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.number(check.position)
        .instant(check.time)
        .boolean(check.pass)
        .text(check.subject.name)
        .number(check.subject.digests.size());
    for (const auto& [algorithm, value] : check.subject.digests) {
        out.text(algorithm).text(value);
    }
    return out.take();
}

template <>
Check decode<Check>(std::string_view bytes) {
    return read_whole<Check>(bytes, [](RowReader& in) {
        Check check;
        check.position = in.number();
        check.time = in.instant();
        check.pass = in.boolean();
        check.subject.name = in.text();
        check.subject.digests.resize(in.size());
        for (auto& [algorithm, value] : check.subject.digests) {
            algorithm = in.text();
            value = in.text();
        }
        return check;
    });
}

std::string encode(const PolicyVersion& row, std::string buffer) {
    RowWriter out(std::move(buffer));
    out.number(row.version).instant(row.defined_at).text(row.defined_by).boolean(row.removed);
    write_policy(out, row.definition);
    return out.take();
}

template <>
PolicyVersion decode<PolicyVersion>(std::string_view bytes) {
    return read_whole<PolicyVersion>(bytes, [](RowReader& in) {
        PolicyVersion row;
        row.version = in.number();
        row.defined_at = in.instant();
        row.defined_by = in.text();
        row.removed = in.boolean();
        row.definition = read_policy(in);
        return row;
    });
}

}  // namespace threatatlas::projections
