#include "projections/memory_tables.hpp"

#include "events/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas {
namespace {

template <class Map, class Key>
const typename Map::mapped_type* find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

void set_presence(std::unordered_set<std::string>& keys, std::string key, bool present) {
    if (present) {
        keys.insert(std::move(key));
    } else {
        keys.erase(key);
    }
}

}  // namespace

const Product* MemoryTables::product(ProductId product) {
    return products_.find(product);
}
const Threat* MemoryTables::threat(ProductId product, ThreatId threat) {
    return threats_.find({product, threat});
}
const Mitigation* MemoryTables::mitigation(ProductId product, MitigationId mitigation) {
    return mitigations_.find({product, mitigation});
}
const Element* MemoryTables::element(ProductId product, const ElementName& name) {
    return elements_.find(element_key(product, name));
}
const Token* MemoryTables::token(TokenId token) {
    return find(tokens_, token);
}

Product& MemoryTables::edit_product(ProductId product) {
    return products_.edit(product);
}
Threat& MemoryTables::edit_threat(ProductId product, ThreatId threat) {
    return threats_.edit({product, threat});
}
Mitigation& MemoryTables::edit_mitigation(ProductId product, MitigationId mitigation) {
    return mitigations_.edit({product, mitigation});
}
Element& MemoryTables::edit_element(ProductId product, const ElementName& name) {
    return elements_.edit(element_key(product, name));
}
Token& MemoryTables::edit_token(TokenId token) {
    return tokens_[token];
}

void MemoryTables::set_link(ProductId product, ThreatId threat, MitigationId mitigation,
                            bool present) {
    set_presence(coverage_, link_prefix(product, threat) + be64_key(mitigation), present);
}
void MemoryTables::set_seat(ProductId product, const ElementName& name, MitigationId mitigation,
                            bool present) {
    set_presence(coverage_, seat_prefix(product, name) + be64_key(mitigation), present);
}
void MemoryTables::put_history(ProductId product, Instant time, const HistoryRow& row) {
    if (sinks_.history) {
        sinks_.history(product, time, row);
    }
}
void MemoryTables::put_details(ProductId product, Instant time, const DetailsRow& row) {
    if (sinks_.details) {
        sinks_.details(product, time, row);
    }
}

}  // namespace threatatlas
