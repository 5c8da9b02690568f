#pragma once

/// @file
/// What an accepted command did, as facts. They are copied from the state right after the command,
/// on the thread that decides; write_answer.hpp renders them on the thread that answers.

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include "commands/write_answer.hpp"
#include "projections/query/history.hpp"
#include "projections/query/object_views.hpp"

namespace threatatlas::commands {

struct ProductFacts {
    query::ProductAt product;
};
struct ThreatFacts {
    ProductId product_id = 0;
    query::ThreatView view;
};
struct MitigationFacts {
    ProductId product_id = 0;
    query::MitigationView view;
};
struct TokenFacts {
    TokenId id = 0;
    projections::Token token;
    std::string secret;  ///< shown in this answer only, never stored
};
/// The events of a bulk write.
struct AppendedFacts {
    std::size_t count = 0;
    Position last_position = 0;  ///< meaningless if `count` is 0
};

/// The last alternative is an answer that was rendered before, for a request with an
/// Idempotency-Key.
using AnswerFacts = std::variant<ProductFacts, ThreatFacts, MitigationFacts, TokenFacts,
                                 AppendedFacts, WriteAnswer>;

/// A write that was carried out. Cheap to copy: copies share the facts, which never change.
struct Accepted {
    bool is_new = false;        ///< the object did not exist before: 201 and its path
    std::uint64_t version = 0;  ///< of the product; 0 = the write was not about a product
    Position position = 0;      ///< of the newest event of the product or token
    std::optional<projections::StateId> state_id = std::nullopt;  ///< of the product
    std::shared_ptr<const AnswerFacts> facts = {};                ///< null: the answer has no body
};

/// An answer that was rendered before, as the outcome of a command.
inline Accepted accepted_before(WriteAnswer answer) {
    const bool is_new = answer.result == Result::created;
    return {.is_new = is_new,
            .version = answer.version,
            .position = answer.position,
            .state_id = answer.state_id,
            .facts = std::make_shared<const AnswerFacts>(std::move(answer))};
}

}  // namespace threatatlas::commands
