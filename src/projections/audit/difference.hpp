#pragma once

/// @file
/// The result of a failed verification: a stored row that does not match the log.

#include <string>
#include <string_view>

#include "events/store/table.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas::audit {

/// A row that differs from the log, is missing, or should not exist.
struct Difference {
    store::Table table = store::Table::events;
    ProductId product = 0;  ///< 0 if the row belongs to no product
    std::string key;        ///< bytes of the row's key
    Position position = 0;  ///< the newest event that affects the row; 0 if there is none
    std::string detail;     ///< the fault, as a sentence without full stop
};

/// Makes a Difference; the product is taken from `key`.
Difference difference_at(store::Table table, std::string_view key, Position position,
                         std::string detail);

/// The detail text for a row with wrong bytes.
std::string describe_bytes(std::string_view stored, std::string_view folded);

/// A readable form of a row's key, such as "product 1, threat 7"; hexadecimal if the key is
/// malformed for its table.
std::string describe_key(store::Table table, std::string_view key);

}  // namespace threatatlas::audit
