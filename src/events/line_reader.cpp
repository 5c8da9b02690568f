// Parses lines of the log (event_line.hpp).

#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <simdjson.h>

#include "events/event_line.hpp"
#include "events/event_rules.hpp"
#include "events/json_place.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"

namespace threatatlas::events {
namespace {

namespace ondemand = simdjson::ondemand;

template <class Enum>
Enum read_name(ondemand::value value, std::string_view what) {
    const std::string_view text = value.get_string();
    if (const auto name = parse_name<Enum>(text)) {
        return *name;
    }
    throw BadLine(fmt::format("unknown {} \"{}\"", what, text));
}

base::Instant read_instant(ondemand::value value) {
    const std::string_view text = value.get_string();
    if (const auto instant = base::parse_instant(text)) {
        return *instant;
    }
    throw BadLine(fmt::format("\"{}\" is not an instant", text));
}

base::Day read_day(ondemand::value value) {
    const std::string_view text = value.get_string();
    if (const auto day = base::parse_day(text)) {
        return *day;
    }
    throw BadLine(fmt::format("\"{}\" is not a date", text));
}

std::vector<std::optional<Severity>> read_severities(ondemand::value value) {
    std::vector<std::optional<Severity>> severities;
    for (ondemand::value severity : value.get_array()) {
        severities.emplace_back();
        if (!severity.is_null()) {
            severities.back() = read_name<Severity>(severity, "severity");
        }
    }
    return severities;
}

std::uint8_t read_score(ondemand::value value) {
    const std::uint64_t score = value.get_uint64();
    if (score < limits::score_min || score > limits::score_max) {
        throw BadLine("likelihood and impact are from 1 to 5");
    }
    return static_cast<std::uint8_t>(score);
}

std::vector<std::uint64_t> read_ids(ondemand::value value) {
    std::vector<std::uint64_t> ids;
    for (auto id : value.get_array()) {
        ids.push_back(id.get_uint64());
        if (ids.size() > 1 && ids.back() <= ids[ids.size() - 2]) {
            throw BadLine("ids must be in ascending order");
        }
    }
    return ids;
}

template <class Digests>
std::optional<Digests> read_digests(ondemand::value value) {
    if (value.is_null()) {
        return std::nullopt;
    }
    const auto bytes = base::bytes_of_base64(std::string_view(value.get_string()));
    const auto digests = bytes ? Digests::from_bytes(*bytes) : std::nullopt;
    if (!digests) {
        throw BadLine(fmt::format("digests are not {} bytes in base64", Digests::byte_count));
    }
    return digests;
}

template <class Seen>
std::vector<Seen> read_seen(ondemand::value value) {
    using Digests = typename decltype(Seen::digests)::value_type;
    std::vector<Seen> objects;
    for (ondemand::object members : value.get_array()) {
        Seen& object = objects.emplace_back();
        for (ondemand::field field : members) {
            const std::string_view key = field.unescaped_key();
            if (key == seen_id_name<Seen>) {
                set_id(object, field.value().get_uint64());
            } else if (key == "digests") {
                object.digests = read_digests<Digests>(field.value());
            } else {
                throw BadLine(fmt::format("unknown member \"{}\" in data", key));
            }
        }
        if (objects.size() > 1 && id_of(object) <= id_of(objects[objects.size() - 2])) {
            throw BadLine("ids must be in ascending order");
        }
    }
    return objects;
}

bool affects_posture(ProductField) {
    return true;
}
bool affects_posture(ThreatField field) {
    return field == ThreatField::diagram || field == ThreatField::element_id;
}
bool affects_posture(MitigationField) {
    return false;
}
bool affects_posture(AcceptanceField) {
    return false;
}

// Reads one text field, or skips it if texts are not read.
template <class Field, std::size_t count>
bool read_text(Texts<Field, count>& texts, std::string_view key, ondemand::value& value,
               Members members) {
    const auto field = parse_name<Field>(key);
    if (!field) {
        return false;
    }
    if (members == Members::all || affects_posture(*field)) {
        texts.set(*field, std::string_view(value.get_string()));
    }
    return true;
}

template <class Field, std::size_t count>
bool read_change(TextChanges<Field, count>& changes, std::string_view key, ondemand::value& value,
                 Members members) {
    const auto field = parse_name<Field>(key);
    if (!field) {
        return false;
    }
    if (members == Members::of_posture && !affects_posture(*field)) {
        return true;
    }
    if (value.is_null()) {
        changes.set(*field, {});
    } else {
        changes.set(*field, value.get_string());
    }
    return true;
}

bool read_scoring(Scoring& scoring, std::string_view key, ondemand::value& value) {
    if (key == "severity") {
        if (!value.is_null()) {
            scoring.severity = read_name<Severity>(value, "severity");
        }
    } else if (key == "likelihood") {
        scoring.likelihood = read_score(value);
    } else if (key == "impact") {
        scoring.impact = read_score(value);
    } else {
        return false;
    }
    return true;
}

bool read_scope(CoverageScope& scope, std::string_view key, ondemand::value& value) {
    if (key == "threat_ids") {
        scope.threat_ids = read_ids(value);
    } else if (key == "diagram") {
        scope.diagram = std::string_view(value.get_string());
    } else if (key == "element_id") {
        scope.element_id = std::string_view(value.get_string());
    } else {
        return false;
    }
    return true;
}

// Reads one member of `data`, with one overload per event type. Returns false if the type has no
// member of that name.
class MemberReader {
  public:
    MemberReader(std::string_view key, ondemand::value& value, Members members)
        : key_(key), value_(value), members_(members) {}

