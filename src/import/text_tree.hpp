#pragma once

/// @file
/// A JSON or YAML file as one kind of tree, whose leaves are texts: formats that exist in both have
/// one reader. Look-ups never throw, because files from elsewhere lack members and have others of
/// unexpected types.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "import/json_file.hpp"

namespace threatatlas::imports {

class TextTree;

/// A value in a tree, valid as long as the tree. A value that is absent is a null.
class TreeNode {
  public:
    enum class Kind : std::uint8_t { null, text, list, map };

    TreeNode() = default;

    Kind kind() const { return kind_; }
    /// The text of a leaf; numbers and booleans are as the file spells them in YAML and as JSON
    /// otherwise. Empty for all other kinds.
    std::string_view text() const;
    /// The elements of a list; none for all other kinds.
    std::vector<TreeNode> items() const;
    /// The members of a map in the order of the file; none for all other kinds.
    std::vector<std::pair<std::string_view, TreeNode>> members() const;
    /// The member of a map. Of a repeated member the first is taken. If there is none, the maps
    /// that a YAML merge key (`<<`) names are searched.
    TreeNode find(std::string_view name) const;

  private:
    friend class TextTree;
    TreeNode(const TextTree& tree, std::uint32_t index);

    const TextTree* tree_ = nullptr;
    std::uint32_t index_ = 0;
    Kind kind_ = Kind::null;
};

/// The tree, and its construction in the order of the file. Values are 16 bytes each, as a file of
/// the largest size may have millions.
class TextTree {
  public:
    /// A null if nothing was added.
    TreeNode root() const { return values_.empty() ? TreeNode() : TreeNode(*this, 0); }

    /// Add the next value: to the innermost open list or map, or as the root. In a map, keys and
    /// values alternate, and keys are texts. Each returns the index of the value.
    std::uint32_t add_null() { return add({.type = Type::null}); }
    std::uint32_t add_text(std::string_view text);
    std::uint32_t open_list() { return open(Type::list); }
    std::uint32_t open_map() { return open(Type::map); }
    /// Closes the innermost open list or map.
    void close() { open_.pop_back(); }
    /// Adds a value that is the closed value at `index` once more.
    std::uint32_t add_reference(std::uint32_t index);

    /// The number of open lists and maps.
    std::size_t depth() const { return open_.size(); }
    /// True if the next value is the key of a member.
    bool is_key_next() const;

  private:
    friend class TreeNode;
    enum class Type : std::uint8_t { null, text, list, map, reference };
    /// A text is `size` bytes of texts_ from `begin`; a list or a map has `size` children, the
    /// first at `begin`; a reference is to the value at `begin`.
    struct Value {
        Type type = Type::null;
        std::uint32_t begin = 0;
        std::uint32_t size = 0;
        std::uint32_t next = 0;  ///< the next child of the same list or map; 0: none
    };
    struct Open {
        std::uint32_t index = 0;
        std::uint32_t last_child = 0;
    };

    std::uint32_t add(Value value);
    std::uint32_t open(Type type);

    std::vector<Value> values_;
    std::string texts_;
    std::vector<Open> open_;
};

/// The tree of a JSON file, which must be at most limits::depth_max levels deep.
TextTree tree_of(JsonValue root);
/// Reads a file that is JSON if it begins as such, and YAML otherwise. Throws ImportError.
TextTree read_json_or_yaml(std::string_view bytes);

}  // namespace threatatlas::imports
