#pragma once

// What verification finds: one row of the store that is not what the log says.

#include <string>
#include <string_view>

#include "events/store/table.hpp"
#include "events/vocabulary.hpp"

namespace threatatlas {

struct Difference {
    Table table = Table::events;
    ProductId product = 0;  // 0 where the row belongs to none
    std::string key;        // of the row, its bytes
    Position position = 0;  // of the newest event that bears on the row; 0 where there is none
    std::string detail;     // what is wrong, a sentence without its full stop
};

// The product is taken from the key.
Difference difference_at(Table table, std::string_view key, Position position, std::string detail);

// The detail for a row whose bytes are not those that it should have.
std::string describe_bytes(std::string_view stored, std::string_view folded);

// A row's key for people: "product 1, threat 7"; in hexadecimal where it has not the form of a key
// of its table.
std::string describe_key(Table table, std::string_view key);

}  // namespace threatatlas
