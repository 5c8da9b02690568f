#pragma once

/// @file
/// Differences of a product between two moments.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.hpp"
#include "projections/query/product_model.hpp"

namespace threatatlas::query {

/// A field with a changed value; values are in JSON. Long lists of ids are shortened, with the
/// number of ids left out.
struct FieldChange {
    std::string_view field;  ///< a string constant
    std::string from;
    std::string to;
    std::size_t from_beyond = 0;
    std::size_t to_beyond = 0;

    bool operator==(const FieldChange&) const = default;
};

/// A threat or mitigation with changed fields.
struct ObjectChange {
    std::uint64_t id = 0;  ///< id of the threat or mitigation
    std::string name;      ///< its name at the later moment
    std::vector<FieldChange> fields;
};

/// Ids are ascending. A threat that was added and removed in between is in none of the lists.
struct ObjectChanges {
    std::vector<std::uint64_t> added;
    std::vector<std::uint64_t> removed;
    std::vector<ObjectChange> changed;
};

/// Fields are in the order in which the objects show them, and include derived ones: a threat whose
/// mitigation became active has a change in `covered`. Times of change are not compared.
struct ModelChanges {
    std::vector<FieldChange> product;
    ObjectChanges threats;
    ObjectChanges mitigations;
};

inline constexpr std::size_t all_ids = static_cast<std::size_t>(-1);

/// Compares two models of a product. `before` is nullopt if the product did not exist yet; then
/// everything is added. Changed lists of ids are shortened to `ids_max` ids.
ModelChanges changes_between(const std::optional<ProductModel>& before, const ProductModel& after,
                             std::size_t ids_max = all_ids);

/// What has happened to the acceptances of a product, as they were at each of the two moments. They
/// are never removed, and only fields that follow from decisions, time, threats and mitigations
/// change.
struct AcceptanceChanges {
    struct Changed {
        AcceptanceId id = 0;
        std::vector<FieldChange> fields;
    };
    std::vector<AcceptanceId> added;
    std::vector<Changed> changed;

    bool empty() const { return added.empty() && changed.empty(); }
};
AcceptanceChanges acceptance_changes_between(base::Instant from,
                                             const std::optional<ProductModel>& before,
                                             base::Instant to, const ProductModel& after);

/// Writes the response body of …/diff: {"product_id", "from": {at, position, summary}, "to": {…},
/// "summary": {per count: to - from}, "product": {"changed": {field: {from, to}}}, "threats":
/// {"added": [threat…], "removed": […], "changed": [{id, name, fields: {field: {from, to}}}]},
/// "mitigations": {likewise}, "acceptances": {"added": [acceptance…], "changed": [{id, fields}]}}.
/// Position and summary are null if the product did not exist yet. "acceptances" is missing if
/// nothing about them differs. The acceptance_ids of threats are not compared.
void write_diff(base::JsonWriter& json, base::Instant from,
                const std::optional<ProductModel>& before, base::Instant to,
                const ProductModel& after);

}  // namespace threatatlas::query
