#pragma once

// What changed in a product between two moments.

#include <string>
#include <vector>

#include "events/json_writer.hpp"
#include "projections/product_model.hpp"

namespace threatatlas {

// The body of …/diff: {"product_id", "from": {at, position, summary}, "to": {…}, "summary": {per
// count: to - from}, "product": {"changed": …}, "threats": {"added": [threat…], "removed": […],
// "changed": [{id, name, fields: {field: {from, to}}}]}, "mitigations": {likewise}}.
// `before` is nothing where the product did not exist yet: then everything is added.
void write_diff(JsonWriter& json, Instant from, const std::optional<ProductModel>& before,
                Instant to, const ProductModel& after);

}  // namespace threatatlas
