#include "commands/sequencer/idempotency.hpp"

#include "commands/refusal.hpp"
#include "events/limits.hpp"
#include "events/store/keys.hpp"
#include "events/store/read_view.hpp"
#include "projections/row_codec.hpp"

namespace threatatlas::sequencer {
namespace {

constexpr std::uint64_t result_count = 3;

bool is_old(base::Instant recorded_at, base::Instant now) {
    return recorded_at + events::limits::idempotency_kept < now;
}

}  // namespace

std::string encode(const KeptAnswer& kept) {
    projections::RowWriter out;
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
    projections::RowReader in(bytes);
    KeptAnswer kept;
    kept.recorded_at = in.instant();
    kept.request_digest = in.text();
    kept.answer.result = in.name<commands::Result>(result_count);
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
    std::string row_key = store::be64_key(token_id);
    row_key += key;
    return row_key;
}

std::optional<commands::Accepted> FirstAnswers::find(const commands::Command& command,
                                                     base::Instant now) const {
    if (command.idempotency_key.empty()) {
        return std::nullopt;
    }
    auto found = entry(idempotency_row_key(command.token_id, command.idempotency_key));
    if (!found || is_old(found->recorded_at, now)) {
        return std::nullopt;
    }
    if (found->request_digest != command.request_digest) {
        throw commands::Refusal(
            commands::RefusalKind::conflict,
            "This Idempotency-Key was used for another request: use a new one.",
            {{commands::FieldError::Where::header, "Idempotency-Key", "was used before"}});
    }
    return std::move(found->accepted);
}

/// The newest entry: from the current group, the in-flight group or the store.
std::optional<FirstAnswers::Entry> FirstAnswers::entry(const std::string& row_key) const {
    for (const auto* entries : {&group_, &in_flight_}) {
        if (const auto found = entries->find(row_key); found != entries->end()) {
            return found->second;
        }
    }
    const auto row = store_.get(store::Table::idempotency, row_key);
    if (!row) {
        return std::nullopt;
    }
    KeptAnswer kept = decode_kept_answer(*row);
    return Entry{kept.recorded_at, std::move(kept.request_digest),
                 commands::accepted_before(std::move(kept.answer))};
}

void FirstAnswers::add(const commands::Command& command, const commands::Accepted& accepted,
                       base::Instant now) {
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

void IdempotencySweeper::sweep(const store::Store& store, base::Instant now, std::size_t rows,
                               store::RowBatch& batch) {
    const store::ReadView view(store);
    store::RowIterator answers = view.iterate(store::Table::idempotency, "looking for old answers");
    for (answers.seek(next_key_); rows > 0 && answers.valid(); answers.next(), --rows) {
        projections::RowReader row(answers.value());
        if (is_old(row.instant(), now)) {
            batch.erase(store::Table::idempotency, answers.key());
        }
    }
    next_key_ = answers.valid() ? answers.key() : std::string_view();
}

}  // namespace threatatlas::sequencer
