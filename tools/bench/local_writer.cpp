#include "local_writer.hpp"

#include "commands/json/command_json.hpp"

namespace threatatlas::bench {

LocalWriter::LocalWriter(const std::filesystem::path& data, std::size_t products, Log log)
    : store_(store::Store::open(data, {.create = true})) {
    if (log == Log::is_signed) {
        sealer_.emplace(*store_,
                        events::LogKey{tlog::NoteSigner("bench.example", std::string(32, 'b'))});
        sealer_->catch_up();
    }
    sequencer_.emplace(*store_, access_, environment(), sealer_ ? &*sealer_ : nullptr);
    for (std::size_t i = 0; i < products; ++i) {
        commands::Command command;
        command.items.push_back(
            command_json::parse_register_product(R"({"name":"Bench product"})"));
        sequencer_->execute(std::move(command));
    }
}

sequencer::SequencerEnvironment LocalWriter::environment() {
    return {.clock =
                [] {
                    return std::chrono::floor<std::chrono::microseconds>(
                        std::chrono::system_clock::now());
                },
            .random =
                [this](std::span<std::byte> bytes) {
                    const std::lock_guard lock(mutex_);
                    for (std::byte& byte : bytes) {
                        byte = static_cast<std::byte>(random_());
                    }
                },
            .report_fault = {}};
}

void LocalWriter::write(ProductId product, const std::string& ndjson) {
    commands::Command command;
    command.product_id = product;
    command.items = command_json::parse_bulk(ndjson, command_json::BulkForm::ndjson);
    command.answer = commands::AnswerForm::counts;
    command.body_bytes = ndjson.size();
    sequencer_->execute(std::move(command));
}

void LocalWriter::write_threat(ProductId product, const std::string& body) {
    commands::Command command;
    command.product_id = product;
    command.items.push_back(command_json::parse_identify_threat(body));
    command.body_bytes = body.size();
    sequencer_->execute(std::move(command));
}

}  // namespace threatatlas::bench
