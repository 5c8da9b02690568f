#include "commands/json/check_body.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "commands/json/object_json.hpp"
#include "events/check.hpp"

namespace threatatlas::command_json {
namespace {

// A fault as a sentence, as in other errors.
std::string sentence(std::string fault) {
    fault.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(fault.front())));
    return fault + ".";
}

void read_digests(Member& member, events::CheckSubject& subject, Complaints& complaints) {
    simdjson::dom::object digests;
    if (member.value().get_object().get(digests) != simdjson::SUCCESS) {
        member.complain("Give an object, such as {\"sha256\": \"…\"}.");
        return;
    }
    const Place place = member.place();
    for (const auto digest : digests) {
        std::string_view value;
        if (digest.value.get_string().get(value) != simdjson::SUCCESS) {
            complaints.add(Place(place, digest.key), "Give a text, in quotation marks.");
        } else if (auto fault = events::fault_of_digest(digest.key, value)) {
            complaints.add(Place(place, digest.key), sentence(*std::move(fault)));
        } else {
            subject.digests.emplace_back(digest.key, value);
        }
    }
    std::sort(subject.digests.begin(), subject.digests.end());
}

void read_subject(Member& member, events::CheckSubject& subject, Complaints& complaints) {
    simdjson::dom::object object;
    if (member.value().get_object().get(object) != simdjson::SUCCESS) {
        member.complain("Give an object with name and digest.");
        return;
    }
    const Place place = member.place();
    const std::size_t before = complaints.size();
    walk_object(object, place, complaints, [&](Member& inner) {
        if (inner.is("name")) {
            subject.name =
                read_text(inner, events::limits::name_points_max, OnNull::refused).value_or("");
            return true;
        }
        if (inner.is("digest")) {
            read_digests(inner, subject, complaints);
            return true;
        }
        return false;
    });
    if (complaints.size() == before) {
        if (auto fault = events::fault_of_subject(subject)) {
            complaints.add(place, sentence(*std::move(fault)));
        }
    }
}

// Reads a threshold or another part of the question.
bool take_question(Member& member, events::CheckQuestion& question) {
    const auto take_flag = [&](std::string_view name, bool& flag) {
        if (!member.is(name)) {
            return false;
        }
        flag = read_flag(member).value_or(false);
        return true;
    };
    if (take_flag("fail_on_critical", question.fail_on_critical) ||
        take_flag("fail_on_unmitigated_high", question.fail_on_unmitigated_high) ||
        take_flag("fail_on_unscored", question.fail_on_unscored)) {
        return true;
    }
    if (member.is("min_mitigation_ratio")) {
        if (!is_null(member, OnNull::absent)) {
            question.min_mitigation_ratio = read_ratio(member);
        }
        return true;
    }
    if (member.is("min_threats")) {
        if (!is_null(member, OnNull::absent)) {
            question.min_threats = read_count(member, events::limits::policy_count_max);
        }
        return true;
    }
    if (member.is("acceptances")) {
        constexpr std::array<std::string_view, 1> words{"ignore"};
        question.ignores_acceptances =
            !is_null(member, OnNull::absent) && read_word(member, words).has_value();
        return true;
    }
    if (member.is("policy")) {
        question.policy =
            read_text(member, events::limits::policy_name_chars_max, OnNull::absent).value_or("");
        const auto fault = question.policy.empty() || question.policy == "none"
                               ? std::nullopt
                               : events::fault_of_policy_name(question.policy);
        if (fault) {
            member.complain("The name of a policy " + *fault + ".");
        }
        return true;
    }
    return false;
}

}  // namespace

commands::Item parse_record_check(std::string_view body) {
    commands::RecordCheck change;
    bool has_subject = false;
    Complaints complaints;
    const Place whole;
    commands::Item item = read_object(
        body, complaints,
        [&](Member& member) {
            if (member.is("subject")) {
                has_subject = true;
                read_subject(member, change.subject, complaints);
                return true;
            }
            if (member.is("ref")) {
                change.ref =
                    read_text(member, events::limits::other_text_points_max, OnNull::absent)
                        .value_or("");
                return true;
            }
            if (member.is("pipeline_url")) {
                change.pipeline_url =
                    read_text(member, events::limits::other_text_points_max, OnNull::absent)
                        .value_or("");
                return true;
            }
            return take_question(member, change.question);
        },
        [&] {
            if (!has_subject) {
                complaints.add_once(
                    Place(whole, "subject"),
                    "Give the artifact that is to be released: its name, and a digest such as "
                    "{\"sha256\": \"…\"} or {\"gitCommit\": \"…\"}.");
            }
        });
    item.change = std::move(change);
    return item;
}

}  // namespace threatatlas::command_json
