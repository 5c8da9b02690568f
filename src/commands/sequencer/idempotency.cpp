#include "commands/sequencer/idempotency.hpp"

#include "commands/refusal.hpp"
#include "events/limits.hpp"
#include "events/store/keys.hpp"
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
        .number(static_cast<std::uint64_t>(kept.answer.result))
        .text(kept.answer.body)
        .number(kept.answer.version)
        .number(kept.answer.position)
        .text(kept.answer.location);
    if (kept.answer.state_id) {
        out.bits(*kept.answer.state_id);
    }
    return out.take();
}

KeptAnswer decode_kept_answer(std::string_view bytes) {
    RowReader in(bytes);
    KeptAnswer kept;
    kept.recorded_at = in.instant();
    kept.request_digest = in.text();
    kept.answer.result = in.name<Result>(result_count);
    kept.answer.body = in.text();
    kept.answer.version = in.number();
    kept.answer.position = in.number();
    kept.answer.location = in.text();
    if (!in.at_end()) {
        kept.answer.state_id = in.bits();
    }
    in.end();
    return kept;
}

std::string idempotency_row_key(TokenId token_id, std::string_view key) {
    std::string row_key = be64_key(token_id);
    row_key += key;
    return row_key;
}

std::optional<Accepted> FirstAnswers::find(const Command& command, Instant now) const {
    if (command.idempotency_key.empty()) {
        return std::nullopt;
    }
    auto found = entry(idempotency_row_key(command.token_id, command.idempotency_key));
    if (!found || is_old(found->recorded_at, now)) {
        return std::nullopt;
    }
    if (found->request_digest != command.request_digest) {
        throw Refusal(RefusalKind::conflict,
                      "This Idempotency-Key was used for another request: use a new one.",
                      {{FieldError::Where::header, "Idempotency-Key", "was used before"}});
    }
    return std::move(found->accepted);
}

/// The newest entry: of the group, of the group in flight, or of the store.
std::optional<FirstAnswers::Entry> FirstAnswers::entry(const std::string& row_key) const {
    for (const auto* entries : {&group_, &in_flight_}) {
        if (const auto found = entries->find(row_key); found != entries->end()) {
            return found->second;
        }
    }
    const auto row = store_.get(Table::idempotency, row_key);
    if (!row) {
        return std::nullopt;
    }
    KeptAnswer kept = decode_kept_answer(*row);
    return Entry{kept.recorded_at, std::move(kept.request_digest),
                 accepted_before(std::move(kept.answer))};
}

void FirstAnswers::add(const Command& command, const Accepted& accepted, Instant now) {
    group_.insert_or_assign(idempotency_row_key(command.token_id, command.idempotency_key),
                            Entry{now, command.request_digest, accepted});
}

void FirstAnswers::submit() {
    in_flight_ = std::move(group_);
    group_.clear();
}

void FirstAnswers::clear() {
    group_.clear();
    in_flight_.clear();
}

void IdempotencySweeper::sweep(const Store& store, Instant now, std::size_t rows,
                               rocksdb::WriteBatch& batch) {
    const ReadView view(store);
    const auto iterator = view.iterate(Table::idempotency);
    for (iterator->Seek(next_key_); rows > 0 && iterator->Valid(); iterator->Next(), --rows) {
        RowReader row(iterator->value().ToStringView());
        if (is_old(row.instant(), now)) {
            require_ok(batch.Delete(store.handle(Table::idempotency), iterator->key()),
                       "removing an old answer");
        }
    }
    require_read(iterator->status(), "looking for old answers");
    next_key_ = iterator->Valid() ? iterator->key().ToString() : std::string();
}

}  // namespace threatatlas
