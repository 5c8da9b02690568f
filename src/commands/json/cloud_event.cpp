#include "commands/json/cloud_event.hpp"

#include <algorithm>
#include <cctype>

#include "commands/json/field_rules.hpp"
#include "events/text.hpp"

namespace threatatlas::command_json {
namespace {

// Requires a text that is not blank. Its content is not used.
void check_text(Member& member) {
    std::string_view text;
    const bool is_text = member.value().get_string().get(text) == simdjson::SUCCESS;
    if (!is_text || events::is_blank(text)) {
        member.complain("Give a text that is not empty.");
    }
}

// Whether the media type is JSON, such as "application/json" or "application/problem+json;
// charset=utf-8".
bool is_json_media_type(std::string_view text) {
    const std::string_view type = text.substr(0, text.find(';'));
    const auto last = type.find_last_not_of(" \t");
    std::string lower(type.substr(0, last == std::string_view::npos ? 0 : last + 1));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find('/') != std::string::npos &&
           (lower.ends_with("/json") || lower.ends_with("+json"));
}

bool is_attribute_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
}

}  // namespace

void CloudEventAttributes::take(Member& member) {
    if (member.is("specversion")) {
        std::string_view text;
        has_specversion_ = true;
        if (member.value().get_string().get(text) != simdjson::SUCCESS || text != "1.0") {
            member.complain("Give \"1.0\": no other version of CloudEvents is known here.");
        }
    } else if (member.is("id")) {
        has_id_ = true;
        check_text(member);
    } else if (member.is("source")) {
        has_source_ = true;
        check_text(member);
    } else if (member.is("time")) {
        time_ = read_instant(member);
    } else if (member.is("subject") || member.is("dataschema")) {
        if (!member.is_null()) {
            check_text(member);
        }
    } else if (member.is("datacontenttype")) {
        std::string_view text;
        const bool is_text = member.value().get_string().get(text) == simdjson::SUCCESS;
        if (!member.is_null() && (!is_text || !is_json_media_type(text))) {
            member.complain("Give the data as JSON, with \"application/json\" here.");
        }
    } else if (member.is("onbehalfof")) {
        on_behalf_of_ = read_on_behalf_of(member);
    } else {
        take_extension(member);
    }
}

void CloudEventAttributes::take_extension(Member& member) {
    if (member.name() == "data_base64") {
        member.complain("Give the data as a JSON object in \"data\": binary data is not taken.");
    } else if (!is_attribute_name(member.name())) {
        member.complain(
            "Name attributes of a CloudEvent with lower-case letters and digits only, and give the "
            "data in \"data\".");
    } else if (member.value().is_object() || member.value().is_array()) {
        member.complain("Give an attribute of a CloudEvent as a text, a number or a boolean.");
    } else {
        extensions_.push_back(member.name());
    }
}

void CloudEventAttributes::check(const Place& event, Complaints& complaints) {
    if (!has_specversion_) {
        complaints.add(Place(event, "specversion"), "Give the version of CloudEvents: \"1.0\".");
    }
    if (!has_id_) {
        complaints.add(Place(event, "id"), "Give the event an id.");
    }
    if (!has_source_) {
        complaints.add(Place(event, "source"), "Say where the event comes from.");
    }
    std::sort(extensions_.begin(), extensions_.end());
    const auto repeated = std::adjacent_find(extensions_.begin(), extensions_.end());
    if (repeated != extensions_.end()) {
        complaints.add(Place(event, *repeated), "Give this attribute once: it is there twice.");
    }
}

}  // namespace threatatlas::command_json
