#include "projections/audit/verify.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "events/event_log.hpp"
#include "events/log_cursor.hpp"
#include "events/prefetching_reader.hpp"
#include "events/store/keys.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/audit/timed_rows.hpp"
#include "projections/coverage.hpp"
#include "projections/log_fold.hpp"
#include "projections/memory_tables.hpp"
#include "projections/query/checks.hpp"
#include "projections/rows.hpp"

namespace threatatlas::audit {
namespace {

constexpr Position events_between_reports = 1024;

std::uint64_t& rows_of(Verification& verification, store::Table table) {
    return verification.rows[static_cast<std::size_t>(table)];
}

// Checks the log itself against its rules while folding it, and passes on the history and details
// rows that the fold produces.
class LogCheck {
  public:
    // `tree` receives the lines and must outlive this object.
    LogCheck(const store::ReadView& view, TreeCheck& tree)
        : tree_(tree),
          history_(view, store::Table::history),
          details_(view, store::Table::details),
          cursor_(view),
          events_(events::lines_of(cursor_), events::PrefetchingReader::Reading::strict),
          tables_({.history =
                       [this](ProductId product, base::Instant time,
                              const projections::HistoryRow& row) {
                           history_.expect(product, time, row.last_position,
                                           projections::encode(row));
                       },
                   .details =
                       [this](ProductId product, base::Instant time,
                              const projections::DetailsRow& row) {
                           details_.expect(product, time, events_.line().number,
                                           projections::encode(row));
                       }}),
          fold_(tables_) {}

    LogCheck(const LogCheck&) = delete;
    LogCheck& operator=(const LogCheck&) = delete;

    // History and details rows are compared only if the projections are complete and current.
    std::optional<Difference> run(bool compares, Position total, const VerifyProgress& progress) {
        std::optional<Difference> first;
        while (!is_at_end_) {
            if (auto fault = check_line()) {
                tree_.settle();
                return fault;
            }
            if (compares && !first && (history_.is_full() || details_.is_full())) {
                first = earlier(history_.compare(), details_.compare());
            }
            if (progress && fold_.position() % events_between_reports == 0) {
                progress(fold_.position(), total);
            }
        }
        fold_.finish();
        std::future<std::optional<Difference>> rest_of_history;
        if (compares && !first) {
            rest_of_history = std::async(std::launch::async, [this] { return history_.finish(); });
            first = details_.finish();
        }
        tree_.finish();
        return rest_of_history.valid() ? earlier(rest_of_history.get(), first) : first;
    }

    const projections::MemoryTables& tables() const { return tables_; }
    Position events() const { return fold_.position(); }
    const TimedRows& history() const { return history_; }
    const TimedRows& details() const { return details_; }

  private:
    static std::optional<Difference> earlier(std::optional<Difference> one,
                                             std::optional<Difference> other) {
        return other && (!one || other->position < one->position) ? other : one;
    }

    std::optional<Difference> check_line() {
        try {
            is_at_end_ = !events_.next();
            if (is_at_end_) {
                return std::nullopt;
            }
            const Position position = events_.line().number;
            if (position != fold_.position() + 1) {
                return fault(fold_.position() + 1, "the line is missing");
            }
            events::Event& event = events_.event();
            if (event.position != position) {
                return fault(position, fmt::format("the line says position {}", event.position));
            }
            tables_.expect(events_);
            const auto check = check_in(event);
            fold_.next(std::move(event));
            tree_.add(events_.line().text);
            return check ? fault_of(*check) : std::nullopt;
        } catch (const events::BadLine& error) {
            return fault_of_line(error);
        } catch (const projections::BadHistory& error) {
            return fault_of_line(error);
        }
    }

    // A recorded check, which is answered again from the rows after it.
    struct RecordedCheck {
        ProductId product = 0;
        base::Instant time{};
        events::GateChecked data;
    };

    static std::optional<RecordedCheck> check_in(const events::Event& event) {
        const auto* const data = std::get_if<events::GateChecked>(&event.data);
        return data == nullptr ? std::nullopt
                               : std::optional(RecordedCheck{event.product_id, event.time, *data});
    }

