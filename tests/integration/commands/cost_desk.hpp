#pragma once

// A desk that counts the rows that a command writes and reads, and commands for it.

#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include "commands/command_cost.hpp"
#include "events/limits.hpp"
#include "support/desk.hpp"

namespace threatatlas::testing {

inline constexpr std::string_view widest = "\U0001F512";  // four bytes a code point

inline std::string widest_text(std::size_t points, std::size_t number) {
    std::string text = std::to_string(number) + ' ';
    for (std::size_t left = points - text.size(); left > 0; --left) {
        text += widest;
    }
    return text;
}

// Names of elements: short ones or the longest.
enum class ElementNames { short_ones, longest };

inline std::string element_id(std::size_t number, ElementNames names) {
    return names == ElementNames::longest
               ? widest_text(events::limits::other_text_points_max, number)
               : "e" + std::to_string(number);
}

inline commands::Change threat_on(std::string element, std::string_view description = {}) {
    commands::IdentifyThreat change;
    change.texts.set(events::ThreatField::name, "T");
    change.texts.set(events::ThreatField::description, description);
    change.texts.set(events::ThreatField::element_id, element);
    change.scoring.severity = events::Severity::high;
    return change;
}

inline commands::Change mitigation_of(
    events::CoverageScope scope,
    events::MitigationStatus status = events::MitigationStatus::proposed) {
    commands::ProposeMitigation change;
    change.texts.set(events::MitigationField::name, "M");
    change.scope = std::move(scope);
    change.status = status;
    return change;
}

inline commands::Change turned(MitigationId id, events::MitigationStatus status) {
    commands::ChangeMitigation change;
    change.mitigation_id = id;
    change.status = status;
    return change;
}

inline std::vector<ThreatId> ids_from_1(std::size_t count) {
    std::vector<ThreatId> ids(count);
    std::iota(ids.begin(), ids.end(), 1);
    return ids;
}

// Counts the rows that the store examines, as long as they are in memory.
class RowsRead {
  public:
    RowsRead() {
        rocksdb::SetPerfLevel(rocksdb::kEnableCount);
        rocksdb::get_perf_context()->Reset();
    }
    ~RowsRead() { rocksdb::SetPerfLevel(rocksdb::kDisable); }
    RowsRead(const RowsRead&) = delete;
    RowsRead& operator=(const RowsRead&) = delete;

    std::size_t count() const {
        const auto& seen = *rocksdb::get_perf_context();
        return seen.get_from_memtable_count + seen.seek_on_memtable_count +
               seen.next_on_memtable_count;
    }
};

// What a command costs.
struct CommandWork {
    std::size_t reckoned = 0;  // rows, as the limit counts them
    std::size_t written = 0;   // rows
    std::size_t read = 0;      // rows
    std::size_t bytes = 0;     // of the rows written
};

// A desk with product 1, whose rows are in the store.
class CostDesk : public Desk {
  public:
    CostDesk() {
        register_product();
        write_group();
    }

    void add(std::size_t count, const std::function<commands::Change(std::size_t)>& change) {
        for (std::size_t done = 0; done < count;) {
            commands::Command command = batch();
            for (; done < count && command.items.size() < events::limits::bulk_items_max; ++done) {
                command.items.push_back(item_of(change(done + 1)));
            }
            run(std::move(command));
            write_group();
        }
    }

    // Executes a command alone in its group.
    CommandWork measure(commands::Command command) {
        CommandWork work;
        work.reckoned = commands::cost_of(overlay(), command).rows;
        overlay().clear();
        const RowsRead read;
        last_ = run(std::move(command));
        work.read = read.count();
        store::RowBatch rows(store());
        overlay().write_to(rows);
        work.written = rows.count() + lines().size();
        work.bytes = rows.bytes();
        write_group();
        return work;
    }
    CommandWork measure(commands::Change change) {
        return measure(about(1, item_of(std::move(change))));
    }
    CommandWork measure(std::size_t count,
                        const std::function<commands::Change(std::size_t)>& change) {
        commands::Command command = batch();
        for (std::size_t i = 1; i <= count; ++i) {
            command.items.push_back(item_of(change(i)));
        }
        return measure(std::move(command));
    }

    const commands::WriteAnswer& last() const { return last_; }

    static commands::Command batch() {
        commands::Command command;
        command.product_id = 1;
        command.answer = commands::AnswerForm::counts;
        return command;
    }

  private:
    commands::WriteAnswer last_;
};

inline constexpr auto implemented = events::MitigationStatus::implemented;
inline constexpr auto retired = events::MitigationStatus::retired;

inline events::MitigationStatus by_turns(std::size_t number) {
    return number % 2 == 1 ? implemented : retired;
}

}  // namespace threatatlas::testing
