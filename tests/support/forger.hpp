#pragma once

// Simulates an attacker with disk access who rewrites a log, and optionally the data that protects
// it.

#include <filesystem>
#include <vector>

#include "events/event_line.hpp"
#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/log_sealer.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas::testing {

class Forger {
  public:
    // `data` must not be open in a server.
    explicit Forger(const std::filesystem::path& data) : store_(store::Store::open(data, {})) {
        const store::ReadView view(*store_);
        events::LogCursor cursor(view);
        events::LineReader reader;
        while (cursor.next()) {
            events.push_back(reader.read(cursor.line()));
        }
    }

    // The events to write; write_lines() renumbers their positions.
    std::vector<events::Event> events;

    // Writes the lines and rebuilds all projections from them.
    void write_lines() {
        store_->clear(store::Table::events);
        store::RowBatch batch(*store_);
        tree_ = events::LogTree();
        for (Position position = 1; position <= events.size(); ++position) {
            events::Event& event = events[position - 1];
            event.position = position;
            std::string line;
            events::append_line(line, event);
            batch.put(store::Table::events, store::be64_key(position), line);
            tree_.append(tlog::leaf_digest(line));
        }
        store_->write(batch);
        audit::rebuild_projections(*store_);
    }

    // The next three forge more than the lines. Call each at most once, after write_lines().
    void write_mark() const {
        store::HighWaterMarkFile file(store_->data());
        file.set({events.size(), file.get().answered_until, tree_.root()});
    }
    void write_tiles() {
        store_->clear(store::Table::tiles);
        store::RowBatch batch(*store_);
        for (const store::LogAppend::Row& row : tree_.take_changed_rows()) {
            batch.put(row.table, row.key, row.value);
        }
        store_->write(batch);
    }
    void sign(const tlog::NoteSigner& signer) const {
        const std::string text =
            tlog::checkpoint_text({signer.name(), events.size(), tree_.root()});
        store::RowBatch batch(*store_);
        batch.put(store::Table::meta, events::checkpoint_key,
                  tlog::format_note({text, {signer.sign(text)}}));
        store_->write(batch);
    }
    // Removes the tree and the checkpoint, as if the log had never been signed.
    void forget_checkpoint() const {
        store::RowBatch batch(*store_);
        batch.erase(store::Table::meta, events::checkpoint_key);
        store_->write(batch);
        store_->clear(store::Table::tiles);
    }

    events::SealedLog checkpoint() const {
        return events::stored_checkpoint(store::ReadView(*store_)).value();
    }

  private:
    const std::unique_ptr<store::Store> store_;
    events::LogTree tree_;
};

}  // namespace threatatlas::testing