    std::optional<Difference> fault_of(const RecordedCheck& check) {
        const auto why = query::fault_of_check(
            tables_, check.product, check.time, check.data, [this](const std::string& name) {
                const projections::PolicyVersion* const version = tables_.policy(name);
                return version == nullptr ? std::nullopt : std::optional(*version);
            });
        return why ? std::optional(fault(fold_.position(),
                                         fmt::format("check {} of product {}: {}",
                                                     check.data.check_id, check.product, *why)))
                   : std::nullopt;
    }

    Difference fault_of_line(const std::exception& error) const {
        const Position position = events_.line().number;
        return position == fold_.position() + 1
                   ? fault(position, error.what())
                   : fault(fold_.position() + 1, "the line is missing");
    }

    static Difference fault(Position position, std::string detail) {
        return difference_at(store::Table::events, store::be64_key(position), position,
                             std::move(detail));
    }

    TreeCheck& tree_;
    TimedRows history_;
    TimedRows details_;
    events::LogCursor cursor_;
    events::PrefetchingReader events_;
    bool is_at_end_ = false;
    projections::MemoryTables tables_;
    projections::LogFold fold_;
};

// Compares a table with rows that are given in key order.
class TableCheck {
  public:
    TableCheck(const store::ReadView& view, store::Table table)
        : table_(table), rows_(view.iterate_whole(table)) {
        rows_.seek_to_first();
    }

    // Compares the next row. Returns true if no difference was found so far.
    bool expect(std::string_view key, std::string_view folded) {
        if (difference_) {
            return false;
        }
        if (rows_.valid() && rows_.key() < key) {
            note(rows_.key(), "no event of the log makes this row");
        } else if (!rows_.valid() || rows_.key() != key) {
            note(key, "the row is missing");
        } else if (rows_.value() != folded) {
            note(key, describe_bytes(rows_.value(), folded));
        } else {
            ++compared_;
            rows_.next();
        }
        return !difference_;
    }

    // Call after the last row.
    std::optional<Difference> finish() {
        if (!difference_ && rows_.valid()) {
            note(rows_.key(), "no event of the log makes this row");
        }
        return difference_;
    }

    std::uint64_t compared() const { return compared_; }

  private:
    void note(std::string_view key, std::string detail) {
        difference_ = difference_at(table_, key, 0, std::move(detail));
    }

    const store::Table table_;
    store::RowIterator rows_;
    std::optional<Difference> difference_;
    std::uint64_t compared_ = 0;
};

// Functions that pass the rows of a product in one table of current state to a check, in key order,
// until the check has found a difference.
using ProductRows = projections::MemoryTables::ProductRows;

void expect_product(TableCheck& check, ProductId product, const ProductRows& rows) {
    check.expect(store::be64_key(product), projections::encode(rows.product));
}

template <class Row>
void expect_rows(TableCheck& check, ProductId product, const projections::IdRows<Row>& rows) {
    std::string bytes;
    rows.for_each([&](std::uint64_t id, const Row& row) {
        bytes = projections::encode(row, std::move(bytes));
        return check.expect(store::be64_key(product, id), bytes);
    });
}

void expect_threats(TableCheck& check, ProductId product, const ProductRows& rows) {
    expect_rows(check, product, rows.threats);
}

void expect_mitigations(TableCheck& check, ProductId product, const ProductRows& rows) {
    expect_rows(check, product, rows.mitigations);
}

void expect_elements(TableCheck& check, ProductId product, const ProductRows& rows) {
    std::vector<std::pair<std::string, const projections::Element*>> elements;
    for (const auto& [name, element] : rows.elements) {
        if (!element.empty()) {
            elements.emplace_back(projections::element_key(product, name), &element);
        }
    }
    std::sort(elements.begin(), elements.end());
    for (const auto& [key, element] : elements) {
        check.expect(key, projections::encode(*element));
    }
    // Exposures follow the elements in key order.
    std::string bytes;
    rows.exposures.for_each([&](ThreatId threat, const projections::Exposure& exposure) {
        bytes = projections::encode(exposure, std::move(bytes));
        return check.expect(projections::exposure_key(product, threat), bytes);
    });
}

void expect_coverage(TableCheck& check, ProductId product, const ProductRows& rows) {
    std::vector<std::string> keys;
    rows.mitigations.for_each([&](MitigationId id, const projections::Mitigation& mitigation) {
        std::ranges::move(projections::coverage_keys(product, id, mitigation),
                          std::back_inserter(keys));
        return true;
    });
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
        check.expect(key, "");
    }
}

void expect_acceptances(TableCheck& check, ProductId product, const ProductRows& rows) {
    for (const auto& [id, acceptance] : rows.acceptances) {
        check.expect(store::be64_key(product, id), projections::encode(acceptance));
    }
}

void expect_checks(TableCheck& check, ProductId product, const ProductRows& rows) {
    for (const auto& [id, row] : rows.checks) {
        check.expect(store::be64_key(product, id), projections::encode(row));
    }
}

void expect_imports(TableCheck& check, ProductId, const ProductRows& rows) {
    for (const auto& [key, digests] : rows.imports) {
        check.expect(key, digests);
    }
}

// In the order of external_ids, so across all products.
void expect_external_ids(TableCheck& check, const projections::MemoryTables& tables) {
    std::vector<std::string> keys;
    for (const auto& [id, rows] : tables.products()) {
        const projections::Product& product = rows->product;
        const std::string_view external_id = product.texts[events::ProductField::external_id];
        if (!external_id.empty() && !product.archived_at) {
            keys.push_back(projections::external_id_prefix(external_id) + store::be64_key(id));
        }
    }
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
        check.expect(key, "");
    }
}

