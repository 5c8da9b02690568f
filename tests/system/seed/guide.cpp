#include "system/seed/guide.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace threatatlas::testing {
namespace {

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

std::string_view trimmed(std::string_view line) {
    return line.substr(indent_of(line));
}

}  // namespace

Guide::Guide(const std::filesystem::path& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        lines_.push_back(line);
    }
}

// Index of the first line from `from` on that equals `text` without its indentation.
std::size_t Guide::find_line(std::size_t from, std::string_view text) const {
    for (std::size_t i = from; i < lines_.size(); ++i) {
        if (trimmed(lines_[i]) == text) {
            return i;
        }
    }
    throw std::runtime_error("the guide has no line " + std::string(text));
}

// A YAML literal block: the lines after the header that are indented deeper, without the
// indentation of the first one (YAML 1.2, section 8.1.2).
std::string Guide::block_scalar(std::size_t header) const {
    const std::size_t outer = indent_of(lines_[header]);
    const std::size_t inner = indent_of(lines_.at(header + 1));
    std::string result;
    for (std::size_t i = header + 1; i < lines_.size(); ++i) {
        const std::string& line = lines_[i];
        if (!trimmed(line).empty() && indent_of(line) <= outer) {
            break;
        }
        result.append(line, std::min(inner, line.size())).append("\n");
    }
    return result;
}

std::string Guide::github_script() const {
    return block_scalar(find_line(0, "run: |"));
}

std::string Guide::gitlab_script() const {
    return block_scalar(find_line(find_line(0, "script:"), "- |"));
}

std::string Guide::gitlab_thresholds() const {
    constexpr std::string_view start = "THRESHOLDS: \"";
    for (const std::string& line : lines_) {
        if (trimmed(line).starts_with(start)) {
            const std::string_view value = trimmed(line).substr(start.size());
            return std::string(value.substr(0, value.find('"')));
        }
    }
    throw std::runtime_error("the guide sets no THRESHOLDS");
}

std::string Guide::download_script() const {
    std::string result;
    const std::size_t begin = find_line(0, "Attaching the full report") + 4;
    for (std::size_t i = begin; i < find_line(begin, "Notes"); ++i) {
        result += lines_[i] + "\n";
    }
    return result;
}

std::string Guide::example_answer() const {
    std::string result;
    for (std::size_t i = find_line(0, "{"); i < lines_.size(); ++i) {
        result += lines_[i];
        if (lines_[i] == "}") {
            return result;
        }
    }
    throw std::runtime_error("the guide's example does not end");
}

}  // namespace threatatlas::testing
