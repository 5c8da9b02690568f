#include "projections/query/import_state.hpp"

#include "base/work_watch.hpp"
#include "events/store/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

// `key` is that of a row of the imports table.
void add_seen(std::vector<SeenObject>& seen, std::string_view key, std::string_view digests) {
    base::note_row_of_work();
    const auto parts = projections::read_seen_key(key.substr(store::be64_bytes));
    if (!parts) {
        throw projections::BadRow("malformed key of an import");
    }
    seen.push_back({std::string(parts->source), parts->is_threat, parts->id, std::string(digests)});
}

ImportState state_of(ProductModel model, const projections::Product& product) {
    return {.model = std::move(model),
            .last_threat_id = product.last_threat_id,
            .last_mitigation_id = product.last_mitigation_id,
            .seen = {}};
}

}  // namespace

std::optional<ImportState> import_state_now(const store::ReadView& view, ProductId product,
                                            base::Instant now) {
    const auto row = view.get(store::Table::products, store::be64_key(product));
    if (!row) {
        return std::nullopt;
    }
    ImportState state = state_of(product_model_at(view, product, std::nullopt, now).value(),
                                 projections::decode<projections::Product>(*row));
    const std::string prefix = store::be64_key(product);
    view.scan(store::Table::imports, prefix, prefix,
              [&state](std::string_view key, std::string_view digests) {
                  add_seen(state.seen, key, digests);
                  return true;
              });
    return state;
}

std::optional<ImportState> import_state_of(const projections::MemoryTables& tables,
                                           ProductId product, base::Instant instant) {
    const auto* const rows = tables.find(product);
    if (rows == nullptr) {
        return std::nullopt;
    }
    ImportState state = state_of(product_model_of(tables, product, instant).value(), rows->product);
    for (const auto& [key, digests] : rows->imports) {
        add_seen(state.seen, key, digests);
    }
    return state;
}

}  // namespace threatatlas::query
