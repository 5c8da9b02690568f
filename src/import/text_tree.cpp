#include "import/text_tree.hpp"

#include <fmt/format.h>

#include "events/text.hpp"
#include "import/yaml_file.hpp"

namespace threatatlas::imports {
namespace {

void add_json(TextTree& tree, JsonValue value) {
    switch (value.type()) {
        case simdjson::dom::element_type::OBJECT:
            tree.open_map();
            for (const auto& [name, member] : simdjson::dom::object(value)) {
                tree.add_text(name);
                add_json(tree, member);
            }
            tree.close();
            return;
        case simdjson::dom::element_type::ARRAY:
            tree.open_list();
            for (const JsonValue element : simdjson::dom::array(value)) {
                add_json(tree, element);
            }
            tree.close();
            return;
        case simdjson::dom::element_type::STRING:
            tree.add_text(std::string_view(value));
            return;
        case simdjson::dom::element_type::NULL_VALUE:
            tree.add_null();
            return;
        case simdjson::dom::element_type::INT64:
        case simdjson::dom::element_type::UINT64:
        case simdjson::dom::element_type::DOUBLE:
        case simdjson::dom::element_type::BOOL:
            tree.add_text(simdjson::minify(value));
            return;
    }
}

/// True if the first visible character begins an object or an array that is not a template's `{{`,
/// `{%` or
/// `{#`.
bool begins_as_json(std::string_view bytes) {
    const std::string_view text = events::without_byte_order_mark(bytes);
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        return false;
    }
    if (text[begin] == '{') {
        const char next = begin + 1 < text.size() ? text[begin + 1] : ' ';
        return next != '{' && next != '%' && next != '#';
    }
    return text[begin] == '[';
}

}  // namespace

TreeNode::TreeNode(const TextTree& tree, std::uint32_t index) : tree_(&tree), index_(index) {
    if (tree.values_[index].type == TextTree::Type::reference) {
        index_ = tree.values_[index].begin;
    }
    kind_ = static_cast<Kind>(tree.values_[index_].type);
}

std::string_view TreeNode::text() const {
    if (kind_ != Kind::text) {
        return {};
    }
    const auto& value = tree_->values_[index_];
    return std::string_view(tree_->texts_).substr(value.begin, value.size);
}

std::vector<TreeNode> TreeNode::items() const {
    std::vector<TreeNode> items;
    if (kind_ == Kind::list) {
        const auto& list = tree_->values_[index_];
        items.reserve(list.size);
        std::uint32_t child = list.begin;
        for (std::uint32_t i = 0; i < list.size; ++i) {
            items.push_back(TreeNode(*tree_, child));
            child = tree_->values_[child].next;
        }
    }
    return items;
}

std::vector<std::pair<std::string_view, TreeNode>> TreeNode::members() const {
    std::vector<std::pair<std::string_view, TreeNode>> members;
    if (kind_ == Kind::map) {
        const auto& map = tree_->values_[index_];
        members.reserve(map.size / 2);
        std::uint32_t key = map.begin;
        for (std::uint32_t i = 0; i < map.size / 2; ++i) {
            const std::uint32_t value = tree_->values_[key].next;
            members.emplace_back(TreeNode(*tree_, key).text(), TreeNode(*tree_, value));
            key = tree_->values_[value].next;
        }
    }
    return members;
}

TreeNode TreeNode::find(std::string_view name) const {
    if (kind_ != Kind::map) {
        return {};
    }
    TreeNode merged;
    const auto& map = tree_->values_[index_];
    std::uint32_t key = map.begin;
    for (std::uint32_t i = 0; i < map.size / 2; ++i) {
        const std::uint32_t value = tree_->values_[key].next;
        const std::string_view key_text = TreeNode(*tree_, key).text();
        if (key_text == name) {
            return TreeNode(*tree_, value);
        }
        if (key_text == "<<" && merged.kind() == Kind::null) {
            merged = TreeNode(*tree_, value);
        }
        key = tree_->values_[value].next;
    }
    if (merged.kind() == Kind::map) {
        return merged.find(name);
    }
    for (const TreeNode& item : merged.items()) {
        if (const TreeNode found = item.find(name); found.kind() != Kind::null) {
            return found;
        }
    }
    return {};
}

std::uint32_t TextTree::add_text(std::string_view text) {
    const auto begin = static_cast<std::uint32_t>(texts_.size());
    texts_ += text;
    return add(
        {.type = Type::text, .begin = begin, .size = static_cast<std::uint32_t>(text.size())});
}

std::uint32_t TextTree::add_reference(std::uint32_t index) {
    const Value& target = values_[index];
    return add(
        {.type = Type::reference, .begin = target.type == Type::reference ? target.begin : index});
}

bool TextTree::is_key_next() const {
    if (open_.empty()) {
        return false;
    }
    const Value& parent = values_[open_.back().index];
    return parent.type == Type::map && parent.size % 2 == 0;
}

std::uint32_t TextTree::add(Value value) {
    const auto index = static_cast<std::uint32_t>(values_.size());
    values_.push_back(value);
    if (!open_.empty()) {
        Open& open = open_.back();
        Value& parent = values_[open.index];
        if (parent.size == 0) {
            parent.begin = index;
        } else {
            values_[open.last_child].next = index;
        }
        open.last_child = index;
        ++parent.size;
    }
    return index;
}

std::uint32_t TextTree::open(Type type) {
    const std::uint32_t index = add({.type = type});
    open_.push_back({.index = index});
    return index;
}

TextTree tree_of(JsonValue root) {
    TextTree tree;
    add_json(tree, root);
    return tree;
}

TextTree read_json_or_yaml(std::string_view bytes) {
    return begins_as_json(bytes) ? tree_of(JsonFile(bytes).root()) : read_yaml(bytes);
}

}  // namespace threatatlas::imports