    bool operator()(ProductRegistered& data) { return text(data.texts); }
    bool operator()(ProductDescribed& data) { return change(data.changes); }
    bool operator()(ProductArchived&) { return false; }
    bool operator()(ThreatIdentified& data) {
        return id("threat_id", data.threat_id) || status("status", data.status) ||
               read_scoring(data.scoring, key_, value_) || text(data.texts);
    }
    bool operator()(ThreatScored& data) {
        return id("threat_id", data.threat_id) || read_scoring(data.scoring, key_, value_);
    }
    bool operator()(ThreatStatusChanged& data) {
        return id("threat_id", data.threat_id) || status("status", data.status) ||
               status("from", data.from);
    }
    bool operator()(ThreatDescribed& data) {
        return id("threat_id", data.threat_id) || change(data.changes);
    }
    bool operator()(ThreatRemoved& data) { return id("threat_id", data.threat_id); }
    bool operator()(MitigationProposed& data) {
        return id("mitigation_id", data.mitigation_id) || status("status", data.status) ||
               read_scope(data.scope, key_, value_) || text(data.texts);
    }
    bool operator()(MitigationStatusChanged& data) {
        return id("mitigation_id", data.mitigation_id) || status("status", data.status) ||
               status("from", data.from);
    }
    bool operator()(MitigationLinked& data) {
        return id("mitigation_id", data.mitigation_id) || read_scope(data.scope, key_, value_);
    }
    bool operator()(MitigationDescribed& data) {
        return id("mitigation_id", data.mitigation_id) || change(data.changes);
    }
    bool operator()(MitigationRemoved& data) { return id("mitigation_id", data.mitigation_id); }
    bool operator()(TokenIssued& data) {
        if (key_ == "name") {
            data.name = std::string_view(value_.get_string());
        } else if (key_ == "role") {
            data.role = read_name<Role>(value_, "role");
        } else if (key_ == "product_ids") {
            data.product_ids = read_ids(value_);
        } else if (key_ == "expires_at") {
            data.expires_at = read_instant(value_);
        } else if (key_ == "prefix") {
            data.prefix = std::string_view(value_.get_string());
        } else if (key_ == "sha256") {
            data.sha256 = std::string_view(value_.get_string());
        } else {
            return id("token_id", data.token_id);
        }
        return true;
    }
    bool operator()(TokenRevoked& data) { return id("token_id", data.token_id); }
    bool operator()(ModelImported& data) {
        return text("source", data.source) || text("format", data.format) ||
               text("sha256", data.sha256) || seen("threats", data.threats) ||
               seen("mitigations", data.mitigations);
    }
    bool operator()(AcceptanceRequested& data) {
        return acceptance_id(data) || ids("threat_ids", data.threat_ids) ||
               severities(data.severities) || text(data.texts) ||
               day("valid_until", data.valid_until) ||
               ids("while_mitigations", data.while_mitigations) || id("replaces", data.replaces);
    }
    bool operator()(AcceptanceApproved& data) {
        return acceptance_id(data) || severities(data.severities) ||
               status("assurance", data.assurance) || text("note", data.note);
    }
    bool operator()(AcceptanceRejected& data) {
        return acceptance_id(data) || text("note", data.note);
    }
    bool operator()(AcceptanceWithdrawn& data) { return acceptance_id(data); }
    bool operator()(AcceptanceRevoked& data) {
        return acceptance_id(data) || text("note", data.note);
    }

