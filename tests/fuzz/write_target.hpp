#pragma once

/// Shared by the targets for request bodies: a product to write to, and properties of every refusal
/// and every accepted item.

#include <algorithm>
#include <string>
#include <vector>

#include <simdjson.h>

#include "commands/json/body_json.hpp"
#include "fuzz/fuzz_target.hpp"
#include "support/desk.hpp"

namespace threatatlas::fuzz {

inline bool is_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

/// Checks that a refusal can be sent to the client.
inline void check_refusal(const commands::Refusal& refusal) {
    require(refusal.kind() == commands::RefusalKind::malformed ||
                refusal.kind() == commands::RefusalKind::unacceptable,
            "a body is refused with 400 or 422");
    require(!refusal.detail().empty() && is_utf8(refusal.detail()), "a refusal says what to do");
    require(refusal.errors().size() <= command_json::Complaints::errors_max,
            "the number of errors is limited");
    require(refusal.kind() == commands::RefusalKind::malformed || !refusal.errors().empty(),
            "a 422 names the place");
    for (const commands::FieldError& error : refusal.errors()) {
        require(error.where == commands::FieldError::Where::pointer,
                "the place is a pointer into the body");
        require(error.name.empty() || error.name.front() == '/', "a pointer begins with a slash");
        require(is_utf8(error.name) && is_utf8(error.detail), "an error can be rendered");
    }
}

/// A store with one product, which has a threat and a mitigation; all bodies are applied to it.
inline testing::Desk& desk() {
    static testing::Desk desk;
    static const bool filled = [] {
        desk.register_product();
        desk.identify(R"({"name":"T","diagram":"D","element_id":"e","severity":"high"})");
        desk.propose(R"({"name":"M","threat_ids":[1],"status":"verified"})");
        return true;
    }();
    static_cast<void>(filled);
    return desk;
}

/// Checks that accepted items are decided without unexpected exceptions, and that the resulting
/// events can be parsed.
inline void check_decision(commands::Command command) {
    const commands::TransactionContext context{
        desk().next_position(), desk().time() + std::chrono::microseconds{1},
        [](std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{7}); }};
    commands::Decision decision;
    try {
        decision = commands::decide(desk().overlay(), command, context);
    } catch (const commands::Refusal& refusal) {
        desk().overlay().drop_transaction();
        require(refusal.kind() != commands::RefusalKind::storage_failing,
                "a body never causes a storage error");
        return;
    }
    desk().overlay().drop_transaction();
    events::LineReader reader;
    Position position = context.next_position;
    for (const std::string_view line : decision.lines) {
        const events::Event event = reader.read(line);
        require(event.position == position++, "lines are numbered without gaps");
    }
    const commands::WriteAnswer answer = commands::render_answer(decision.accepted);
    require(answer.body.empty() || is_utf8(answer.body), "a response can be rendered");
}

}  // namespace threatatlas::fuzz

/// libFuzzer calls it before the first input: opening the store takes longer than any input.
extern "C" [[gnu::used]] inline int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    threatatlas::fuzz::desk();
    return 0;
}
