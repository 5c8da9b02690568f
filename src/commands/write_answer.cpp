#include "commands/write_answer.hpp"

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "commands/accepted.hpp"
#include "projections/query/verdict_views.hpp"
#include "projections/query/views.hpp"

namespace threatatlas::commands {
namespace {

/// One overload for each kind of facts.
class AnswerRenderer {
  public:
    explicit AnswerRenderer(const Accepted& accepted) : accepted_(accepted) {}

    WriteAnswer operator()(const ProductFacts& facts) const {
        return object_answer(
            fmt::format("/api/products/{}", facts.product.id),
            [&](base::JsonWriter& json) { query::write_product(json, facts.product); });
    }
    WriteAnswer operator()(const ThreatFacts& facts) const {
        return object_answer(
            fmt::format("/api/products/{}/threats/{}", facts.product_id, facts.view.id),
            [&](base::JsonWriter& json) {
                query::write_threat(json, facts.product_id, facts.view);
            });
    }
    WriteAnswer operator()(const MitigationFacts& facts) const {
        return object_answer(
            fmt::format("/api/products/{}/mitigations/{}", facts.product_id, facts.view.id),
            [&](base::JsonWriter& json) {
                query::write_mitigation(json, facts.product_id, facts.view);
            });
    }
    WriteAnswer operator()(const AcceptanceFacts& facts) const {
        return object_answer(
            fmt::format("/api/products/{}/acceptances/{}", facts.product_id, facts.view.id),
            [&](base::JsonWriter& json) {
                query::write_acceptance(json, facts.product_id, facts.view);
            });
    }
    WriteAnswer operator()(const CheckFacts& facts) const {
        const query::ProductAt& product = facts.judged->product;
        return object_answer(fmt::format("/api/products/{}/checks/{}", product.id, facts.id),
                             [&](base::JsonWriter& json) {
                                 query::write_check_answer(json, facts.id, *facts.judged,
                                                           facts.recorded_at);
                             });
    }
    WriteAnswer operator()(const PolicyFacts& facts) const {
        return object_answer(
            fmt::format("/api/policies/{}", facts.view.name),
            [&](base::JsonWriter& json) { query::write_policy(json, facts.view); });
    }
    WriteAnswer operator()(const TokenFacts& facts) const {
        return object_answer(
            fmt::format("/api/api-tokens/{}", facts.id), [&](base::JsonWriter& json) {
                query::write_issued_token(json, facts.id, facts.token, facts.secret);
            });
    }
    WriteAnswer operator()(const AppendedFacts& facts) const {
        WriteAnswer answer = answer_of(Result::ok);
        base::JsonWriter json(answer.body);
        json.begin_object();
        json.key("appended").number(facts.count);
        positions(json, facts);
        json.end_object();
        return answer;
    }
    WriteAnswer operator()(const ImportFacts& facts) const {
        WriteAnswer answer = answer_of(Result::ok);
        answer.body = *facts.plan;
        base::JsonWriter json(answer.body, base::JsonWriter::Inside::object);
        positions(json, facts.appended);
        json.end_object();
        return answer;
    }
    WriteAnswer operator()(const WriteAnswer& rendered) const { return rendered; }

    WriteAnswer answer_of(Result result) const {
        WriteAnswer answer;
        answer.result = result;
        answer.version = accepted_.version;
        answer.position = accepted_.position;
        answer.state_id = accepted_.state_id;
        return answer;
    }

  private:
    void positions(base::JsonWriter& json, const AppendedFacts& facts) const {
        const bool has_events = facts.count > 0;
        json.key("first_position");
        has_events ? json.number(facts.last_position + 1 - facts.count) : json.null();
        json.key("last_position");
        has_events ? json.number(facts.last_position) : json.null();
        json.key("version").number(accepted_.version);
    }

    /// Renders one object, and its path if it is new.
    template <class WriteBody>
    WriteAnswer object_answer(std::string path, const WriteBody& write_body) const {
        WriteAnswer answer = answer_of(accepted_.is_new ? Result::created : Result::ok);
        if (accepted_.is_new) {
            answer.location = std::move(path);
        }
        base::JsonWriter json(answer.body);
        write_body(json);
        return answer;
    }

    const Accepted& accepted_;
};

}  // namespace

WriteAnswer render_answer(const Accepted& accepted) {
    const AnswerRenderer renderer(accepted);
    return accepted.facts == nullptr ? renderer.answer_of(Result::no_content)
                                     : std::visit(renderer, *accepted.facts);
}

}  // namespace threatatlas::commands