  private:
    template <class Data>
    bool acceptance_id(Data& data) {
        return id("acceptance_id", data.acceptance_id);
    }
    bool ids(std::string_view name, std::vector<std::uint64_t>& member) {
        if (key_ != name) {
            return false;
        }
        member = read_ids(value_);
        return true;
    }
    bool severities(std::vector<std::optional<Severity>>& member) {
        if (key_ != "severities") {
            return false;
        }
        member = read_severities(value_);
        return true;
    }
    bool day(std::string_view name, base::Day& member) {
        if (key_ != name) {
            return false;
        }
        member = read_day(value_);
        return true;
    }
    bool id(std::string_view name, std::uint64_t& member) {
        if (key_ != name) {
            return false;
        }
        member = value_.get_uint64();
        return true;
    }
    template <class Status>
    bool status(std::string_view name, Status& member) {
        if (key_ != name) {
            return false;
        }
        member = read_name<Status>(value_, name);
        return true;
    }
    bool text(std::string_view name, std::string& member) {
        if (key_ != name) {
            return false;
        }
        member = std::string_view(value_.get_string());
        return true;
    }
    // Nothing of it affects the posture.
    template <class Seen>
    bool seen(std::string_view name, std::vector<Seen>& member) {
        if (key_ != name) {
            return false;
        }
        if (members_ == Members::all) {
            member = read_seen<Seen>(value_);
        }
        return true;
    }
    template <class Texts>
    bool text(Texts& texts) {
        return read_text(texts, key_, value_, members_);
    }
    template <class Changes>
    bool change(Changes& changes) {
        return read_change(changes, key_, value_, members_);
    }

