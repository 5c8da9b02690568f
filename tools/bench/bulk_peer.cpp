#include "bulk_peer.hpp"

#include "events/event_log.hpp"
#include "events/store/keys.hpp"
#include "local_writer.hpp"

namespace threatatlas::bench {

namespace fs = std::filesystem;

// Everything in the store about a product whose events, except its registration, follow position
// `before`: lines, and rows of every table.
BulkPeer::Batch BulkPeer::batch_of(const store::Store& store, ProductId product, Position before,
                                   std::size_t events) {
    const store::ReadView view(store);
    Batch batch;
    events::scan_lines(view, before + 1, [&](Position position, std::string_view line) {
        batch.push_back({store::Table::events, store::be64_key(position), std::string(line)});
        return position < before + events;
    });
    const std::string prefix = store::be64_key(product);
    for (const store::Table table : store::projection_tables()) {
        if (table == store::Table::tokens) {
            continue;
        }
        view.scan(table, prefix, prefix, [&](std::string_view key, std::string_view value) {
            batch.push_back({table, std::string(key), std::string(value)});
            return true;
        });
    }
    return batch;
}

BulkPeer::BulkPeer(const fs::path& scratch, const std::vector<BulkBody>& bodies) : bodies_(bodies) {
    for (const BulkBody& body : bodies) {
        events_ += body.items;
    }
    take_batches(scratch);
    fs::remove_all(scratch);
}

void BulkPeer::take_batches(const fs::path& scratch) {
    LocalWriter writer(scratch, 2 * bodies_.size());
    Position before = 2 * bodies_.size();  // the registrations
    for (ProductId product = 1; product <= 2 * bodies_.size(); ++product) {
        const BulkBody& body = bodies_[(product - 1) % bodies_.size()];
        writer.write(product, body.ndjson);
        batches_.push_back(batch_of(writer.store(), product, before, body.items));
        before += body.items;
    }
}

Cost BulkPeer::run_ours(const fs::path& data) const {
    Cost cost;
    {
        LocalWriter writer(data, 2 * bodies_.size());
        const auto write_all = [&](ProductId first) {
            for (std::size_t i = 0; i < bodies_.size(); ++i) {
                writer.write(first + i, bodies_[i].ndjson);
            }
        };
        write_all(1);
        cost = cost_of([&] { write_all(1 + bodies_.size()); });
    }
    fs::remove_all(data);
    return cost;
}

Cost BulkPeer::run_raw(const fs::path& data) {
    Cost cost;
    {
        const auto store = store::Store::open(data, {.create = true});
        std::vector<store::RowBatch> batches;
        for (const Batch& rows : batches_) {
            store::RowBatch& batch = batches.emplace_back(*store);
            for (const Row& row : rows) {
                batch.put(row.table, row.key, row.value);
            }
        }
        const auto write_all = [&](std::size_t first) {
            for (std::size_t i = first; i < first + bodies_.size(); ++i) {
                store->write(batches[i]);
            }
        };
        write_all(0);
        cost = cost_of([&] { write_all(bodies_.size()); });
    }
    fs::remove_all(data);
    return cost;
}

std::uint64_t BulkPeer::body_bytes() const {
    std::uint64_t bytes = 0;
    for (const BulkBody& body : bodies_) {
        bytes += body.ndjson.size();
    }
    return bytes;
}

double BulkPeer::rows_per_event() const {
    std::uint64_t rows = 0;
    for (const Batch& batch : batches_) {
        rows += batch.size();
    }
    return static_cast<double>(rows) / static_cast<double>(2 * events_);
}

}  // namespace threatatlas::bench
