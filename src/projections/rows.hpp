#pragma once

// The bytes of the projections' rows and keys (docs/FORMATS.md). Encoding is canonical: equal
// values give equal bytes, which is what verification compares.

#include <string>
#include <string_view>

#include "projections/model.hpp"
#include "projections/row_codec.hpp"

namespace threatatlas {

// Changes whenever rows or the fold change: a store with another stamp is rebuilt from its log.
inline constexpr std::uint64_t projection_version = 3;

// `room` is a string that is not needed any more: its memory is used again.
std::string encode(const Product& product, std::string room = {});
std::string encode(const Threat& threat, std::string room = {});
std::string encode(const Mitigation& mitigation, std::string room = {});
std::string encode(const Exposure& exposure, std::string room = {});
std::string encode(const Element& element, std::string room = {});
std::string encode(const Token& token, std::string room = {});
std::string encode(const HistoryRow& row, std::string room = {});
std::string encode(const DetailsRow& row, std::string room = {});

// Each throws BadRow.
template <class Row>
Row decode(std::string_view bytes);
template <>
Product decode<Product>(std::string_view bytes);
template <>
Threat decode<Threat>(std::string_view bytes);
template <>
Mitigation decode<Mitigation>(std::string_view bytes);
template <>
Exposure decode<Exposure>(std::string_view bytes);
template <>
Element decode<Element>(std::string_view bytes);
template <>
Token decode<Token>(std::string_view bytes);
template <>
HistoryRow decode<HistoryRow>(std::string_view bytes);
template <>
DetailsRow decode<DetailsRow>(std::string_view bytes);

// Keys that are not just numbers (events/store/keys.hpp).
// Of the elements table: counters of an element, and exposures of threats.
inline constexpr char element_tag = 'E';
inline constexpr char threat_tag = 'T';
std::string element_key(ProductId product, const ElementKey& element);
std::string exposure_key(ProductId product, ThreatId threat);
// Of the coverage table: the prefix of all that name one threat or sit on one element, to which the
// mitigation's id is added.
std::string link_prefix(ProductId product, ThreatId threat);
std::string seat_prefix(ProductId product, const ElementKey& element);
// Of the external_ids table: the prefix of all products that have one external_id, to which the
// product's id is added.
std::string external_id_prefix(std::string_view external_id);

}  // namespace threatatlas