    std::string_view key_;
    ondemand::value& value_;
    const Members members_;
};

template <std::size_t... indices>
EventData empty_data_of(EventType type, std::index_sequence<indices...>) {
    EventData data;
    const auto wanted = static_cast<std::size_t>(type);
    ((indices == wanted ? static_cast<void>(data.emplace<indices>()) : void()), ...);
    return data;
}

// The name of a member as written in the line: no known name needs escaping.
std::string_view key_of(const ondemand::field& field) {
    const char* const begin = field.key().raw();
    const char* end = begin;
    while (*end != '"') {  // the parser has verified that there is one
        ++end;
    }
    return {begin, static_cast<std::size_t>(end - begin)};
}

void read_data(Event& event, ondemand::object object, Members members) {
    for (ondemand::field field : object) {
        const std::string_view key = key_of(field);
        ondemand::value value = field.value();
        if (key == "occurred_at") {
            event.occurred_at = read_instant(value);
        } else if (!std::visit(MemberReader(key, value, members), event.data)) {
            throw BadLine(fmt::format("unknown member \"{}\" in data", key));
        }
    }
}

ProductId read_source(std::string_view source) {
    constexpr std::string_view products = "/api/products/";
    if (source == "/api/api-tokens") {
        return 0;
    }
    ProductId id = 0;
    if (source.starts_with(products)) {
        source.remove_prefix(products.size());
        const auto [end, error] = std::from_chars(source.data(), source.data() + source.size(), id);
        if (error == std::errc{} && end == source.data() + source.size() && id > 0) {
            return id;
        }
    }
    throw BadLine("source is neither a product nor the tokens");
}

// Members whose value follows from others: read_stored() trusts them, read() compares the whole
// line.
bool is_implied(std::string_view key) {
    return key == "specversion" || key == "subject";
}

// The string for a member that describes the recording, such as id, actor and reason; null for
// other members.
std::string* circumstance(Event& event, std::string_view key) {
    if (key == "id") {
        return &event.id;
    }
    if (key == "actor") {
        return &event.actor;
    }
    if (key == "reason") {
        return &event.reason;
    }
    if (key == "onbehalfof") {
        return &event.on_behalf_of;
    }
    return key == "idempotencykey" ? &event.idempotency_key : nullptr;
}

void read_type(Event& event, std::string_view text) {
    const auto type = parse_event_type(text);
    if (!type) {
        throw BadLine(
            fmt::format("unknown event type \"{}\": was it written by a newer version?", text));
    }
    event.data = empty_data_of(*type, std::make_index_sequence<std::variant_size_v<EventData>>());
}

// Reserves memory for texts of at most `bytes` bytes in total.
void reserve_texts(Event& event, std::size_t bytes) {
    std::visit(
        [bytes](auto& data) {
            if constexpr (requires { data.texts; }) {
                data.texts.reserve(bytes);
            }
        },
        event.data);
}

// `bytes_left`: the number of bytes from the member to the end of the line.
void read_member(Event& event, std::string_view key, ondemand::value value, std::size_t bytes_left,
                 Members members) {
    if (key == "data") {
        if (members == Members::all) {
            reserve_texts(event, bytes_left);
        }
        read_data(event, value.get_object(), members);
    } else if (key == "position") {
        event.position = value.get_uint64();
    } else if (key == "time") {
        event.time = read_instant(value);
    } else if (key == "source") {
        event.product_id = read_source(value.get_string());
    } else if (key == "type") {
        read_type(event, value.get_string());
    } else if (std::string* const text = circumstance(event, key)) {
        if (members == Members::all) {
            *text = std::string_view(value.get_string());
        }
    } else if (!is_implied(key)) {
        throw BadLine(fmt::format("unknown member \"{}\"", key));
    }
}

// True if `line` equals `written` except that U+2028 and U+2029 are unescaped: earlier versions
// left all of them unescaped.
bool is_in_earlier_form(std::string_view line, std::string_view written) {
    while (!written.empty()) {
        const bool is_escape = written.starts_with('\\');
        std::string_view expected = written.substr(0, is_escape ? 2 : 1);
        written.remove_prefix(expected.size());
        if (expected == "\\u" && (written.starts_with("2028") || written.starts_with("2029"))) {
            expected = written.starts_with("2028") ? "\u2028" : "\u2029";
            written.remove_prefix(4);
        }
        if (!line.starts_with(expected)) {
            return false;
        }
        line.remove_prefix(expected.size());
    }
    return line.empty();
}

// The cause is either invalid JSON from some column on, or a member of the wrong type.
std::string fault_of_parsing(std::string_view line, const simdjson::simdjson_error& error) {
    const char* const why = simdjson::error_message(error.error());
    const auto fault = find_json_fault(line);
    if (!fault) {
        return fmt::format("not an event line: {}", why);
    }
    return fmt::format("not an event line, invalid JSON from column {} on: {}",
                       count_points(line.substr(0, *fault)) + 1, why);
}

// Clears the event but keeps its memory.
void reset(Event& event) {
    event.position = 0;
    event.time = {};
    event.product_id = 0;
    for (std::string* text :
         {&event.id, &event.actor, &event.reason, &event.on_behalf_of, &event.idempotency_key}) {
        text->clear();
    }
    event.occurred_at.reset();
    event.data.emplace<0>();
}

}  // namespace

struct LineReader::Buffers {
    ondemand::parser parser;
    std::string line;     // including the padding that the parser reads beyond its input
    std::string written;  // the line as written again from its event
};

LineReader::LineReader() : buffers_(std::make_unique<Buffers>()) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

Event LineReader::read_stored(std::string_view line) {
    Event event;
    read_stored(line, event);
    return event;
}

void LineReader::read_stored(std::string_view line, Event& event, std::size_t bytes_behind,
                             Members members) {
    static_assert(line_bytes_behind >= simdjson::SIMDJSON_PADDING);
    reset(event);
    std::string_view readable(line.data(), line.size() + bytes_behind);
    if (bytes_behind < line_bytes_behind) {
        std::string& padded = buffers_->line;
        padded.assign(line);
        padded.append(line_bytes_behind, ' ');
        readable = padded;
    }
    try {
        auto document = buffers_->parser.iterate(readable.data(), line.size(), readable.size());
        for (ondemand::field field : document.get_object()) {
            const std::string_view key = key_of(field);
            const auto bytes_left =
                static_cast<std::size_t>(readable.data() + line.size() - key.data());
            read_member(event, key, field.value(), bytes_left, members);
        }
    } catch (const simdjson::simdjson_error& error) {
        if (const auto control = raw_control_character(line)) {
            throw BadLine(
                fmt::format("not an event line: it has the control character {}", *control));
        }
        throw BadLine(fault_of_parsing(line, error));
    }
}

Event LineReader::read(std::string_view line) {
    Event event;
    read(line, event);
    return event;
}

void LineReader::read(std::string_view line, Event& event) {
    if (line.size() > limits::line_bytes_max) {
        throw BadLine(fmt::format("longer than {} bytes", limits::line_bytes_max));
    }
    read_stored(line, event);
    if (const auto fault = fault_of(event)) {
        throw BadLine(*fault);
    }
    std::string& written = buffers_->written;
    written.clear();
    append_line(written, event);
    if (written != line && !is_in_earlier_form(line, written)) {
        const auto difference =
            std::mismatch(written.begin(), written.end(), line.begin(), line.end());
        throw BadLine(fmt::format("not in the form in which events are stored, from byte {}",
                                  difference.second - line.begin()));
    }
}

}  // namespace threatatlas::events
