#include "projections/query/history.hpp"

#include <algorithm>
#include <limits>

#include "base/work_watch.hpp"
#include "events/store/keys.hpp"
#include "projections/posture.hpp"
#include "projections/rows.hpp"

namespace threatatlas {
namespace {

std::optional<Product> product_row(const ReadView& view, ProductId product) {
    const auto bytes = view.get(Table::products, be64_key(product));
    return bytes ? std::optional(decode<Product>(*bytes)) : std::nullopt;
}

/// The key of the first history row needed to read the lines after position `after`.
std::optional<std::string> first_key_after(const ReadView& view, ProductId product,
                                           Position after) {
    if (after == 0) {
        return be64_key(product);
    }
    const auto event = event_at(view, after);
    return event ? std::optional(be64_key(product, micros_of(event->time))) : std::nullopt;
}

}  // namespace

std::optional<ProductAt> product_at(const ReadView& view, ProductId product, Instant instant) {
    const auto step = step_at(view, product, instant);
    if (!step) {
        return std::nullopt;
    }
    const auto bytes =
        view.get_final(Table::details, be64_key(product, micros_of(step->row.texts_at)));
    if (!bytes) {
        throw ReadError("a history row names details that are not there");
    }
    DetailsRow details = decode<DetailsRow>(*bytes);
    return ProductAt{.id = product,
                     .texts = std::move(details.texts),
                     .posture = posture_at(step->row, instant),
                     .version = step->row.version,
                     .position = step->row.last_position,
                     .state_id = step->row.state_id,
                     .recorded_at = step->time,
                     .created_at = details.created_at,
                     .archived = step->row.archived};
}

ProductAt product_at(ProductId id, const Product& row, Instant instant) {
    return {.id = id,
            .texts = row.texts,
            .posture = posture_at(row, instant),
            .version = row.version,
            .position = row.last_position,
            .state_id = row.state_id,
            .recorded_at = row.updated_at,
            .created_at = row.created_at,
            .archived = row.archived_at.has_value()};
}

std::optional<ProductAt> product_now(const ReadView& view, ProductId product, Instant now) {
    const auto row = product_row(view, product);
    return row ? std::optional(product_at(product, *row, now)) : std::nullopt;
}

std::optional<ProductAt> product_at(const ReadView& view, ProductId product, Moment moment,
                                    Instant now) {
    return moment ? product_at(view, product, *moment) : product_now(view, product, now);
}

std::optional<Instant> registered_at(const ReadView& view, ProductId product) {
    const auto row = product_row(view, product);
    return row ? std::optional(row->created_at) : std::nullopt;
}

void scan_products(const ReadView& view, ProductId after,
                   const std::function<bool(ProductId)>& visit) {
    if (after == std::numeric_limits<ProductId>::max()) {
        return;
    }
    view.scan(Table::products, "", be64_key(after + 1),
              [&](std::string_view key, auto) { return visit(read_be64(key)); });
}

void scan_products_with(const ReadView& view, std::string_view external_id, ProductId after,
                        const std::function<bool(ProductId)>& visit) {
    if (after == std::numeric_limits<ProductId>::max()) {
        return;
    }
    const std::string prefix = external_id_prefix(external_id);
    view.scan(Table::external_ids, prefix, prefix + be64_key(after + 1),
              [&](std::string_view key, auto) {
                  return visit(read_be64(key.substr(key.size() - be64_bytes)));
              });
}

std::optional<HistoryStep> step_at(const ReadView& view, ProductId product, Instant instant) {
    if (instant < Instant{}) {
        return std::nullopt;  // nothing is recorded before 1970, and keys are unsigned
    }
    const auto row = view.last_at_or_before(Table::history, be64_key(product, micros_of(instant)),
                                            be64_key(product));
    if (!row) {
        return std::nullopt;
    }
    return HistoryStep{instant_of(read_be64(std::string_view(row->key).substr(be64_bytes))),
                       decode<HistoryRow>(row->value)};
}

void scan_steps(const ReadView& view, ProductId product, Instant from, Instant to,
                const std::function<bool(const HistoryStep&)>& visit) {
    const Instant first = std::max(from + std::chrono::microseconds{1}, Instant{});
    view.scan(Table::history, be64_key(product), be64_key(product, micros_of(first)),
              [&](std::string_view key, std::string_view value) {
                  const HistoryStep step{instant_of(read_be64(key.substr(be64_bytes))),
                                         decode<HistoryRow>(value)};
                  return step.time <= to && visit(step);
              });
}

void scan_product_lines(const ReadView& view, ProductId product, Position after, Instant until,
                        const std::function<bool(Position, std::string_view line)>& visit) {
    const auto first_key = first_key_after(view, product, after);
    if (!first_key) {
        return;
    }
    RowIterator lines = view.iterate_once(Table::events, "reading lines");
    // Visits the lines of one transaction. Consecutive positions need no new seek.
    const auto visit_lines = [&](Position first, Position last) {
        if (!lines.valid() || read_be64(lines.key()) != first) {
            lines.seek(be64_key(first));
        }
        for (; lines.valid(); lines.next()) {
            const Position position = read_be64(lines.key());
            if (position > last) {
                break;
            }
            note_row_of_work();
            if (!visit(position, lines.value())) {
                return false;
            }
        }
        return true;
    };
    view.scan(Table::history, be64_key(product), *first_key,
              [&](std::string_view key, std::string_view value) {
                  if (instant_of(read_be64(key.substr(be64_bytes))) > until) {
                      return false;
                  }
                  const auto row = decode<HistoryRow>(value);
                  return row.last_position <= after ||
                         visit_lines(std::max(row.first_position, after + 1), row.last_position);
              });
}

}  // namespace threatatlas
