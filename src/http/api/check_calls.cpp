// Recorded checks: answers of the gate about an artifact, kept in the log, and their attestations.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "commands/json/check_body.hpp"
#include "events/check_json.hpp"
#include "events/limits.hpp"
#include "events/policy_json.hpp"
#include "events/text.hpp"
#include "export/attestation.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/failure.hpp"
#include "http/api/moment.hpp"
#include "http/api/page.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "projections/query/checks.hpp"
#include "projections/query/product_model.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"
#include "tlog/dsse.hpp"
#include "tlog/note_keys.hpp"

namespace threatatlas::api {
namespace {

// More than enough unless the product changes all the time.
constexpr int attempts_max = 10;
// Memory of one threat as rules see it.
constexpr std::size_t bytes_of_threat = 64;

// A check that is being recorded. It is judged by the deciding thread; threats, if it needs them,
// are read here before, and again if the product has changed meanwhile.
class CheckRecording : public std::enable_shared_from_this<CheckRecording> {
  public:
    CheckRecording(Call& call, commands::Command command)
        : services_(call.services),
          engine_(call.engine()),
          bearer_(call.bearer_held),
          command_(std::move(command)),
          parked_(park_write(call)) {}

    void submit_once() {
        submit(engine_, command_, parked_,
               [recording = shared_from_this()](const commands::Refusal& refusal) {
                   return recording->reads_threats(refusal);
               });
    }

  private:
    // True if the check needs threats, and is repeated with them.
    bool reads_threats(const commands::Refusal& refusal) {
        if (refusal.kind() != commands::RefusalKind::needs_threats || ++attempts_ > attempts_max) {
            return false;
        }
        if (share_ != nullptr) {
            read_soon();
            return true;
        }
        const bool has_room = services_.long_reads.budget.ask(
            {.token = bearer_->id,
             .bytes = bytes_needed(),
             .granted =
                 [recording = shared_from_this()](std::shared_ptr<ReadBudget::Share> share) {
                     recording->share_ = std::move(share);
                     recording->read_soon();
                 },
             .is_awaited = [recording =
                                shared_from_this()] { return recording->parked_.is_awaited(); }});
        if (!has_room) {
            fail(std::make_exception_ptr(no_room(base::QueueRoom::full, "Checks")));
        }
        return true;
    }

    std::size_t bytes_needed() const {
        const store::ReadView view(engine_.store());
        const auto product =
            query::product_now(view, command_.product_id, engine_.sequencer().now());
        const std::uint64_t threats = product ? product->posture.total_threats : 0;
        return std::min(bytes_of_threat * (threats + 1), services_.long_reads.budget.share_max());
    }

    void read_soon() {
        const auto added = services_.long_calls.add(
            bearer_->id, [recording = shared_from_this()] { recording->read(); });
        if (!added.is_taken()) {
            fail(std::make_exception_ptr(no_room(added.room, "Checks")));
        }
    }

    void read() {
        if (!parked_.is_awaited()) {
            return;
        }
        try {
            require_live(engine_, *bearer_);
            const store::ReadView view(engine_.store());
            const base::Instant now = engine_.sequencer().now();
            const query::ProductAt product =
                require_product(view, command_.product_id, std::nullopt, now);
            auto read = std::make_shared<commands::ReadThreats>();
            read->position = product.position;
            read->state_id = product.state_id;
            read->threats = query::rated_threats(view, product.id, std::nullopt, product.posture);
            std::get<commands::RecordCheck>(command_.items.front().change).threats =
                std::move(read);
            submit_once();
        } catch (...) {
            fail(std::current_exception());
        }
    }

    void fail(std::exception_ptr failure) const {
        parked_.complete([failure = std::move(failure)](httplib::Response&) {
            std::rethrow_exception(failure);
        });
    }

    const ApiServices& services_;
    ops::Engine& engine_;
    const std::shared_ptr<const projections::Bearer> bearer_;
    commands::Command command_;
    const ParkedCall parked_;
    std::shared_ptr<ReadBudget::Share> share_;
    int attempts_ = 0;
};

struct CheckFilter {
    CheckFilter(const RequestQuery& query, base::Instant now)
        : subject(query.text("subject")), range(parse_range(query, now)) {
        if (subject && (subject->empty() ||
                        events::count_points(*subject) > events::limits::name_points_max)) {
            throw bad_parameter("subject", fmt::format("Give 1 to {} characters.",
                                                       events::limits::name_points_max));
        }
        if (const auto text = query.text("digest")) {
            const std::size_t colon = text->find(':');
            const bool has_algorithm = colon != std::string_view::npos;
            digest = text->substr(has_algorithm ? colon + 1 : 0);
            algorithm = text->substr(0, has_algorithm ? colon : 0);
            // One that no check can have would find none, as if there were none.
            if (const auto fault =
                    events::fault_of_digest(has_algorithm ? algorithm : "sha256", *digest)) {
                throw bad_parameter("digest",
                                    fmt::format("Give ALGORITHM:VALUE or VALUE: {}.", *fault));
            }
        }
    }

