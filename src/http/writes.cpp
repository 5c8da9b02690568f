#include <algorithm>
#include <array>

#include "commands/command_json.hpp"
#include "events/limits.hpp"
#include "http/call.hpp"
#include "http/calls.hpp"
#include "http/request_query.hpp"
#include "http/writing.hpp"

namespace threatatlas {
namespace {

void take_no_parameters(const Call& call) {
    const RequestQuery query(call.query, {});
}

// A write of one object: `parse` makes the item out of the body.
template <class Parse>
void write_object(Call& call, const Parse& parse) {
    const std::string body = read_json_body(call);
    take_no_parameters(call);
    Command command = make_command(call, body);
    command.items.push_back(parse(body));
    submit(call, std::move(command));
}

// The same within a product that is there.
template <class Parse>
void write_in_product(Call& call, const Parse& parse) {
    require_registered(call);
    write_object(call, parse);
}

constexpr std::array<std::string_view, 3> bulk_media_types{
    "application/x-ndjson", "application/json", "application/cloudevents-batch+json"};
constexpr std::array<BulkForm, 3> bulk_forms{BulkForm::ndjson, BulkForm::array,
                                             BulkForm::cloudevents};

}  // namespace

void post_product(Call& call) {
    write_object(call, parse_register_product);
}

void patch_product(Call& call) {
    write_in_product(call, parse_describe_product);
}

void delete_product(Call& call) {
    require_registered(call);
    submit_removal(call, ArchiveProduct{});
}

void post_threat(Call& call) {
    write_in_product(call, parse_identify_threat);
}

void patch_threat(Call& call) {
    write_in_product(
        call, [&](std::string_view body) { return parse_change_threat(body, call.object_id()); });
}

void delete_threat(Call& call) {
    require_registered(call);
    submit_removal(call, RemoveThreat{call.object_id()});
}

void post_mitigation(Call& call) {
    write_in_product(call, parse_propose_mitigation);
}

void patch_mitigation(Call& call) {
    write_in_product(call, [&](std::string_view body) {
        return parse_change_mitigation(body, call.object_id());
    });
}

void delete_mitigation(Call& call) {
    require_registered(call);
    submit_removal(call, RemoveMitigation{call.object_id()});
}

void post_events(Call& call) {
    require_registered(call);
    const RequestBody body = read_body(call, bulk_media_types, limits::bulk_body_bytes_max);
    take_no_parameters(call);
    Command command = make_command(call, body.bytes);
    const auto form = std::find(bulk_media_types.begin(), bulk_media_types.end(), body.media_type);
    command.items = parse_bulk(
        body.bytes, bulk_forms[static_cast<std::size_t>(form - bulk_media_types.begin())]);
    command.answer = AnswerForm::counts;
    submit(call, std::move(command));
}

}  // namespace threatatlas
