#include "commands/sequencer/token_use_keeper.hpp"

#include "events/store/keys.hpp"

namespace threatatlas::sequencer {

void TokenUseKeeper::keep_if_due() {
    if (Clock::now() - kept_at_ >= every) {
        keep();
    }
}

void TokenUseKeeper::keep() {
    kept_at_ = Clock::now();
    store::RowBatch batch(store_);
    for (const auto& [id, used_at] : access_.take_uses()) {
        batch.put(store::Table::token_use, store::be64_key(id),
                  store::be64_key(store::micros_of(used_at)));
    }
    if (!batch.empty()) {
        store_.write_unsynced(batch);
    }
}

}  // namespace threatatlas::sequencer
