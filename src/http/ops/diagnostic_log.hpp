#pragma once

/// The diagnostic log on stderr: one JSON object per line. It contains no secrets: callers identify
/// tokens by name and id, and requests by route.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/instant.hpp"

namespace threatatlas::ops {

enum class LogLevel : std::uint8_t { info, warning, error };

struct LogField {
    std::string_view name;
    std::variant<std::uint64_t, std::string_view> value;

    LogField(std::string_view field, std::uint64_t number) : name(field), value(number) {}
    LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
};

/// {"time":…,"level":…,"event":…, fields…} and a newline. In texts that are not valid UTF-8, every
/// byte that is not ASCII becomes `?`.
std::string log_line(base::Instant time, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields = {});

/// Thread-safe. Every line goes to the sink at once.
class Log {
  public:
    using Clock = std::function<base::Instant()>;
    using Sink = std::function<void(std::string_view line)>;  ///< called by many threads
    using Dropped = std::function<std::uint64_t()>;           ///< called by many threads

    /// `dropped` returns the number of lines that the sink has dropped; without it that is 0.
    Log(Clock clock, Sink sink, Dropped dropped = {})
        : clock_(std::move(clock)), sink_(std::move(sink)), dropped_(std::move(dropped)) {}

    std::uint64_t dropped() const { return dropped_ ? dropped_() : 0; }

    void write(LogLevel level, std::string_view event,
               std::initializer_list<LogField> fields = {}) const;

    void info(std::string_view event, std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) const {
        write(LogLevel::error, event, fields);
    }

  private:
    Clock clock_;
    Sink sink_;
    Dropped dropped_;
};

}  // namespace threatatlas::ops
