#include "projections/query/open_threats.hpp"

#include "events/store/keys.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {

bool is_open(const projections::Threat& threat) {
    return !threat.removed && (threat.status == events::ThreatStatus::identified ||
                               threat.status == events::ThreatStatus::in_progress);
}

std::optional<OpenThreats> count_open_threats(const store::ReadView& view, ProductId product,
                                              std::size_t& rows_left) {
    OpenThreats open;
    bool fits = true;
    view.scan(store::Table::threats, store::be64_key(product), store::be64_key(product),
              [&](std::string_view, std::string_view value) {
                  fits = rows_left > 0;
                  if (!fits) {
                      return false;
                  }
                  --rows_left;
                  const auto threat = projections::decode<projections::Threat>(value);
                  if (is_open(threat)) {
                      const auto severity = threat.scoring.severity;
                      ++(severity ? open.by_severity[static_cast<std::size_t>(*severity)]
                                  : open.unscored);
                  }
                  return true;
              });
    return fits ? std::optional(open) : std::nullopt;
}

}  // namespace threatatlas::query
