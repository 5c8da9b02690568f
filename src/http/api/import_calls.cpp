// Imports of threat models: plans against the current state, and records the plan on condition that
// this state is still the current one.

#include <array>
#include <exception>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/digest.hpp"
#include "commands/event_items.hpp"
#include "commands/json/command_json.hpp"
#include "commands/preconditions.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/conditional.hpp"
#include "http/api/failure.hpp"
#include "http/api/request_query.hpp"
#include "http/api/writing.hpp"
#include "http/ops/service_limits.hpp"
#include "import/current_model.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/plan_json.hpp"

namespace threatatlas::api {
namespace {

// A product that changes between plan and record so often is being changed all the time.
constexpr int plans_max = 20;

// Memory of an import relative to the size of the file, and to the stored model.
constexpr std::size_t parsed_bytes_for_a_file_byte = 12;
constexpr std::size_t model_bytes_for_a_packed_one = 4;

struct ImportQuestion {
    std::optional<imports::Format> format;
    std::string source;  // empty: the name of the format
    imports::MissingObjects missing = imports::MissingObjects::keep;
    bool dry_run = false;
    std::string reason;  // empty: not given
    std::string on_behalf_of;
};

std::optional<imports::Format> read_format(const RequestQuery& query) {
    const auto name = query.text("format");
    if (!name) {
        return std::nullopt;
    }
    const auto format = imports::parse_format(*name);
    if (!format) {
        std::array<std::string_view, imports::all_formats.size()> names{};
        std::transform(imports::all_formats.begin(), imports::all_formats.end(), names.begin(),
                       [](imports::Format one) { return imports::name_of(one); });
        throw bad_parameter("format",
                            fmt::format("Give one of {}, or leave it out: the file is recognised "
                                        "by its content.",
                                        fmt::join(names, ", ")));
    }
    return format;
}

imports::MissingObjects read_missing(const RequestQuery& query) {
    const auto missing = imports::parse_missing_objects(query.text("missing").value_or("keep"));
    if (missing) {
        return *missing;
    }
    throw bad_parameter("missing", "Give keep, remove or not_applicable.");
}

ImportQuestion parse_import_question(std::string_view raw) {
    const RequestQuery query(raw,
                             {"format", "source", "missing", "dry_run", "reason", "on_behalf_of"});
    ImportQuestion question;
    question.format = read_format(query);
    question.missing = read_missing(query);
    question.dry_run = query.flag("dry_run");
    if (const auto source = query.text("source")) {
        if (const auto fault = events::fault_of_source(*source)) {
            throw bad_parameter("source", fmt::format("The {}.", *fault));
        }
        question.source = *source;
    }
    if (const auto reason = query.text("reason")) {
        question.reason = command_json::checked_reason(*reason, "reason");
    }
    if (const auto on_behalf_of = query.text("on_behalf_of")) {
        question.on_behalf_of = command_json::checked_on_behalf_of(*on_behalf_of, "on_behalf_of");
    }
    return question;
}

net::Rejection unreadable(const imports::ImportError& error) {
    const bool is_malformed = error.fault() == imports::ImportFault::malformed;
    return net::Rejection({.status = is_malformed ? 400 : 422,
                           .detail = error.detail(),
                           .errors = {{net::ProblemError::Place::pointer, "", error.detail()}}});
}

// An import, which runs on threads for long bodies after its worker has been released.
class Import : public std::enable_shared_from_this<Import> {
  public:
    Import(Call& call, ImportQuestion question, std::string body)
        : services_(call.services),
          engine_(call.engine()),
          bearer_(call.bearer_held),
          question_(std::move(question)),
          command_(make_command(call)),
          file_(std::move(body)),
          parked_(park_write(call)) {
        take_body(command_, request_line(call), file_);
    }

    // Continues when memory and a thread are free.
    void begin() {
        ReadBudget& budget = services_.long_reads.budget;
        const bool has_room = budget.ask(
            {.token = bearer_->id,
             .bytes = std::min(bytes_needed(), budget.share_max()),
             .granted =
                 [import = shared_from_this()](std::shared_ptr<ReadBudget::Share> share) {
                     import->share_ = std::move(share);
                     import->plan_soon();
                 },
             .is_awaited = [import = shared_from_this()] { return import->parked_.is_awaited(); }});
        if (!has_room) {
            fail(std::make_exception_ptr(no_room(base::QueueRoom::full, "Imports")));
        }
    }

  private:
    std::size_t bytes_needed() const {
        const store::ReadView view(engine_.store());
        return file_.size() * parsed_bytes_for_a_file_byte +
               model_bytes_for_a_packed_one *
                   query::approximate_model_bytes(view, command_.product_id);
    }

    void plan_soon() {
        const auto added = services_.body_readers.add(
            bearer_->id, [import = shared_from_this()] { import->plan(); }, file_.size());
        if (!added.is_taken()) {
            fail(std::make_exception_ptr(no_room(added.room, "Imports")));
        }
    }

    void plan() {
        if (!parked_.is_awaited()) {
            return;
        }
        try {
            if (!model_) {
                read_file();
            }
            plan_once();
        } catch (const imports::ImportError& error) {
            fail(std::make_exception_ptr(unreadable(error)));
        } catch (...) {
            fail(std::current_exception());
        }
    }