void expect_tokens(TableCheck& check, const projections::MemoryTables& tables) {
    for (const auto& [id, token] : tables.tokens()) {
        check.expect(store::be64_key(id), projections::encode(token));
    }
}

void expect_policies(TableCheck& check, const projections::MemoryTables& tables) {
    for (const auto& [name, policy] : tables.policies()) {
        check.expect(name, projections::encode(policy));
    }
}

void expect_policy_versions(TableCheck& check, const projections::MemoryTables& tables) {
    for (const auto& [key, row] : tables.policy_versions()) {
        check.expect(key, row);
    }
}

// In the order of policy_users, so across all products.
void expect_policy_users(TableCheck& check, const projections::MemoryTables& tables) {
    std::vector<std::string> keys;
    for (const auto& [id, rows] : tables.products()) {
        const projections::Product& product = rows->product;
        if (!product.policy.name.empty() && !product.archived_at) {
            keys.push_back(projections::policy_prefix(product.policy.name) + store::be64_key(id));
        }
    }
    std::sort(keys.begin(), keys.end());
    for (const std::string& key : keys) {
        check.expect(key, "");
    }
}

// True if an event affects a row of a table of current state.
bool bears_on(const events::Event& event, store::Table table, std::string_view key) {
    const auto id_at = [&](std::size_t index) {
        return key.size() < (index + 1) * store::be64_bytes
                   ? 0
                   : store::read_be64(key.substr(index * store::be64_bytes));
    };
    if (table == store::Table::tokens) {
        const auto* issued = std::get_if<events::TokenIssued>(&event.data);
        const auto* revoked = std::get_if<events::TokenRevoked>(&event.data);
        return (issued != nullptr && issued->token_id == id_at(0)) ||
               (revoked != nullptr && revoked->token_id == id_at(0));
    }
    if (table == store::Table::policies || table == store::Table::policy_versions) {
        const std::string_view name = events::defined_policy_of(event);
        return !name.empty() && (table == store::Table::policies
                                     ? key == name
                                     : key.starts_with(projections::policy_prefix(name)));
    }
    if (table == store::Table::policy_users) {
        return key.size() >= store::be64_bytes &&
               event.product_id == store::read_be64(key.substr(key.size() - store::be64_bytes)) &&
               (event.type() == events::EventType::product_policy_assigned ||
                event.type() == events::EventType::product_archived);
    }
    if (table == store::Table::external_ids) {
        return key.size() >= store::be64_bytes &&
               event.product_id == store::read_be64(key.substr(key.size() - store::be64_bytes)) &&
               event.type() <= events::EventType::product_archived;
    }
    if (event.product_id == 0 || event.product_id != id_at(0)) {
        return false;
    }
    if (table == store::Table::acceptances) {
        return events::acceptance_of(event) == id_at(1);
    }
    if (table == store::Table::checks) {
        const auto* checked = std::get_if<events::GateChecked>(&event.data);
        return checked != nullptr && checked->check_id == id_at(1);
    }
    if (table == store::Table::imports) {
        return event.type() == events::EventType::model_imported;
    }
    return (table != store::Table::threats || events::threat_of(event) == id_at(1)) &&
           (table != store::Table::mitigations || events::mitigation_of(event) == id_at(1));
}

