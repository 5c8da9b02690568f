#pragma once

// Somebody with access to the disk who rewrites a log, as thoroughly as is wanted.

#include <filesystem>
#include <vector>

#include "events/event_line.hpp"
#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/log_sealer.hpp"
#include "events/store/high_water_mark.hpp"
#include "projections/audit/rebuild.hpp"

namespace threatatlas {

class Forger {
  public:
    // Of a directory that no server has open.
    explicit Forger(const std::filesystem::path& data) : store_(Store::open(data, {})) {
        const ReadView view(*store_);
        LogCursor cursor(view);
        LineReader reader;
        while (cursor.next()) {
            events.push_back(reader.read(cursor.line()));
        }
    }

    // The log as it is to be; positions are closed up when it is written.
    std::vector<Event> events;

    // The lines, and every projection to fit.
    void write_lines() {
        store_->clear(Table::events);
        rocksdb::WriteBatch batch;
        tree_ = LogTree();
        for (Position position = 1; position <= events.size(); ++position) {
            Event& event = events[position - 1];
            event.position = position;
            std::string line;
            append_line(line, event);
            append_event(batch, *store_, position, line);
            tree_.append(leaf_digest(line));
        }
        store_->write(batch);
        rebuild_projections(*store_);
    }

    // The next three go further, after the lines. Each is to be called once.
    void write_mark() const {
        HighWaterMarkFile file(store_->data());
        file.set({events.size(), file.get().answered_until, tree_.root()});
    }
    void write_tiles() {
        store_->clear(Table::tiles);
        rocksdb::WriteBatch batch;
        tree_.write_to(batch, *store_);
        store_->write(batch);
    }
    void sign(const NoteSigner& signer) const {
        const std::string text = checkpoint_text({signer.name(), events.size(), tree_.root()});
        rocksdb::WriteBatch batch;
        batch.Put(store_->handle(Table::meta), checkpoint_key,
                  format_note({text, {signer.sign(text)}}));
        store_->write(batch);
    }
    // As if the log had never been signed.
    void forget_checkpoint() const {
        rocksdb::WriteBatch batch;
        batch.Delete(store_->handle(Table::meta), checkpoint_key);
        store_->write(batch);
        store_->clear(Table::tiles);
    }

    SealedLog checkpoint() const { return stored_checkpoint(ReadView(*store_)).value(); }

  private:
    const std::unique_ptr<Store> store_;
    LogTree tree_;
};

}  // namespace threatatlas
