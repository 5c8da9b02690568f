#pragma once

// What changed in a product between two moments.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas {

// One field whose value is another one; the values as they stand in JSON. Of a long list of ids the
// first ones, and how many there are beyond them.
struct FieldChange {
    std::string_view field;  // a constant
    std::string from;
    std::string to;
    std::size_t from_beyond = 0;
    std::size_t to_beyond = 0;

    bool operator==(const FieldChange&) const = default;
};

struct ObjectChange {
    std::uint64_t id = 0;  // of the threat or mitigation
    std::string name;      // afterwards
    std::vector<FieldChange> fields;
};

// Ids ascending. A threat that was added and removed in between is in none of the lists.
struct ObjectChanges {
    std::vector<std::uint64_t> added;
    std::vector<std::uint64_t> removed;
    std::vector<ObjectChange> changed;
};

// Fields in the order in which the objects show them, those that follow from others too: a threat
// whose mitigation became active has changed in `covered`. Times of change are not compared.
struct ModelChanges {
    std::vector<FieldChange> product;
    ObjectChanges threats;
    ObjectChanges mitigations;
};

inline constexpr std::size_t all_ids = static_cast<std::size_t>(-1);

// `before` is nothing where the product did not exist yet: then everything is added. So many ids of
// a list that changed are kept.
ModelChanges changes_between(const std::optional<ProductModel>& before, const ProductModel& after,
                             std::size_t ids_max = all_ids);

// The body of …/diff: {"product_id", "from": {at, position, summary}, "to": {…}, "summary": {per
// count: to - from}, "product": {"changed": {field: {from, to}}}, "threats": {"added": [threat…],
// "removed": […], "changed": [{id, name, fields: {field: {from, to}}}]}, "mitigations":
// {likewise}}. Position and summary are null where the product did not exist yet.
void write_diff(JsonWriter& json, Instant from, const std::optional<ProductModel>& before,
                Instant to, const ProductModel& after);

}  // namespace threatatlas
