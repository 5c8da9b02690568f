#pragma once

/// @file
/// The encoding of the projections' rows and keys (docs/FORMATS.md). It is canonical: equal values
/// give equal bytes, which verification relies on.

#include <optional>
#include <string>
#include <string_view>

#include "projections/model.hpp"
#include "projections/row_codec.hpp"

namespace threatatlas::projections {

/// Incremented whenever the encoding or the fold changes: a store with another version is rebuilt
/// from its log.
inline constexpr std::uint64_t projection_version = 5;

/// Encode a row. `buffer` is a string whose memory is reused.
std::string encode(const Product& product, std::string buffer = {});
std::string encode(const Threat& threat, std::string buffer = {});
std::string encode(const Mitigation& mitigation, std::string buffer = {});
std::string encode(const Acceptance& acceptance, std::string buffer = {});
std::string encode(const Check& check, std::string buffer = {});
std::string encode(const Exposure& exposure, std::string buffer = {});
std::string encode(const Element& element, std::string buffer = {});
std::string encode(const Token& token, std::string buffer = {});
std::string encode(const HistoryRow& row, std::string buffer = {});
std::string encode(const DetailsRow& row, std::string buffer = {});
std::string encode(const PolicyVersion& row, std::string buffer = {});

/// Decode a row. Throw BadRow.
template <class Row>
Row decode(std::string_view bytes);
template <>
Product decode<Product>(std::string_view bytes);
template <>
Threat decode<Threat>(std::string_view bytes);
template <>
Mitigation decode<Mitigation>(std::string_view bytes);
template <>
Acceptance decode<Acceptance>(std::string_view bytes);
template <>
Check decode<Check>(std::string_view bytes);
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
template <>
PolicyVersion decode<PolicyVersion>(std::string_view bytes);

/// Keys that are not just numbers (events/store/keys.hpp). In the elements table: the counters of
/// an element, and the exposures of threats.
inline constexpr char element_tag = 'E';
inline constexpr char threat_tag = 'T';
std::string element_key(ProductId product, const ElementKey& element);
std::string exposure_key(ProductId product, ThreatId threat);
inline constexpr char mitigation_tag = 'M';
/// In the coverage table: the prefix for all mitigations that name a threat or are on an element;
/// the mitigation's id follows.
std::string link_prefix(ProductId product, ThreatId threat);
std::string seat_prefix(ProductId product, const ElementKey& element);
/// In the external_ids table: the prefix for all products with an external_id; the product's id
/// follows.
std::string external_id_prefix(std::string_view external_id);
/// In the tables policy_versions and policy_users: the prefix for all versions, or products, of a
/// policy; the time or the product's id follows.
std::string policy_prefix(std::string_view name);
/// In the imports table: the prefix for all objects of a source of a product, and the key of one.
std::string source_prefix(ProductId product, std::string_view source);
std::string seen_key(ProductId product, const SeenKey& key);
/// The parts of a seen_key() without the product: nullopt if they are malformed. The source is a
/// view of `bytes`.
std::optional<SeenKey> read_seen_key(std::string_view bytes);

}  // namespace threatatlas::projections
