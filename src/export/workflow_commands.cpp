// Annotations of a GitHub Actions workflow: one command a line,
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.

#include <fmt/format.h>

#include "export/bidi.hpp"
#include "export/report_view.hpp"
#include "export/status_forms.hpp"

namespace threatatlas::exports {
namespace {

// GitHub shows ten annotations of each level in a step.
constexpr std::size_t commands_of_a_level_max = 10;
constexpr std::size_t title_name_points_max = 120;

enum class Place { message, property };

// The escapes of GitHub's toolkit.
std::string escaped(std::string_view text, Place place) {
    std::string out;
    for (const char c : text) {
        const bool is_special = c == '%' || c == '\r' || c == '\n' ||
                                (place == Place::property && (c == ':' || c == ','));
        if (is_special) {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out;
}

std::string command(std::string_view level, std::string_view title, std::string_view message) {
    return fmt::format("::{} title={}::{}\n", level, escaped(title, Place::property),
                       escaped(message, Place::message));
}

// The commands of one level.
class Level {
  public:
    explicit Level(std::string_view name) : name_(name) {}

    // Ignored if there are enough.
    void add(std::string_view title, std::string_view message) {
        if (count_ < commands_of_a_level_max) {
            text_ += command(name_, title, message);
            ++count_;
        }
    }
    void add(const StatusThreat& threat, const projections::Verdict& verdict) {
        std::string breaks;
        if (!threat.breaks.empty()) {
            breaks = fmt::format(" Fails {}.", names_of(verdict, threat.breaks));
        }
        if (!threat.warned_by.empty()) {
            breaks += fmt::format(" Warned about by {}.", names_of(verdict, threat.warned_by));
        }
        add(fmt::format("{} threat: {}", severity_word(threat.threat),
                        isolated(one_line(threat.name(), title_name_points_max))),
            fmt::format("Threat {}: {}.{}", threat.id, state_of(threat), breaks));
    }

    const std::string& text() const { return text_; }

  private:
    std::string_view name_;
    std::string text_;
    std::size_t count_ = 0;
};

std::string summary_of(const StatusView& view) {
    std::string counts = counts_of(view.product.posture);
    const auto sentences = sentences_about_verdict(view);
    if (!sentences.empty()) {
        fmt::format_to(std::back_inserter(counts), ". {}", fmt::join(sentences, " "));
    }
    if (!view.is_judged()) {
        return "No threshold was given, so the threat model was not judged. " + counts;
    }
    return view.verdict.pass
               ? counts
               : fmt::format("{}. {}", fmt::join(view.verdict.failures, "; "), counts);
}

std::string warnings_of(const std::vector<BrokenCondition>& warned) {
    std::vector<std::string> sentences;
    for (const BrokenCondition& one : warned) {
        sentences.push_back(warning_of(one));
    }
    return fmt::format("{}", fmt::join(sentences, "; "));
}

}  // namespace

std::string status_as_workflow_commands(const StatusView& view) {
    Level errors("error");
    Level warnings("warning");
    Level notices("notice");
    const std::string name = isolated(one_line(view.product_name(), title_name_points_max));
    Level& verdict = view.verdict.pass ? notices : errors;
    verdict.add(fmt::format("Threat model of {}: {}", name, verdict_word(view)), summary_of(view));
    if (const auto warned = warned_conditions(view.verdict); !warned.empty()) {
        warnings.add(fmt::format("Threat model of {}: warned", name), warnings_of(warned));
    }
    for (const StatusThreat& threat : view.threats) {
        const auto severity = threat.threat.scoring.severity;
        if (!threat.breaks.empty()) {
            errors.add(threat, view.verdict);
        } else if (threat.is_settled()) {
            continue;
        } else if (!threat.warned_by.empty() || !severity || *severity <= events::Severity::high) {
            warnings.add(threat, view.verdict);
        } else {
            notices.add(threat, view.verdict);
        }
    }
    return errors.text() + warnings.text() + notices.text();
}

}  // namespace threatatlas::exports
