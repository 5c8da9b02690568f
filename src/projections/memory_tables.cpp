#include "projections/memory_tables.hpp"

#include <cassert>

#include "projections/rows.hpp"

namespace threatatlas::projections {

const Product* MemoryTables::product(ProductId product) {
    const ProductRows* rows = rows_of(product);
    return rows == nullptr ? nullptr : &rows->product;
}
const Threat* MemoryTables::threat(ProductId product, ThreatId threat) {
    const ProductRows* rows = rows_of(product);
    return rows == nullptr ? nullptr : rows->threats.find(threat);
}
const Mitigation* MemoryTables::mitigation(ProductId product, MitigationId mitigation) {
    const ProductRows* rows = rows_of(product);
    return rows == nullptr ? nullptr : rows->mitigations.find(mitigation);
}
const Acceptance* MemoryTables::acceptance(ProductId product, AcceptanceId acceptance) {
    const ProductRows* rows = rows_of(product);
    if (rows == nullptr) {
        return nullptr;
    }
    const auto found = rows->acceptances.find(acceptance);
    return found == rows->acceptances.end() ? nullptr : &found->second;
}
const Check* MemoryTables::check(ProductId product, CheckId check) {
    const ProductRows* rows = rows_of(product);
    if (rows == nullptr) {
        return nullptr;
    }
    const auto found = rows->checks.find(check);
    return found == rows->checks.end() ? nullptr : &found->second;
}
const Exposure* MemoryTables::exposure(ProductId product, ThreatId threat) {
    const ProductRows* rows = rows_of(product);
    return rows == nullptr ? nullptr : rows->exposures.find(threat);
}
const Element* MemoryTables::element(ProductId product, const ElementKey& element) {
    const ProductRows* rows = rows_of(product);
    if (rows == nullptr) {
        return nullptr;
    }
    const auto found = rows->elements.find(element);
    return found == rows->elements.end() ? nullptr : &found->second;
}
const Token* MemoryTables::token(TokenId token) {
    const auto found = tokens_.find(token);
    return found == tokens_.end() ? nullptr : &found->second;
}
const PolicyVersion* MemoryTables::policy(const std::string& name) {
    const auto found = policies_.find(name);
    return found == policies_.end() ? nullptr : &found->second;
}

Product& MemoryTables::edit_product(ProductId product) {
    auto& rows = products_.edit(product);
    if (!rows) {
        rows = std::make_unique<ProductRows>();
    }
    return rows->product;
}
Threat& MemoryTables::edit_threat(ProductId product, ThreatId threat) {
    return require(product).threats.edit(threat);
}
Mitigation& MemoryTables::edit_mitigation(ProductId product, MitigationId mitigation) {
    return require(product).mitigations.edit(mitigation);
}
Acceptance& MemoryTables::edit_acceptance(ProductId product, AcceptanceId acceptance) {
    return require(product).acceptances[acceptance];
}
Check& MemoryTables::edit_check(ProductId product, CheckId check) {
    return require(product).checks[check];
}
Exposure& MemoryTables::edit_exposure(ProductId product, ThreatId threat) {
    return require(product).exposures.edit(threat);
}
Element& MemoryTables::edit_element(ProductId product, const ElementKey& element) {
    return require(product).elements[element];
}
Token& MemoryTables::edit_token(TokenId token) {
    return tokens_[token];
}
PolicyVersion& MemoryTables::edit_policy(const std::string& name) {
    return policies_[name];
}

void MemoryTables::put_seen(ProductId product, const SeenKey& key, std::string_view digests) {
    auto& imports = require(product).imports;
    if (digests.empty()) {
        imports.erase(seen_key(product, key));
    } else {
        imports.insert_or_assign(seen_key(product, key), digests);
    }
}

void MemoryTables::put_history(ProductId product, base::Instant time, const HistoryRow& row) {
    if (sinks_.history) {
        sinks_.history(product, time, row);
    }
}
void MemoryTables::put_details(ProductId product, base::Instant time, const DetailsRow& row) {
    if (sinks_.details) {
        sinks_.details(product, time, row);
    }
}
void MemoryTables::put_policy_version(std::string_view name, base::Instant time,
                                      const PolicyVersion& row) {
    policy_versions_.insert_or_assign(policy_prefix(name) + store::be64_key(store::micros_of(time)),
                                      encode(row));
}

namespace {

constexpr std::size_t cache_line_bytes = 64;

// Prefetch distances in events: first the product, through which its threats and mitigations are
// then found.
constexpr std::size_t product_ahead = 16;
constexpr std::size_t object_ahead = 8;

void fetch(const void* begin, std::size_t bytes) {
    const auto* const first = static_cast<const char*>(begin);
    for (std::size_t offset = 0; offset < bytes; offset += cache_line_bytes) {
        __builtin_prefetch(first + offset);
    }
}

template <class Row>
void fetch_row(const IdRows<Row>& rows, std::uint64_t id) {
    if (const Row* row = rows.find(id)) {
        fetch(row, sizeof *row);
    }
}

}  // namespace

void MemoryTables::expect(const events::PrefetchingReader& events) const {
    if (const events::Event* event = events.ahead(product_ahead)) {
        fetch_product(*event);
    }
    if (const events::Event* event = events.ahead(object_ahead)) {
        fetch_object(*event);
    }
}

void MemoryTables::fetch_product(const events::Event& event) const {
    if (const ProductRows* rows = rows_of(event.product_id)) {
        fetch(rows, sizeof *rows);
    }
}

void MemoryTables::fetch_object(const events::Event& event) const {
    if (const ProductRows* rows = rows_of(event.product_id)) {
        fetch_row(rows->threats, events::threat_of(event));
        fetch_row(rows->exposures, events::threat_of(event));
        fetch_row(rows->mitigations, events::mitigation_of(event));
    }
}

void MemoryTables::clear() {
    products_ = {};
    tokens_.clear();
    policies_.clear();
    policy_versions_.clear();
    uncounted_coverage() = {};
}

const MemoryTables::ProductRows* MemoryTables::find(ProductId product) const {
    return rows_of(product);
}

std::vector<std::pair<ProductId, const MemoryTables::ProductRows*>> MemoryTables::products() const {
    std::vector<std::pair<ProductId, const ProductRows*>> all;
    products_.for_each([&all](ProductId id, const std::unique_ptr<ProductRows>& rows) {
        if (rows) {
            all.emplace_back(id, rows.get());
        }
        return true;
    });
    return all;
}

MemoryTables::ProductRows* MemoryTables::rows_of(ProductId product) const {
    const auto* const rows = products_.find(product);
    return rows == nullptr ? nullptr : rows->get();
}

MemoryTables::ProductRows& MemoryTables::require(ProductId product) {
    ProductRows* const rows = rows_of(product);
    assert(rows != nullptr);
    return *rows;
}

}  // namespace threatatlas::projections
