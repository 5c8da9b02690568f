#pragma once

/// @file
/// The first response to a request with an Idempotency-Key. It is stored in the same batch as the
/// events, so that a repeated request gets the same bytes even after a crash.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "commands/accepted.hpp"
#include "commands/command.hpp"
#include "events/store/store.hpp"

namespace threatatlas::sequencer {

/// A row of the idempotency table.
struct KeptAnswer {
    base::Instant recorded_at{};
    std::string request_digest;
    commands::WriteAnswer answer;

    bool operator==(const KeptAnswer&) const = default;
};

std::string encode(const KeptAnswer& kept);
/// Throws BadRow.
KeptAnswer decode_kept_answer(std::string_view bytes);

/// The row key in the idempotency table. Different tokens never share a row key.
std::string idempotency_row_key(TokenId token_id, std::string_view key);

/// The responses to repeated requests: stored ones, and the facts of commands that were decided but
/// are not in the store yet. For use by one thread.
class FirstAnswers {
  public:
    /// `store` must outlive this object.
    explicit FirstAnswers(const store::Store& store) : store_(store) {}

    /// Returns the outcome to repeat if the command has a key that was used within
    /// limits::idempotency_kept before `now`. Throws Refusal (conflict) if the key was used for
    /// another request, and StorageError.
    std::optional<commands::Accepted> find(const commands::Command& command,
                                           base::Instant now) const;

    /// Call when a command with a key was accepted into the group that is being decided.
    void add(const commands::Command& command, const commands::Accepted& accepted,
             base::Instant now);

    /// Call when the group is put in flight and the next one begins. The previous in-flight group
    /// must have been committed.
    void submit();
    /// Call when the rows of the in-flight group are in the store.
    void commit() { in_flight_.clear(); }
    /// Discards all groups.
    void clear();

  private:
    struct Entry {
        base::Instant recorded_at{};
        std::string request_digest;
        commands::Accepted accepted;
    };
    std::optional<Entry> entry(const std::string& row_key) const;

    const store::Store& store_;
    std::unordered_map<std::string, Entry> group_;
    std::unordered_map<std::string, Entry> in_flight_;
};

/// Removes expired responses, a few rows per call, cycling through the table.
class IdempotencySweeper {
  public:
    /// Examines up to `rows` rows and adds removals to the batch.
    void sweep(const store::Store& store, base::Instant now, std::size_t rows,
               store::RowBatch& batch);

  private:
    std::string next_key_;
};

}  // namespace threatatlas::sequencer
