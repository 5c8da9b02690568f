#pragma once

// Commands decided one after the other, as the sequencer would, without its thread.

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

namespace threatatlas {

class Desk {
  public:
    Desk()
        : store_(Store::open(directory_ / "data", {.create = true, .cache_mebibytes = 8})),
          overlay_(*store_) {}

    // Decides and keeps; a refused command is dropped and its refusal thrown on.
    WriteAnswer run(Command command) {
        context_.time = next_time();
        try {
            const Decision decision = decide(overlay_, command, context_);
            overlay_.keep_transaction();
            context_.next_position += decision.lines.size();
            lines_.clear();
            for (const std::string_view line : decision.lines) {
                lines_.emplace_back(line);
            }
            return render_answer(decision.accepted);
        } catch (const Refusal&) {
            overlay_.drop_transaction();
            lines_.clear();
            throw;
        }
    }

    // A command of one item, or of many, about a product.
    static Command about(ProductId product, Item item, AnswerForm answer = AnswerForm::object) {
        Command command;
        command.product_id = product;
        command.items.push_back(std::move(item));
        command.answer = answer;
        return command;
    }
    static Command many(ProductId product, std::string_view ndjson) {
        Command command;
        command.product_id = product;
        command.items = parse_bulk(ndjson, BulkForm::ndjson);
        command.answer = AnswerForm::counts;
        return command;
    }
    static Item item_of(Change change) {
        Item item;
        item.change = std::move(change);
        return item;
    }

    WriteAnswer register_product(std::string_view body = R"({"name":"P"})") {
        return run(about(0, parse_register_product(body)));
    }
    WriteAnswer describe_product(std::string_view body, ProductId product = 1) {
        return run(about(product, parse_describe_product(body)));
    }
    WriteAnswer archive_product(ProductId product = 1) {
        return run(about(product, item_of(ArchiveProduct{}), AnswerForm::nothing));
    }
    WriteAnswer identify(std::string_view body, ProductId product = 1) {
        return run(about(product, parse_identify_threat(body)));
    }
    WriteAnswer change_threat(ThreatId id, std::string_view body, ProductId product = 1) {
        return run(about(product, parse_change_threat(body, id)));
    }
    WriteAnswer remove_threat(ThreatId id, ProductId product = 1) {
        return run(about(product, item_of(RemoveThreat{id}), AnswerForm::nothing));
    }
    WriteAnswer propose(std::string_view body, ProductId product = 1) {
        return run(about(product, parse_propose_mitigation(body)));
    }
    WriteAnswer change_mitigation(MitigationId id, std::string_view body, ProductId product = 1) {
        return run(about(product, parse_change_mitigation(body, id)));
    }
    WriteAnswer remove_mitigation(MitigationId id, ProductId product = 1) {
        return run(about(product, item_of(RemoveMitigation{id}), AnswerForm::nothing));
    }
    WriteAnswer bulk(std::string_view ndjson, ProductId product = 1) {
        return run(many(product, ndjson));
    }
    WriteAnswer issue_token(std::string_view body, std::string secret = std::string(46, 'x')) {
        Item item = parse_issue_token(body);
        std::get<IssueToken>(item.change).secret = std::move(secret);
        return run(about(0, std::move(item)));
    }
    WriteAnswer revoke_token(TokenId id) {
        return run(about(0, item_of(RevokeToken{id}), AnswerForm::nothing));
    }

    Overlay& overlay() { return overlay_; }
    Store& store() { return *store_; }
    Instant time() const { return context_.time; }
    // The time of the next command.
    Instant next_time() const { return context_.time + std::chrono::microseconds{1'000}; }
    void set_time(Instant time) { context_.time = time; }
    Position next_position() const { return context_.next_position; }

    // Of the last command.
    const std::vector<std::string>& lines() const { return lines_; }
    std::vector<Event> events() const {
        std::vector<Event> events;
        LineReader reader;
        for (const auto& line : lines_) {
            events.push_back(reader.read(line));
        }
        return events;
    }
    // "threat.scored threat.described"
    std::string types() const {
        std::string text;
        for (const Event& event : events()) {
            text += text.empty() ? "" : " ";
            text += name_of(event.type());
        }
        return text;
    }
    const Posture& posture(ProductId product = 1) { return overlay_.product(product)->posture; }

    // Whether a group of what was kept so far would write anything.
    bool has_changes() const {
        rocksdb::WriteBatch batch;
        overlay_.write_to(batch);
        return batch.Count() > 0;
    }
    void write_group() {
        rocksdb::WriteBatch batch;
        overlay_.write_to(batch);
        store_->write_unsynced(batch);
        overlay_.clear();
    }

  private:
    TempDirectory directory_;
    std::unique_ptr<Store> store_;
    Overlay overlay_;
    TransactionContext context_{
        1, Instant{std::chrono::seconds{1'700'000'000}},
        [](std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{7}); }};
    std::vector<std::string> lines_;
};

inline nlohmann::json body_of(const WriteAnswer& answer) {
    return nlohmann::json::parse(answer.body);
}

// A desk with product 1 and, in it, threats 1 to `threats` of severity high.
struct Product1 : Desk {
    explicit Product1(int threats = 0) {
        register_product();
        for (; threats > 0; --threats) {
            identify(R"({"name":"T","severity":"high"})");
        }
    }
};

}  // namespace threatatlas
