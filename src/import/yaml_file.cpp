#include "import/yaml_file.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "events/json_place.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"
#include "import/text_file.hpp"

namespace threatatlas::imports {
namespace {

/// The text as a stream that ends early if the parser reads far ahead without giving an event. It
/// keeps all brackets of a line in memory, at a hundred times their size, before it reports the
/// first.
class WatchedText : public std::streambuf {
  public:
    explicit WatchedText(std::string_view text) : text_(text) {}

    void note_event() { read_at_event_ = read_; }
    bool has_ended_early() const { return has_ended_early_; }

  protected:
    int_type underflow() override {
        constexpr std::size_t chunk_bytes = 4096;
        has_ended_early_ =
            has_ended_early_ || read_ - read_at_event_ > limits::yaml_value_bytes_max;
        if (has_ended_early_ || read_ == text_.size()) {
            return traits_type::eof();
        }
        const std::string_view chunk = text_.substr(read_, chunk_bytes);
        read_ += chunk.size();
        // Streams take non-const pointers, for put-back areas, but only read.
        char* const begin = const_cast<char*>(chunk.data());
        setg(begin, begin, begin + chunk.size());
        return traits_type::to_int_type(*begin);
    }

  private:
    std::string_view text_;
    std::size_t read_ = 0;
    std::size_t read_at_event_ = 0;
    bool has_ended_early_ = false;
};

std::string place_of(std::string_view text, const YAML::Mark& mark) {
    // The parser's own columns are bytes.
    const auto offset = static_cast<std::size_t>(std::max(mark.pos, 0));
    return events::line_and_column(text, std::min(offset, text.size()));
}

/// The continuation of a sentence about the first tag of a template language; empty if there is
/// none.
std::string template_hint(std::string_view text) {
    const std::size_t at = std::min(text.find("{{"), text.find("{%"));
    if (at == std::string_view::npos) {
        return {};
    }
    return fmt::format(
        ". There is a {} at {}: if the file is a template (Jinja, Helm), render it first and "
        "send the result",
        text.substr(at, 2), events::line_and_column(text, at));
}

/// Builds the tree from a parser's events, so that nothing grows before it is checked.
class YamlTreeBuilder : public YAML::EventHandler {
  public:
    YamlTreeBuilder(std::string_view text, WatchedText& source) : text_(text), source_(source) {}

