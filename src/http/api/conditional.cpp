#include "http/api/conditional.hpp"

#include <charconv>
#include <vector>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/digest.hpp"
#include "events/store/keys.hpp"
#include "export/report.hpp"
#include "export/status_forms.hpp"
#include "http/net/problem.hpp"

namespace threatatlas::api {
namespace {

// Increase this number if the members of the gate's response change, so that cached responses of
// the old form do not match.
constexpr int gate_answer_form = 2;

struct Tag {
    bool weak = false;
    std::string_view opaque;  // the text between the quotes
};

void skip(std::string_view& text, std::string_view any_of) {
    text.remove_prefix(std::min(text.find_first_not_of(any_of), text.size()));
}

// "*", or a comma-separated list of tags; nullopt for anything else.
struct Tags {
    bool any = false;
    std::vector<Tag> tags;
};
std::optional<Tags> parse_tags(std::string_view text) {
    Tags result;
    skip(text, " \t");
    if (text.starts_with('*')) {
        text.remove_prefix(1);
        skip(text, " \t");
        result.any = true;
        return text.empty() ? std::optional(result) : std::nullopt;
    }
    while (!text.empty()) {
        Tag tag;
        if (text.starts_with("W/")) {
            tag.weak = true;
            text.remove_prefix(2);
        }
        const std::size_t end = text.starts_with('"') ? text.find('"', 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        tag.opaque = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        result.tags.push_back(tag);
        skip(text, " \t");
        if (!text.empty() && !text.starts_with(',')) {
            return std::nullopt;
        }
        skip(text, " \t,");
    }
    return result;
}

// Avoids temporary strings and the parsing of formats: the gate makes a tag for every response.
using TagText = fmt::memory_buffer;

// `format` is a compiled one.
template <class Format, class... Values>
void append(TagText& text, const Format& format, Values&&... values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
}

void append_thresholds(TagText& text, const projections::Thresholds& asked) {
    append(text, FMT_COMPILE("{}{}{}{}-"), asked.fail_on_critical ? "c" : "",
           asked.fail_on_unmitigated_high ? "h" : "", asked.fail_on_unscored ? "u" : "",
           asked.ignores_acceptances ? "a" : "");
    if (asked.min_mitigation_ratio) {
        append(text, FMT_COMPILE("{}"), asked.min_mitigation_ratio->units);
    }
    append(text, FMT_COMPILE("-"));
    if (asked.min_threats) {
        append(text, FMT_COMPILE("{}"), *asked.min_threats);
    }
}

// The policies that apply, the day, on which their rules may depend, and the baseline. Those that
// policies name follow from their versions. With policy_at=now the assignment of now is no part of
// the product's state at the moment.
void append_policies(TagText& text, const query::ProductAt& product) {
    for (const projections::AppliedPolicy& policy : product.applied.policies) {
        append(text, FMT_COMPILE("-{}.{}{}"), policy.name, policy.version,
               policy.enforced ? "e" : "");
    }
    if (!product.applied.policies.empty()) {
        append(text, FMT_COMPILE(".{}"), product.applied.today.time_since_epoch().count());
    }
    if (product.applied.since) {
        append(text, FMT_COMPILE("-b{}"), product.applied.since->time_since_epoch().count());
    }
}

// The state of the product, the moment and the thresholds.
void append_question(TagText& text, events::LogEpoch epoch, const query::ProductAt& product,
                     const projections::Thresholds& asked, query::Moment moment) {
    append(text, FMT_COMPILE("{}-{:016x}-"), product.position, product.state_id ^ epoch);
    if (moment) {
        append(text, FMT_COMPILE("{}"), store::micros_of(*moment));
    }
    append(text, FMT_COMPILE("-"));
    append_thresholds(text, asked);
    // Of a state, these days tell which acceptances have ended.
    if (!product.posture.acceptances.empty()) {
        append(text, FMT_COMPILE("-{}"),
               product.posture.acceptances.front().last_day.time_since_epoch().count());
    }
    append_policies(text, product);
}

// The state that a tag names, if state_tag() could have made it.
std::optional<commands::SeenState> parse_state(std::string_view opaque, events::LogEpoch epoch) {
    constexpr std::size_t hex_digits = 16;
    const std::size_t dash = opaque.find('-');
    if (dash == std::string_view::npos || opaque.size() != dash + 1 + hex_digits) {
        return std::nullopt;
    }
    commands::SeenState state;
    const char* const middle = opaque.data() + dash;
    const char* const end = opaque.data() + opaque.size();
    const auto version = std::from_chars(opaque.data(), middle, state.version);
    const auto bits = std::from_chars(middle + 1, end, state.state_id, 16);
    state.state_id ^= epoch;
    const bool is_whole = version.ptr == middle && version.ec == std::errc{} && bits.ptr == end &&
                          bits.ec == std::errc{};
    return is_whole ? std::optional(state) : std::nullopt;
}

std::string_view opaque_part(std::string_view tag) {
    const std::size_t begin = tag.find('"') + 1;
    return tag.substr(begin, tag.size() - begin - 1);
}

}  // namespace

std::string state_tag(events::LogEpoch epoch, const commands::SeenState& state) {
    return fmt::format("\"{}-{}\"", state.version, events::hex_of(state.state_id ^ epoch));
}

std::string gate_tag(events::LogEpoch epoch, const query::ProductAt& product,
                     const projections::Thresholds& asked, query::Moment moment) {
    TagText text;
    append(text, FMT_COMPILE("W/\"{}-"), gate_answer_form);
    append_question(text, epoch, product, asked, moment);
    append(text, FMT_COMPILE("\""));
    return fmt::to_string(text);
}

std::string status_form_tag(events::LogEpoch epoch, const query::ProductAt& product,
                            const projections::Thresholds& asked, query::Moment moment,
                            std::string_view form, std::string_view model_path) {
    constexpr std::size_t path_digits = 16;  // enough to tell the paths of one client apart
    TagText text;
    append(text, FMT_COMPILE("\"{}-{}-"), exports::status_format_version, form);
    append_question(text, epoch, product, asked, moment);
    if (!model_path.empty()) {
        append(text, FMT_COMPILE("-{}"),
               base::hex_of(base::sha256(model_path)).substr(0, path_digits));
    }
    append(text, FMT_COMPILE("\""));
    return fmt::to_string(text);
}

std::string report_tag(events::LogEpoch epoch, const query::ProductAt& product, base::Instant as_of,
                       const projections::Thresholds& asked) {
    TagText text;
    append(text, FMT_COMPILE("\"{}-{}-{:016x}-{}-"), exports::report_format_version,
           product.position, product.state_id ^ epoch, store::micros_of(as_of));
    append_thresholds(text, asked);
    append_policies(text, product);
    append(text, FMT_COMPILE("\""));
    return fmt::to_string(text);
}

bool names_tag(const httplib::Request& request, std::string_view tag) {
    const auto [first, last] = request.headers.equal_range("If-None-Match");
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags) {
            continue;
        }
        if (tags->any) {
            return true;
        }
        for (const Tag& named : tags->tags) {
            if (named.opaque == opaque_part(tag)) {
                return true;
            }
        }
    }
    return false;
}

