#pragma once

// The first answer to a request that carried an Idempotency-Key, kept with the events in the same
// batch, so that a repetition gets the same bytes, also after a crash.

#include <optional>
#include <string>
#include <string_view>

#include "commands/command.hpp"
#include "projections/overlay.hpp"

namespace threatatlas {

struct KeptAnswer {
    Instant recorded_at{};
    std::string request_digest;
    Accepted accepted;

    bool operator==(const KeptAnswer&) const = default;
};

std::string encode(const KeptAnswer& kept);
// Throws BadRow.
KeptAnswer decode_kept_answer(std::string_view bytes);

// Row key in the idempotency table: keys of different tokens never meet.
std::string idempotency_row_key(TokenId token_id, std::string_view key);

// The answer to repeat, if the command's key was used within limits::idempotency_kept. Throws
// Refusal (conflict) where it was used for another request.
std::optional<Accepted> repeated_answer(Overlay& overlay, const Command& command, Instant now);

// Keeps the answer in the overlay's open transaction.
void keep_answer(Overlay& overlay, const Command& command, const Accepted& accepted, Instant now);

// Removes answers that are old enough, a few rows at each call, going round the whole table.
class IdempotencySweeper {
  public:
    // Looks at up to `rows` rows and adds removals to the batch.
    void sweep(const Store& store, Instant now, std::size_t rows, RowBatch& batch);

  private:
    std::string next_key_;
};

}  // namespace threatatlas
