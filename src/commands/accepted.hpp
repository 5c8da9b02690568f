#pragma once

/// @file
/// The result of an accepted command. The deciding thread copies it from the state right after the
/// command; the answering thread renders it (write_answer.hpp).

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include "commands/write_answer.hpp"
#include "projections/query/acceptances.hpp"
#include "projections/query/checks.hpp"
#include "projections/query/history.hpp"
#include "projections/query/object_views.hpp"
#include "projections/query/policies.hpp"

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
struct AcceptanceFacts {
    ProductId product_id = 0;
    query::AcceptanceView view;
};
struct CheckFacts {
    CheckId id = 0;
    std::shared_ptr<const query::JudgedCheck> judged;
    base::Instant recorded_at{};
};
struct PolicyFacts {
    query::PolicyView view;
};
struct TokenFacts {
    TokenId id = 0;
    projections::Token token;
    std::string secret;  ///< contained only in this response; never stored
};
/// The events of a bulk write.
struct AppendedFacts {
    std::size_t count = 0;
    Position last_position = 0;  ///< meaningless if `count` is 0
};

/// The events of an import.
struct ImportFacts {
    std::shared_ptr<const std::string> plan;  ///< see Command::plan
    AppendedFacts appended;
};

/// WriteAnswer is a response that was rendered before, for a repeated Idempotency-Key.
using AnswerFacts =
    std::variant<ProductFacts, ThreatFacts, MitigationFacts, AcceptanceFacts, CheckFacts,
                 PolicyFacts, TokenFacts, AppendedFacts, ImportFacts, WriteAnswer>;

/// An accepted write. Cheap to copy: copies share the immutable facts.
struct Accepted {
    bool is_new = false;        ///< the object was created: status 201 with Location
    std::uint64_t version = 0;  ///< of the product; 0: the write does not concern a product
    Position position = 0;      ///< of the newest event of the product or token
    std::optional<projections::StateId> state_id = std::nullopt;  ///< of the product
    std::shared_ptr<const AnswerFacts> facts = {};  ///< null: the response has no body
};

/// Converts a response that was rendered before to the outcome of a command.
inline Accepted accepted_before(WriteAnswer answer) {
    const bool is_new = answer.result == Result::created;
    return {.is_new = is_new,
            .version = answer.version,
            .position = answer.position,
            .state_id = answer.state_id,
            .facts = std::make_shared<const AnswerFacts>(std::move(answer))};
}

}  // namespace threatatlas::commands
