#pragma once

// Runs commands one after another as the sequencer would, without its thread.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "commands/decide.hpp"
#include "commands/json/command_json.hpp"
#include "events/event_line.hpp"
#include "projections/overlay.hpp"
#include "support/temp_directory.hpp"

namespace threatatlas::testing {

class Desk {
  public:
    Desk()
        : store_(store::Store::open(directory_ / "data", {.create = true, .cache_mebibytes = 8})),
          overlay_(*store_) {}

    // Decides a command and keeps its transaction. If the command is refused, the transaction is
    // dropped and the Refusal is rethrown.
    commands::WriteAnswer run(commands::Command command) {
        context_.time = next_time();
        try {
            const commands::Decision decision = commands::decide(overlay_, command, context_);
            overlay_.keep_transaction();
            context_.next_position += decision.lines.size();
            lines_.clear();
            for (const std::string_view line : decision.lines) {
                lines_.emplace_back(line);
            }
            return commands::render_answer(decision.accepted);
        } catch (const commands::Refusal&) {
            overlay_.drop_transaction();
            lines_.clear();
            throw;
        }
    }

    // A command about a product, with one item or several.
    static commands::Command about(ProductId product, commands::Item item,
                                   commands::AnswerForm answer = commands::AnswerForm::object) {
        commands::Command command;
        command.product_id = product;
        command.items.push_back(std::move(item));
        command.answer = answer;
        return command;
    }
    static commands::Command many(ProductId product, std::string_view ndjson) {
        commands::Command command;
        command.product_id = product;
        command.items = command_json::parse_bulk(ndjson, command_json::BulkForm::ndjson);
        command.answer = commands::AnswerForm::counts;
        return command;
    }
    static commands::Item item_of(commands::Change change) {
        commands::Item item;
        item.change = std::move(change);
        return item;
    }

    commands::WriteAnswer register_product(std::string_view body = R"({"name":"P"})") {
        return run(about(0, command_json::parse_register_product(body)));
    }
    commands::WriteAnswer describe_product(std::string_view body, ProductId product = 1) {
        return run(about(product, command_json::parse_describe_product(body)));
    }
    commands::WriteAnswer archive_product(ProductId product = 1) {
        return run(
            about(product, item_of(commands::ArchiveProduct{}), commands::AnswerForm::nothing));
    }
    commands::WriteAnswer identify(std::string_view body, ProductId product = 1) {
        return run(about(product, command_json::parse_identify_threat(body)));
    }
    commands::WriteAnswer change_threat(ThreatId id, std::string_view body, ProductId product = 1) {
        return run(about(product, command_json::parse_change_threat(body, id)));
    }
    commands::WriteAnswer remove_threat(ThreatId id, ProductId product = 1) {
        return run(
            about(product, item_of(commands::RemoveThreat{id}), commands::AnswerForm::nothing));
    }
    commands::WriteAnswer propose(std::string_view body, ProductId product = 1) {
        return run(about(product, command_json::parse_propose_mitigation(body)));
    }
    commands::WriteAnswer change_mitigation(MitigationId id, std::string_view body,
                                            ProductId product = 1) {
        return run(about(product, command_json::parse_change_mitigation(body, id)));
    }
    commands::WriteAnswer remove_mitigation(MitigationId id, ProductId product = 1) {
        return run(
            about(product, item_of(commands::RemoveMitigation{id}), commands::AnswerForm::nothing));
    }
    commands::WriteAnswer bulk(std::string_view ndjson, ProductId product = 1) {
        return run(many(product, ndjson));
    }
    commands::WriteAnswer issue_token(std::string_view body,
                                      std::string secret = std::string(46, 'x')) {
        commands::Item item = command_json::parse_issue_token(body);
        std::get<commands::IssueToken>(item.change).secret = std::move(secret);
        return run(about(0, std::move(item)));
    }
    commands::WriteAnswer revoke_token(TokenId id) {
        return run(about(0, item_of(commands::RevokeToken{id}), commands::AnswerForm::nothing));
    }

    projections::Overlay& overlay() { return overlay_; }
    store::Store& store() { return *store_; }
    base::Instant time() const { return context_.time; }
    // The time that the next command will get.
    base::Instant next_time() const { return context_.time + std::chrono::microseconds{1'000}; }
    void set_time(base::Instant time) { context_.time = time; }
    Position next_position() const { return context_.next_position; }

    // Log lines of the last command.
    const std::vector<std::string>& lines() const { return lines_; }
    std::vector<events::Event> events() const {
        std::vector<events::Event> events;
        events::LineReader reader;
        for (const auto& line : lines_) {
            events.push_back(reader.read(line));
        }
        return events;
    }
    // Event types of the last command, for example "threat.scored threat.described".
    std::string types() const {
        std::string text;
        for (const events::Event& event : events()) {
            text += text.empty() ? "" : " ";
            text += events::name_of(event.type());
        }
        return text;
    }
    const projections::Posture& posture(ProductId product = 1) {
        return overlay_.product(product)->posture;
    }

    // Whether writing the group kept so far would change any row.
    bool has_changes() const {
        store::RowBatch batch(*store_);
        overlay_.write_to(batch);
        return batch.count() > 0;
    }
    void write_group() {
        store::RowBatch batch(*store_);
        overlay_.write_to(batch);
        store_->write_unsynced(batch);
        overlay_.clear();
    }

  private:
    TempDirectory directory_;
    std::unique_ptr<store::Store> store_;
    projections::Overlay overlay_;
    commands::TransactionContext context_{
        1, base::Instant{std::chrono::seconds{1'700'000'000}},
        [](std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{7}); }};
    std::vector<std::string> lines_;
};

inline nlohmann::json body_of(const commands::WriteAnswer& answer) {
    return nlohmann::json::parse(answer.body);
}

// A desk with product 1, which has threats 1 to `threats`, all of severity high.
struct Product1 : Desk {
    explicit Product1(int threats = 0) {
        register_product();
        for (; threats > 0; --threats) {
            identify(R"({"name":"T","severity":"high"})");
        }
    }
};

}  // namespace threatatlas::testing