// Reads the log a second time; only called after a difference was found.
Position newest_event_about(const store::ReadView& view, store::Table table, std::string_view key) {
    Position newest = 0;
    events::LogCursor cursor(view);
    events::LineReader reader;
    while (cursor.next()) {
        if (bears_on(reader.read_stored(cursor.line()), table, key)) {
            newest = cursor.position();
        }
    }
    return newest;
}

struct StateCheck {
    store::Table table;
    TableCheck rows;
    std::function<void(TableCheck&)> expect;
    std::optional<Difference> difference = std::nullopt;
};

void run(std::span<StateCheck> checks) {
    for (StateCheck& check : checks) {
        check.expect(check.rows);
        check.difference = check.rows.finish();
    }
}

void check_state(const store::ReadView& view, const projections::MemoryTables& tables,
                 Verification& verification) {
    const auto products = tables.products();
    std::vector<StateCheck> checks;
    const auto add = [&](store::Table table, auto expect_of_product) {
        checks.push_back(
            {table, TableCheck(view, table), [&products, expect_of_product](auto& check) {
                 for (const auto& [id, rows] : products) {
                     expect_of_product(check, id, *rows);
                 }
             }});
    };
    // These are half of all rows; the other tables are compared at the same time.
    add(store::Table::threats, expect_threats);
    add(store::Table::products, expect_product);
    add(store::Table::mitigations, expect_mitigations);
    add(store::Table::elements, expect_elements);
    add(store::Table::coverage, expect_coverage);
    add(store::Table::acceptances, expect_acceptances);
    add(store::Table::checks, expect_checks);
    add(store::Table::imports, expect_imports);
    const auto add_global = [&](store::Table table, auto expect) {
        checks.push_back({table, TableCheck(view, table),
                          [&tables, expect](TableCheck& check) { expect(check, tables); }});
    };
    add_global(store::Table::external_ids, expect_external_ids);
    add_global(store::Table::tokens, expect_tokens);
    add_global(store::Table::policies, expect_policies);
    add_global(store::Table::policy_versions, expect_policy_versions);
    add_global(store::Table::policy_users, expect_policy_users);
    auto others = std::async(std::launch::async, [&] { run(std::span(checks).subspan(1)); });
    run(std::span(checks).first(1));
    others.get();
    for (StateCheck& check : checks) {
        rows_of(verification, check.table) = check.rows.compared();
        if (check.difference && !verification.first_difference) {
            check.difference->position =
                newest_event_about(view, check.table, check.difference->key);
            verification.first_difference = std::move(check.difference);
        }
    }
}

Difference stamp_difference(const store::Store& store) {
    const auto stamp = store.get(store::Table::meta, projection_stamp_key);
    return difference_at(
        store::Table::meta, projection_stamp_key, 0,
        fmt::format("{}, so their rows were not compared: start the server on this directory, or "
                    "run threatatlas-replay rebuild",
                    stamp ? fmt::format("the projections are of version {}, and this program "
                                        "compares version {}",
                                        *stamp, projections::projection_version)
                          : "the projections were never finished"));
}

}  // namespace

Verification verify_projections(const store::Store& store, const VerifyProgress& progress,
                                const std::vector<tlog::Checkpoint>& kept) {
    const store::ReadView view(store);
    const bool stamped = projections_are_current(store);
    Verification verification;
    TreeCheck tree(view, kept);
    LogCheck log(view, tree);
    const Position total = store::last_position(view);
    verification.first_difference = log.run(stamped, total, progress);
    verification.events = log.events();
    rows_of(verification, store::Table::history) = log.history().compared();
    rows_of(verification, store::Table::details) = log.details().compared();
    verification.is_signed = tree.is_signed();
    verification.tiles = tree.tiles_compared();
    verification.tree_difference = tree.difference();
    verification.growth = tree.growth();
    if (!verification.first_difference && !stamped) {
        verification.first_difference = stamp_difference(store);
    }
    if (!verification.first_difference) {
        check_state(view, log.tables(), verification);
    }
    return verification;
}

}  // namespace threatatlas::audit
