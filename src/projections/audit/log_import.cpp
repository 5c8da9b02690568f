#include "projections/audit/log_import.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "events/event_rules.hpp"
#include "projections/audit/rebuild.hpp"
#include "projections/fold_writer.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas::audit {

namespace {

constexpr std::string_view truncated_advice =
    "the file is truncated. Copy it or export it again, or import its complete transactions with "
    "--ignore-checkpoint";

events::PrefetchingReader::Source numbered(const LineSupply& next_line) {
    return
        [&next_line, number = std::uint64_t{0}]() mutable -> std::optional<events::NumberedLine> {
            const auto line = next_line();
            return line ? std::optional(events::NumberedLine{++number, *line}) : std::nullopt;
        };
}

// Refuses ids and times from which the server could not continue.
void require_followable(const events::Event& event) {
    if (const auto fault = events::fault_of_bounds(event, events::import_bounds(event.position))) {
        throw events::BadLine(fmt::format(
            "{}: the server could not continue such a log. threatatlas-replay --events can read "
            "the file",
            *fault));
    }
}

class Import {
  public:
    Import(store::Store& store, const LineSupply& next_line, const ImportRules& rules)
        : rules_(rules),
          writer_(store, projections::FoldWriter::Lines::come_along),
          events_(numbered(next_line), events::PrefetchingReader::Reading::strict, rules.threads) {}

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
        events::Event event;
        std::uint64_t number = 0;
        std::string line;
    };

    // Reads the next event; returns false at the end.
    bool next() {
        try {
            return events_.next();
        } catch (const events::BadLine& error) {
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
            base::format_instant(transaction_time_), transaction_line_);
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
        tree_.append(tlog::leaf_digest(events_.line().text), [](auto&&...) {});
        if (tree_.size() == rules_.checkpoint->size && tree_.root() != rules_.checkpoint->root &&
            !rules_.accepts_others) {
            throw ImportRefused(fmt::format(
                "the first {} lines are not those that the checkpoint was signed for: they were "
                "changed, or the checkpoint is from another log. Use both from one export, or "
                "ignore the checkpoint with --ignore-checkpoint",
                tree_.size()));
        }
    }

    void check_length(const tlog::Checkpoint& checkpoint) {
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

    void write(const events::Event& event, const events::NumberedLine& line) {
        try {
            require_followable(event);
            writer_.add(event, line.text);
        } catch (const events::BadLine& error) {
            throw ImportRefused(fmt::format("line {}: {}", line.number, error.what()));
        } catch (const projections::BadHistory& error) {
            throw ImportRefused(fmt::format("line {}: {}", line.number, error.what()));
        }
    }

    const ImportRules& rules_;
    projections::FoldWriter writer_;
    events::PrefetchingReader events_;
    Position seen_ = 0;
    base::Instant transaction_time_{};  // time of the last transaction
    std::uint64_t transaction_line_ = 0;
    bool is_truncated_ = false;
    std::vector<HeldEvent> held_;  // the last transaction, only if `accepts_others`
    tlog::MerkleFrontier tree_;    // the tree of the lines up to the checkpoint
};

}  // namespace

Imported import_lines(store::Store& store, const LineSupply& next_line, const ImportRules& rules) {
    const Imported imported = Import(store, next_line, rules).run();
    stamp_projections(store);
    return imported;
}

}  // namespace threatatlas::audit