    void read_file() {
        model_ = imports::read_model(file_, question_.format);
        sha256_ = base::hex_of(base::sha256(file_));
        file_ = {};
        if (question_.source.empty()) {
            question_.source = model_->format;
        }
        if (question_.reason.empty()) {
            question_.reason = fmt::format("Import of {}", question_.source);
        }
    }

    void plan_once() {
        require_live(engine_, *bearer_);
        const store::ReadView view(engine_.store());
        const auto state =
            query::import_state_now(view, command_.product_id, engine_.sequencer().now());
        if (!state || state->model.product.archived) {
            throw net::Rejection(no_product(command_.product_id));
        }
        const commands::SeenState seen{state->model.product.version, state->model.product.state_id};
        try {
            commands::require_match(command_, seen);
        } catch (const commands::Refusal&) {
            // A repeated request is answered as the first time, whatever the state is by now.
            if (command_.idempotency_key.empty() || question_.dry_run) {
                throw;
            }
            submit_without_plan();
            return;
        }
        imports::ImportPlan plan =
            imports::plan_import(*model_, imports::current_model(*state, question_.source),
                                 {question_.source, question_.missing});
        auto answer = std::make_shared<std::string>();
        base::JsonWriter json(*answer);
        json.begin_object();
        imports::write_plan(json,
                            {.format = model_->format,
                             .source = question_.source,
                             .dry_run = question_.dry_run,
                             .warnings = model_->warnings,
                             .warning_count = model_->warning_count},
                            plan);
        if (question_.dry_run) {
            show(state->model.product, *answer);
        } else {
            record(seen, std::move(answer), plan);
        }
    }

    // Answers a dry run.
    void show(const query::ProductAt& product, std::string body) const {
        base::JsonWriter json(body, base::JsonWriter::Inside::object);
        json.key("first_position").null();
        json.key("last_position").null();
        json.key("version").number(product.version);
        json.end_object();
        const events::LogEpoch epoch = engine_.log_epoch();
        parked_.complete([body = std::move(body), epoch, position = product.position,
                          tag = state_tag(epoch, {product.version, product.state_id})](
                             httplib::Response& response) {
            response.headers.emplace("X-Log-Position", std::to_string(position));
            response.headers.emplace("X-Log-Epoch", events::hex_of(epoch));
            response.headers.emplace("ETag", tag);
            answer(response, body);
        });
    }

    void record(const commands::SeenState& seen, std::shared_ptr<const std::string> answer,
                imports::ImportPlan& plan) {
        commands::Command command = command_;
        command.items =
            commands::items_of(imports::events_of(plan, question_.source, model_->format, sha256_),
                               question_.reason, question_.on_behalf_of);
        if (command.items.empty()) {
            // Records nothing, but the sequencer remembers the answer for its Idempotency-Key.
            command.items.emplace_back().change = commands::RememberImport{};
        }
        command.answer = commands::AnswerForm::plan;
        command.plan = std::move(answer);
        command.if_match = commands::VersionCondition{.states = {seen}};
        submit(engine_, std::move(command), parked_,
               [import = shared_from_this()](const commands::Refusal& refusal) {
                   return import->plans_again(refusal);
               });
    }

    // Submits the conditions of the request alone.
    void submit_without_plan() {
        commands::Command command = command_;
        command.items.emplace_back().change = commands::RememberImport{};
        command.answer = commands::AnswerForm::nothing;
        submit(engine_, std::move(command), parked_);
    }

    // True if the product has changed since it was planned, and a new plan is under way.
    bool plans_again(const commands::Refusal& refusal) {
        if (refusal.kind() != commands::RefusalKind::precondition_failed) {
            return false;
        }
        if (++plans_ == plans_max) {
            fail(std::make_exception_ptr(commands::Refusal(
                commands::RefusalKind::busy,
                fmt::format("The product was changed {} times while this import was planned. "
                            "Nothing was recorded: send it again.",
                            plans_max))));
        } else {
            plan_soon();
        }
        return true;
    }

    void fail(std::exception_ptr failure) const {
        parked_.complete([failure = std::move(failure)](httplib::Response&) {
            std::rethrow_exception(failure);
        });
    }

    const ApiServices& services_;
    ops::Engine& engine_;
    const std::shared_ptr<const projections::Bearer> bearer_;
    ImportQuestion question_;
    commands::Command command_;  // without items
    std::string file_;           // empty after it was read
    const ParkedCall parked_;
    std::shared_ptr<ReadBudget::Share> share_;
    std::optional<imports::ImportedModel> model_;
    std::string sha256_;
    int plans_ = 0;
};

}  // namespace

void post_import(Call& call) {
    require_registered(call);
    refuse_header(call, "If-None-Match", "An import changes a product that exists.");
    ImportQuestion question = parse_import_question(call.query);
    std::string body = call.exchange.read_body(imports::limits::file_bytes_max);
    std::make_shared<Import>(call, std::move(question), std::move(body))->begin();
}

}  // namespace threatatlas::api
