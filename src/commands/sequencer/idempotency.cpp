#include "commands/sequencer/idempotency.hpp"

#include "commands/refusal.hpp"
#include "events/limits.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "projections/row_codec.hpp"

namespace threatatlas {
namespace {

constexpr std::uint64_t result_count = 3;

bool is_old(Instant recorded_at, Instant now) {
    return recorded_at + limits::idempotency_kept < now;
}

}  // namespace

std::string encode(const KeptAnswer& kept) {
    RowWriter out;
    out.instant(kept.recorded_at)
        .text(kept.request_digest)
        .number(static_cast<std::uint64_t>(kept.accepted.result))
        .text(kept.accepted.body)
        .number(kept.accepted.version)
        .number(kept.accepted.position)
        .text(kept.accepted.location);
    if (kept.accepted.state_id) {
        out.bits(*kept.accepted.state_id);
    }
    return out.take();
}

KeptAnswer decode_kept_answer(std::string_view bytes) {
    RowReader in(bytes);
    KeptAnswer kept;
    kept.recorded_at = in.instant();
    kept.request_digest = in.text();
    kept.accepted.result = in.name<Result>(result_count);
    kept.accepted.body = in.text();
    kept.accepted.version = in.number();
    kept.accepted.position = in.number();
    kept.accepted.location = in.text();
    if (!in.at_end()) {
        kept.accepted.state_id = in.bits();
    }
    in.end();
    return kept;
}

std::string idempotency_row_key(TokenId token_id, std::string_view key) {
    std::string row_key = be64_key(token_id);
    row_key += key;
    return row_key;
}

std::optional<Accepted> repeated_answer(Overlay& overlay, const Command& command, Instant now) {
    if (command.idempotency_key.empty()) {
        return std::nullopt;
    }
    const auto row = overlay.raw(Table::idempotency,
                                 idempotency_row_key(command.token_id, command.idempotency_key));
    if (!row) {
        return std::nullopt;
    }
    KeptAnswer kept = decode_kept_answer(*row);
    if (is_old(kept.recorded_at, now)) {
        return std::nullopt;
    }
    if (kept.request_digest != command.request_digest) {
        throw Refusal(RefusalKind::conflict,
                      "This Idempotency-Key was used for another request: use a new one.",
                      {{FieldError::Where::header, "Idempotency-Key", "was used before"}});
    }
    return std::move(kept.accepted);
}

void keep_answer(Overlay& overlay, const Command& command, const Accepted& accepted, Instant now) {
    if (!command.idempotency_key.empty()) {
        overlay.put_raw(Table::idempotency,
                        idempotency_row_key(command.token_id, command.idempotency_key),
                        encode(KeptAnswer{now, command.request_digest, accepted}));
    }
}

void IdempotencySweeper::sweep(const Store& store, Instant now, std::size_t rows, RowBatch& batch) {
    const ReadView view(store);
    RowIterator answers = view.iterate(Table::idempotency, "looking for old answers");
    for (answers.seek(next_key_); rows > 0 && answers.valid(); answers.next(), --rows) {
        RowReader row(answers.value());
        if (is_old(row.instant(), now)) {
            batch.erase(Table::idempotency, answers.key());
        }
    }
    next_key_ = answers.valid() ? answers.key() : std::string_view();
}

}  // namespace threatatlas