    bool takes(const projections::Check& check) const {
        const auto has_digest = [&](const auto& one) {
            return one.second == *digest && (algorithm.empty() || one.first == algorithm);
        };
        return (!subject || check.subject.name == *subject) &&
               (!range.from || check.time >= *range.from) && check.time <= range.to &&
               (!digest || std::any_of(check.subject.digests.begin(), check.subject.digests.end(),
                                       has_digest));
    }

    std::optional<std::string_view> subject;
    std::optional<std::string_view> digest;
    std::string_view algorithm;  // empty: any
    AskedRange range;
};

// Of an archived product, too: what was released before then is still asked about.
query::CheckView require_check(const Call& call, const store::ReadView& view) {
    require_registered(call);
    auto check = query::find_check(view, call.product_id(), call.object_id());
    if (!check) {
        throw no_object(call, "check");
    }
    return *std::move(check);
}

template <class Write>
std::string json_of(const Write& write) {
    std::string text;
    base::JsonWriter json(text);
    write(json);
    return text;
}

// What an attestation names the log by. Only the log's name is known here, not where it is served.
std::string log_uri(const Call& call) {
    return fmt::format("urn:threatatlas:{}",
                       tlog::NoteVerifier(call.engine().verifier_key()).name());
}

exports::AttestedCheck attested(const Call& call, const store::ReadView& view,
                                const query::CheckView& check) {
    const events::GateChecked& data = check.data();
    const auto product = query::product_at(view, call.product_id(), check.event.time);
    exports::AttestedCheck out;
    out.server_version = THREATATLAS_VERSION;
    out.verifier_id = log_uri(call);
    out.resource_uri = fmt::format("{}:products:{}", log_uri(call), call.product_id());
    out.time_verified = check.event.time;
    out.subject_name = data.subject.name;
    out.subject_digests = {data.subject.digests.begin(), data.subject.digests.end()};
    out.policy_uri = fmt::format("{}:thresholds", log_uri(call));
    if (!data.policies.empty()) {
        const events::CheckedPolicy& policy = data.policies.front();
        out.policy_uri = fmt::format("{}:policies:{}", log_uri(call), policy.name);
        out.policy_version = policy.version;
        if (const auto version = query::policy_at(view, policy.name, check.event.time)) {
            out.policy_sha256 = base::sha256(json_of([&](base::JsonWriter& json) {
                json.begin_object();
                events::write_policy_members(json, version->definition);
                json.end_object();
            }));
        }
    }
    out.pass = data.pass;
    out.conditions =
        json_of([&](base::JsonWriter& json) { events::write_conditions(json, data.conditions); });
    out.product_id = call.product_id();
    out.product_name = product ? product->texts[events::ProductField::name] : std::string_view();
    out.product_version = data.product_version;
    out.check_id = check.id;
    out.position = check.event.position;
    out.pipeline_url = data.pipeline_url;
    out.ref = data.ref;
    return out;
}

}  // namespace

void post_check(Call& call) {
    require_registered(call);
    refuse_header(call, "If-Match", "A check judges the product as it is.");
    const std::string body = read_json_body(call);
    take_no_parameters(call);
    commands::Command command = make_command(call, body);
    command.items.push_back(command_json::parse_record_check(body));
    std::make_shared<CheckRecording>(call, std::move(command))->submit_once();
}

void list_checks(Call& call) {
    judged(call, [&] {
        const base::Instant now = call.engine().sequencer().now();
        const RequestQuery query(call.query, {"subject", "digest", "from", "to", "limit", "after"});
        const CheckFilter filter(query, now);
        const PageAsked asked = read_page(query);
        require_registered(call);
        const store::ReadView view = call.read_view();
        ListPage page(asked);
        query::scan_checks(
            view, call.product_id(), asked.after,
            [&](const projections::Check& check) { return filter.takes(check); },
            [&](const query::CheckView& check) {
                if (!page.takes_more()) {
                    return false;
                }
                query::write_check(page.next(check.id), check);
                return true;
            });
        page.finish(call, query);
    });
}

void get_check(Call& call) {
    const RequestQuery query(call.query, {});
    const store::ReadView view = call.read_view();
    const query::CheckView check = require_check(call, view);
    answer(call.response,
           json_of([&](base::JsonWriter& json) { query::write_check(json, check); }));
}

void get_attestation(Call& call) {
    const RequestQuery query(call.query, {"format"});
    const auto format = query.text("format").value_or("dsse");
    if (format != "dsse" && format != "bundle") {
        throw bad_parameter("format", "Give dsse or bundle.");
    }
    const store::ReadView view = call.read_view();
    const query::CheckView check = require_check(call, view);
    const tlog::DsseEnvelope envelope =
        tlog::sign_envelope(call.services.backend.attestation_key(), tlog::in_toto_type,
                            exports::vsa_statement(attested(call, view, check)));
    call.response.headers.emplace(
        "Link", fmt::format("</api/products/{}/events/{}/proof>; rel=\"proof\"", call.product_id(),
                            check.event.position));
    if (format == "bundle") {
        answer(call.response, tlog::sigstore_bundle(envelope),
               "application/vnd.dev.sigstore.bundle.v0.3+json");
    } else {
        answer(call.response, tlog::envelope_json(envelope),
               "application/vnd.dsse.envelope.v1+json");
    }
}

}  // namespace threatatlas::api
