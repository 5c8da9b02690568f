#include "projections/query/history.hpp"

#include <algorithm>
#include <limits>

#include "base/work_watch.hpp"
#include "events/store/keys.hpp"
#include "projections/posture.hpp"
#include "projections/rows.hpp"

namespace threatatlas::query {
namespace {

std::optional<projections::Product> product_row(const store::ReadView& view, ProductId product) {
    const auto bytes = view.get(store::Table::products, store::be64_key(product));
    return bytes ? std::optional(projections::decode<projections::Product>(*bytes)) : std::nullopt;
}

/// The key of the first history row needed to read the lines after position `after`.
std::optional<std::string> first_key_after(const store::ReadView& view, ProductId product,
                                           Position after) {
    if (after == 0) {
        return store::be64_key(product);
    }
    const auto event = events::event_at(view, after);
    return event ? std::optional(store::be64_key(product, store::micros_of(event->time)))
                 : std::nullopt;
}

}  // namespace

std::optional<ProductAt> product_at(const store::ReadView& view, ProductId product,
                                    base::Instant instant) {
    auto step = step_at(view, product, instant);
    if (!step) {
        return std::nullopt;
    }
    const auto bytes = view.get_final(
        store::Table::details, store::be64_key(product, store::micros_of(step->row.details_at)));
    if (!bytes) {
        throw store::ReadError("a history row names details that are not there");
    }
    projections::DetailsRow details = projections::decode<projections::DetailsRow>(*bytes);
    return ProductAt{.id = product,
                     .texts = std::move(details.texts),
                     .posture = projections::take_posture_at(step->row, instant),
                     .version = step->row.version,
                     .position = step->row.last_position,
                     .state_id = step->row.state_id,
                     .recorded_at = step->time,
                     .created_at = details.created_at,
                     .archived = step->row.archived,
                     .policy = std::move(details.policy),
                     .reviewed_at = details.reviewed_at,
                     .applied = {}};
}

ProductAt product_at(ProductId id, projections::Product row, base::Instant instant) {
    return {.id = id,
            .texts = row.texts,
            .posture = projections::take_posture_at(row, instant),
            .version = row.version,
            .position = row.last_position,
            .state_id = row.state_id,
            .recorded_at = row.updated_at,
            .created_at = row.created_at,
            .archived = row.archived_at.has_value(),
            .policy = std::move(row.policy),
            .reviewed_at = row.reviewed_at,
            .applied = {}};
}

std::optional<ProductAt> product_now(const store::ReadView& view, ProductId product,
                                     base::Instant now) {
    auto row = product_row(view, product);
    return row ? std::optional(product_at(product, *std::move(row), now)) : std::nullopt;
}

std::optional<ProductAt> product_at(const store::ReadView& view, ProductId product, Moment moment,
                                    base::Instant now) {
    return moment ? product_at(view, product, *moment) : product_now(view, product, now);
}

std::optional<base::Instant> registered_at(const store::ReadView& view, ProductId product) {
    const auto row = product_row(view, product);
    return row ? std::optional(row->created_at) : std::nullopt;
}

void scan_products(const store::ReadView& view, ProductId after,
                   const std::function<bool(ProductId)>& visit) {
    if (after == std::numeric_limits<ProductId>::max()) {
        return;
    }
    view.scan(store::Table::products, "", store::be64_key(after + 1),
              [&](std::string_view key, auto) { return visit(store::read_be64(key)); });
}

void scan_products_with(const store::ReadView& view, std::string_view external_id, ProductId after,
                        const std::function<bool(ProductId)>& visit) {
    if (after == std::numeric_limits<ProductId>::max()) {
        return;
    }
    const std::string prefix = projections::external_id_prefix(external_id);
    view.scan(store::Table::external_ids, prefix, prefix + store::be64_key(after + 1),
              [&](std::string_view key, auto) {
                  return visit(store::read_be64(key.substr(key.size() - store::be64_bytes)));
              });
}

std::optional<HistoryStep> step_at(const store::ReadView& view, ProductId product,
                                   base::Instant instant) {
    if (instant < base::Instant{}) {
        return std::nullopt;  // nothing is recorded before 1970, and keys are unsigned
    }
    const auto row = view.last_at_or_before(store::Table::history,
                                            store::be64_key(product, store::micros_of(instant)),
                                            store::be64_key(product));
    if (!row) {
        return std::nullopt;
    }
    return HistoryStep{
        store::instant_of(store::read_be64(std::string_view(row->key).substr(store::be64_bytes))),
        projections::decode<projections::HistoryRow>(row->value)};
}

void scan_steps(const store::ReadView& view, ProductId product, base::Instant from,
                base::Instant to, const std::function<bool(const HistoryStep&)>& visit) {
    const base::Instant first = std::max(from + std::chrono::microseconds{1}, base::Instant{});
    view.scan(store::Table::history, store::be64_key(product),
              store::be64_key(product, store::micros_of(first)),
              [&](std::string_view key, std::string_view value) {
                  const HistoryStep step{
                      store::instant_of(store::read_be64(key.substr(store::be64_bytes))),
                      projections::decode<projections::HistoryRow>(value)};
                  return step.time <= to && visit(step);
              });
}

void scan_product_lines(const store::ReadView& view, ProductId product, Position after,
                        base::Instant until,
                        const std::function<bool(Position, std::string_view line)>& visit) {
    const auto first_key = first_key_after(view, product, after);
    if (!first_key) {
        return;
    }
    store::RowIterator lines = view.iterate_once(store::Table::events, "reading lines");
    // Visits the lines of one transaction. Consecutive positions need no new seek.
    const auto visit_lines = [&](Position first, Position last) {
        if (!lines.valid() || store::read_be64(lines.key()) != first) {
            lines.seek(store::be64_key(first));
        }
        for (; lines.valid(); lines.next()) {
            const Position position = store::read_be64(lines.key());
            if (position > last) {
                break;
            }
            base::note_row_of_work();
            if (!visit(position, lines.value())) {
                return false;
            }
        }
        return true;
    };
    view.scan(store::Table::history, store::be64_key(product), *first_key,
              [&](std::string_view key, std::string_view value) {
                  if (store::instant_of(store::read_be64(key.substr(store::be64_bytes))) > until) {
                      return false;
                  }
                  const auto row = projections::decode<projections::HistoryRow>(value);
                  return row.last_position <= after ||
                         visit_lines(std::max(row.first_position, after + 1), row.last_position);
              });
}

}  // namespace threatatlas::query
