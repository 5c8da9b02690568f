#pragma once

// What changed in a product between two moments.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/json_writer.hpp"
#include "projections/product_model.hpp"

namespace threatatlas {

// One field whose value is another one; the values as they stand in JSON.
struct FieldChange {
    std::string_view field;  // a constant
    std::string from;
    std::string to;

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

// `before` is nothing where the product did not exist yet: then everything is added.
ModelChanges changes_between(const std::optional<ProductModel>& before, const ProductModel& after);

// The body of …/diff: {"product_id", "from": {at, position, summary}, "to": {…}, "summary": {per
// count: to - from}, "product": {"changed": {field: {from, to}}}, "threats": {"added": [threat…],
// "removed": […], "changed": [{id, name, fields: {field: {from, to}}}]}, "mitigations":
// {likewise}}. Position and summary are null where the product did not exist yet.
void write_diff(JsonWriter& json, Instant from, const std::optional<ProductModel>& before,
                Instant to, const ProductModel& after);

}  // namespace threatatlas
