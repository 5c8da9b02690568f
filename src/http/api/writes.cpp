#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "commands/json/command_json.hpp"
#include "events/limits.hpp"
#include "events/text.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

// Writes an object of a product, which must exist.
template <class Parse>
void write_in_product(Call& call, const Parse& parse) {
    require_registered(call);
    submit_item(call, read_json_body(call), parse);
}

// The external_id in the path. The listener refuses targets with invalid escapes.
std::string read_key(const Call& call) {
    const std::string key = percent_decoded(call.match.key, false).value();
    return command_json::checked_text(key, "key", events::points_max_of("external_id"));
}

constexpr std::array<std::string_view, 3> bulk_media_types{
    "application/x-ndjson", "application/json", "application/cloudevents-batch+json"};
constexpr std::array<command_json::BulkForm, 3> bulk_forms{command_json::BulkForm::ndjson,
                                                           command_json::BulkForm::array,
                                                           command_json::BulkForm::cloudevents};

// A bulk write, which is parsed and submitted after its worker may have been released.
class BulkWrite {
  public:
    BulkWrite(Call& call, RequestBody body)
        : command_(make_command(call)),
          request_line_(request_line(call)),
          body_(std::move(body)),
          engine_(call.engine()),
          parked_(park_write(call)) {}

    std::size_t bytes() const { return body_.bytes.size(); }

    void carry_out() {
        if (!parked_.is_awaited()) {
            return;  // timed out in the queue
        }
        try {
            take_body(command_, request_line_, body_.bytes);
            const auto form =
                std::find(bulk_media_types.begin(), bulk_media_types.end(), body_.media_type);
            command_.items = command_json::parse_bulk(
                body_.bytes, bulk_forms[static_cast<std::size_t>(form - bulk_media_types.begin())]);
            command_.answer = commands::AnswerForm::counts;
            submit(engine_, std::move(command_), parked_);
        } catch (...) {
            fail(std::current_exception());
        }
    }

    void refuse(base::QueueRoom room) {
        fail(std::make_exception_ptr(no_room(room, "Long writes")));
    }

  private:
    void fail(std::exception_ptr failure) const {
        parked_.complete([failure = std::move(failure)](httplib::Response&) {
            std::rethrow_exception(failure);
        });
    }

    commands::Command command_;
    const std::string request_line_;
    const RequestBody body_;
    ops::Engine& engine_;
    const ParkedCall parked_;
};

}  // namespace

void post_product(Call& call) {
    submit_item(call, read_json_body(call), command_json::parse_register_product);
}

void put_product(Call& call) {
    const std::string key = read_key(call);
    submit_item(call, read_optional_json_body(call), [&](std::string_view body) {
        return command_json::parse_ensure_product(body, key);
    });
}

void patch_product(Call& call) {
    write_in_product(call, command_json::parse_describe_product);
}

void delete_product(Call& call) {
    require_registered(call);
    submit_removal(call, commands::ArchiveProduct{});
}

void post_threat(Call& call) {
    write_in_product(call, command_json::parse_identify_threat);
}

void patch_threat(Call& call) {
    write_in_product(call, [&](std::string_view body) {
        return command_json::parse_change_threat(body, call.object_id());
    });
}

void delete_threat(Call& call) {
    require_registered(call);
    submit_removal(call, commands::RemoveThreat{call.object_id()});
}

void post_mitigation(Call& call) {
    write_in_product(call, command_json::parse_propose_mitigation);
}

void patch_mitigation(Call& call) {
    write_in_product(call, [&](std::string_view body) {
        return command_json::parse_change_mitigation(body, call.object_id());
    });
}

void delete_mitigation(Call& call) {
    require_registered(call);
    submit_removal(call, commands::RemoveMitigation{call.object_id()});
}

void post_events(Call& call) {
    require_registered(call);
    RequestBody body = read_body(call, bulk_media_types, events::limits::bulk_body_bytes_max);
    take_no_parameters(call);
    const auto write = std::make_shared<BulkWrite>(call, std::move(body));
    if (write->bytes() < ops::limits::long_body_bytes) {
        write->carry_out();
        return;
    }
    const auto added = call.services.body_readers.add(
        call.bearer().id, [write] { write->carry_out(); }, write->bytes());
    if (!added.is_taken()) {
        write->refuse(added.room);
    }
}

}  // namespace threatatlas::api
