#pragma once

// What the targets of the two kinds of bodies have in common: a product to write to, and what
// holds for every refusal and for every item that was let in.

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

// A refusal can be sent to whoever wrote the body.
inline void check_refusal(const Refusal& refusal) {
    require(refusal.kind() == RefusalKind::malformed || refusal.kind() == RefusalKind::unacceptable,
            "a body is refused as malformed or unacceptable");
    require(!refusal.detail().empty() && is_utf8(refusal.detail()), "a refusal says what to do");
    require(refusal.errors().size() <= Complaints::errors_max, "complaints are bounded");
    require(refusal.kind() == RefusalKind::malformed || !refusal.errors().empty(),
            "what is unacceptable has a place");
    for (const FieldError& error : refusal.errors()) {
        require(error.where == FieldError::Where::pointer, "a body is pointed into");
        require(error.name.empty() || error.name.front() == '/', "a pointer begins with a slash");
        require(is_utf8(error.name) && is_utf8(error.detail), "an error can be told");
    }
}

// One product with a threat and a mitigation, as every body finds it.
inline Desk& desk() {
    static Desk desk;
    static const bool filled = [] {
        desk.register_product();
        desk.identify(R"({"name":"T","diagram":"D","element_id":"e","severity":"high"})");
        desk.propose(R"({"name":"M","threat_ids":[1],"status":"verified"})");
        return true;
    }();
    static_cast<void>(filled);
    return desk;
}

// What a parser let in is decided on without a surprise, and what is decided can be read back.
inline void check_decision(Command command) {
    const TransactionContext context{
        desk().next_position(), desk().time() + std::chrono::microseconds{1},
        [](std::span<std::byte> bytes) { std::fill(bytes.begin(), bytes.end(), std::byte{7}); }};
    Decision decision;
    try {
        decision = decide(desk().overlay(), command, context);
    } catch (const Refusal& refusal) {
        desk().overlay().drop_transaction();
        require(refusal.kind() != RefusalKind::storage_failing, "no body makes the storage fail");
        return;
    }
    desk().overlay().drop_transaction();
    LineReader reader;
    Position position = context.next_position;
    for (const std::string_view line : decision.lines) {
        const Event event = reader.read(line);
        require(event.position == position++, "lines are numbered without gaps");
    }
    require(decision.accepted.body.empty() || is_utf8(decision.accepted.body),
            "an answer can be sent");
}

}  // namespace threatatlas::fuzz
