#include "commands/sequencer/token_use_keeper.hpp"

#include "events/store/keys.hpp"

namespace threatatlas {

void TokenUseKeeper::keep_if_due() {
    if (Clock::now() - kept_at_ >= every) {
        keep();
    }
}

void TokenUseKeeper::keep() {
    kept_at_ = Clock::now();
    RowBatch batch(store_);
    for (const auto& [id, used_at] : access_.take_uses()) {
        batch.put(Table::token_use, be64_key(id), be64_key(micros_of(used_at)));
    }
    if (!batch.empty()) {
        store_.write_unsynced(batch);
    }
}

}  // namespace threatatlas