    /// The offset at which the value of the last event begins.
    std::size_t last_event() const { return last_event_; }
    /// The place of the first key that is a list or a map. If brackets are missing, the parser
    /// takes lists for keys before it reports the fault.
    const std::optional<std::string>& foreign_key() const { return foreign_key_; }
    TextTree take() { return std::move(tree_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        note_event(mark);
        // As a key, a null is an empty text.
        add_leaf(anchor, tree_.is_key_next() ? tree_.add_text({}) : tree_.add_null(), 0);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  const std::string& value) override {
        note_event(mark);
        add_leaf(anchor, tree_.add_text(value), value.size());
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        note_event(mark);
        const Anchored& target = anchored_.at(anchor);
        if (!target.is_complete) {
            throw ImportError(ImportFault::unacceptable,
                              fmt::format("The alias at {} stands for a value that contains it.",
                                          place_of(text_, mark)));
        }
        if (target.height > 0) {
            note_key(mark);
        }
        check_depth(tree_.depth() + target.height, mark);
        aliased_bytes_ += target.bytes;
        if (aliased_bytes_ > limits::alias_bytes_max) {
            throw ImportError(ImportFault::unacceptable,
                              fmt::format("Up to the alias at {}, aliases repeat more than {} MiB.",
                                          place_of(text_, mark), limits::alias_bytes_max >> 20U));
        }
        tree_.add_reference(target.index);
        bytes_ += target.bytes;
        note_height(target.height);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(mark, anchor, false);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(mark, anchor, true);
    }
    void OnMapEnd() override { close(); }

  private:
    /// What an alias repeats. Each value counts as one byte and its text, so that aliases of empty
    /// values are limited, too.
    struct Anchored {
        std::uint32_t index = 0;
        std::size_t bytes = 0;
        std::size_t height = 0;  ///< levels of lists and maps
        bool is_complete = false;
    };
    struct Open {
        YAML::anchor_t anchor = 0;
        std::uint32_t index = 0;
        std::size_t bytes_before = 0;
        std::size_t child_height = 0;
    };

    void check_depth(std::size_t depth, const YAML::Mark& mark) const {
        if (depth > limits::depth_max) {
            throw ImportError(ImportFault::unacceptable,
                              fmt::format("The file is nested more than {} levels deep at {}.",
                                          limits::depth_max, place_of(text_, mark)));
        }
    }

    void note_key(const YAML::Mark& mark) {
        if (tree_.is_key_next() && !foreign_key_) {
            foreign_key_ = place_of(text_, mark);
        }
    }

    void note_event(const YAML::Mark& mark) {
        source_.note_event();
        last_event_ = static_cast<std::size_t>(std::max(mark.pos, 0));
    }

    void note_height(std::size_t height) {
        if (!open_.empty()) {
            open_.back().child_height = std::max(open_.back().child_height, height);
        }
    }

    void add_leaf(YAML::anchor_t anchor, std::uint32_t index, std::size_t text_bytes) {
        bytes_ += 1 + text_bytes;
        if (anchor != 0) {
            anchored_[anchor] = {index, 1 + text_bytes, 0, true};
        }
    }

    void open(const YAML::Mark& mark, YAML::anchor_t anchor, bool is_map) {
        note_event(mark);
        note_key(mark);
        check_depth(tree_.depth() + 1, mark);
        const std::uint32_t index = is_map ? tree_.open_map() : tree_.open_list();
        if (anchor != 0) {
            anchored_[anchor] = {};
        }
        open_.push_back({anchor, index, bytes_, 0});
        ++bytes_;
    }

    void close() {
        tree_.close();
        const Open closed = open_.back();
        open_.pop_back();
        const std::size_t height = closed.child_height + 1;
        if (closed.anchor != 0) {
            anchored_[closed.anchor] = {closed.index, bytes_ - closed.bytes_before, height, true};
        }
        note_height(height);
    }

    const std::string_view text_;
    WatchedText& source_;
    std::size_t last_event_ = 0;
    std::optional<std::string> foreign_key_;
    TextTree tree_;
    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, Anchored> anchored_;
    std::size_t bytes_ = 0;  ///< of all values so far, those behind aliases included
    std::size_t aliased_bytes_ = 0;
};

/// Throws ImportError if the text has a control character other than tabs and line ends: the parser
/// takes U+0004 for the end of the file.
void refuse_control_character(std::string_view text) {
    const auto* const found = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20U && c != '\n' && c != '\r' && c != '\t';
    });
    if (found != text.end()) {
        const auto offset = static_cast<std::size_t>(found - text.begin());
        refuse_syntax(text, "YAML", events::line_and_column(text, offset),
                      fmt::format("the control character U+{:04X} is not allowed",
                                  static_cast<unsigned>(*found)));
    }
}

}  // namespace

TextTree read_yaml(std::string_view bytes) {
    std::string_view text = readable_text(bytes);
    if (text.size() > limits::yaml_bytes_max) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format("The YAML has {} bytes, and at most {} ({} MiB) are read. "
                        "Divide it, or send it as JSON if the format allows that.",
                        text.size(), limits::yaml_bytes_max, limits::yaml_bytes_max >> 20U));
    }
    refuse_control_character(text);
    // The parser misses that a quotation mark is not closed if the file ends with a line end.
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    WatchedText source(text);
    std::istream stream(&source);
    YamlTreeBuilder builder(text, source);
    std::optional<YAML::Exception> fault;
    try {
        YAML::Parser(stream).HandleNextDocument(builder);
    } catch (const YAML::Exception& exception) {
        fault = exception;
    }
    if (source.has_ended_early()) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format("The YAML has a text or a list of more than {} KiB in one piece "
                        "after {}.",
                        limits::yaml_value_bytes_max >> 10U,
                        events::line_and_column(text, builder.last_event())));
    }
    if (fault) {
        refuse_syntax(text, "YAML", place_of(text, fault->mark), fault->msg + template_hint(text));
    }
    if (const auto& place = builder.foreign_key()) {
        throw ImportError(
            ImportFault::unacceptable,
            fmt::format("The key at {} is a list or a map; only texts are read as keys{}.", *place,
                        template_hint(text)));
    }
    return builder.take();
}

}  // namespace threatatlas::imports
