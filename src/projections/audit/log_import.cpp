#include "projections/audit/log_import.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "events/event_rules.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/fold_writer.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas {

namespace {

constexpr std::string_view truncated_advice =
    "the file is truncated. Copy it or export it again, or import its complete transactions with "
    "--ignore-checkpoint";

PrefetchingReader::Source numbered(const LineSupply& next_line) {
    return [&next_line, number = std::uint64_t{0}]() mutable -> std::optional<NumberedLine> {
        const auto line = next_line();
        return line ? std::optional(NumberedLine{++number, *line}) : std::nullopt;
    };
}

// Refuses ids and times from which the server could not continue.
void require_followable(const Event& event) {
    if (const auto fault = fault_of_bounds(event, import_bounds(event.position))) {
        throw BadLine(fmt::format(
            "{}: the server could not continue such a log. threatatlas-replay --events can read "
            "the file",
            *fault));
    }
}

class Import {
  public:
    Import(Store& store, const LineSupply& next_line, const ImportRules& rules)
        : rules_(rules),
          writer_(store, FoldWriter::Lines::come_along),
          events_(numbered(next_line), PrefetchingReader::Reading::strict, rules.threads) {}

    Imported run() {
        while (next()) {
            begin_transaction_if_new();
            hash();
            ++seen_;
            rules_.accepts_others ? hold() : write(events_.event(), events_.line());
        }
        if (const auto& checkpoint = rules_.checkpoint) {
            check_length(*checkpoint);
        }
        const Position left_out = is_truncated_ ? held_.size() : 0;
        if (!is_truncated_) {
            write_held();
        }
        writer_.finish();
        return {seen_ - left_out, left_out};
    }

  private:
    struct HeldEvent {
        Event event;
        std::uint64_t number = 0;
        std::string line;
    };

    // Reads the next event; returns false at the end.
    bool next() {
        try {
            return events_.next();
        } catch (const BadLine& error) {
            const std::uint64_t number = events_.line().number;
            if (!rules_.is_unterminated || !rules_.is_unterminated(number)) {
                throw ImportRefused(fmt::format("line {}: {}", number, error.what()));
            }
            is_truncated_ = true;
            if (rules_.accepts_others) {
                return false;
            }
            throw ImportRefused(fmt::format(
                "line {}: the file ends in the middle of this line{}: {}", number,
                seen_ == 0 ? std::string() : ", " + last_transaction(), truncated_advice));
        }
    }

    // A phrase for messages.
    std::string last_transaction() const {
        return fmt::format(
            "in the transaction of {}, which begins at line {} and may be incomplete",
            format_instant(transaction_time_), transaction_line_);
    }

    void begin_transaction_if_new() {
        if (seen_ == 0 || events_.event().time != transaction_time_) {
            transaction_time_ = events_.event().time;
            transaction_line_ = events_.line().number;
            write_held();
        }
    }

    // Adds a line to the tree, up to the size of the checkpoint, and compares the root there.
    void hash() {
        if (!rules_.checkpoint || tree_.size() == rules_.checkpoint->size) {
            return;
        }
        tree_.append(leaf_digest(events_.line().text), [](auto&&...) {});
        if (tree_.size() == rules_.checkpoint->size && tree_.root() != rules_.checkpoint->root &&
            !rules_.accepts_others) {
            throw ImportRefused(fmt::format(
                "the first {} lines are not those that the checkpoint was signed for: they were "
                "changed, or the checkpoint is from another log. Use both from one export, or "
                "ignore the checkpoint with --ignore-checkpoint",
                tree_.size()));
        }
    }

    void check_length(const Checkpoint& checkpoint) {
        if (seen_ >= checkpoint.size) {
            return;
        }
        is_truncated_ = true;
        if (!rules_.accepts_others) {
            throw ImportRefused(fmt::format(
                "line {}: the file ends here{}, but the checkpoint was signed for {} events: {}",
                seen_, seen_ == 0 ? std::string() : ", " + last_transaction(), checkpoint.size,
                truncated_advice));
        }
    }

    void hold() {
        held_.push_back(
            {std::move(events_.event()), events_.line().number, std::string(events_.line().text)});
    }

    void write_held() {
        for (const HeldEvent& one : held_) {
            write(one.event, {one.number, one.line});
        }
        held_.clear();
    }

    void write(const Event& event, const NumberedLine& line) {
        try {
            require_followable(event);
            writer_.add(event, line.text);
        } catch (const BadLine& error) {
            throw ImportRefused(fmt::format("line {}: {}", line.number, error.what()));
        } catch (const BadHistory& error) {
            throw ImportRefused(fmt::format("line {}: {}", line.number, error.what()));
        }
    }

    const ImportRules& rules_;
    FoldWriter writer_;
    PrefetchingReader events_;
    Position seen_ = 0;
    Instant transaction_time_{};  // time of the last transaction
    std::uint64_t transaction_line_ = 0;
    bool is_truncated_ = false;
    std::vector<HeldEvent> held_;  // the last transaction, only if `accepts_others`
    MerkleFrontier tree_;          // the tree of the lines up to the checkpoint
};

}  // namespace

Imported import_lines(Store& store, const LineSupply& next_line, const ImportRules& rules) {
    const Imported imported = Import(store, next_line, rules).run();
    stamp_projections(store);
    return imported;
}

}  // namespace threatatlas