bool answered_not_modified(const httplib::Request& request, httplib::Response& response,
                           const std::string& tag) {
    response.headers.emplace("ETag", tag);
    if (!names_tag(request, tag)) {
        return false;
    }
    response.status = 304;
    return true;
}

bool reads_only_if_absent(const httplib::Request& request) {
    const auto [first, last] = request.headers.equal_range("If-None-Match");
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags || !tags->any) {
            const std::string detail =
                "Send If-Match with the ETag of the version to change: on a write, If-None-Match "
                "accepts only *.";
            throw net::Rejection(
                {.status = 422,
                 .detail = "Invalid header If-None-Match. " + detail,
                 .errors = {{net::ProblemError::Place::header, "If-None-Match", detail}}});
        }
    }
    return first != last;
}

std::optional<commands::VersionCondition> read_if_match(const httplib::Request& request,
                                                        events::LogEpoch epoch) {
    const auto [first, last] = request.headers.equal_range("If-Match");
    if (first == last) {
        return std::nullopt;
    }
    commands::VersionCondition condition;
    for (auto field = first; field != last; ++field) {
        const auto tags = parse_tags(field->second);
        if (!tags || (!tags->any && tags->tags.empty())) {
            const std::string detail =
                "Send the ETag of an earlier response unchanged, including its quotes, or *.";
            throw net::Rejection(
                {.status = 422,
                 .detail = "Invalid header If-Match. " + detail,
                 .errors = {{net::ProblemError::Place::header, "If-Match", detail}}});
        }
        condition.any = condition.any || tags->any;
        for (const Tag& tag : tags->tags) {
            const auto state = parse_state(tag.opaque, epoch);
            condition.names_weak = condition.names_weak || tag.weak;
            condition.names_foreign = condition.names_foreign || !state;
            if (state && !tag.weak) {
                condition.states.push_back(*state);
            }
        }
    }
    return condition;
}

}  // namespace threatatlas::api
