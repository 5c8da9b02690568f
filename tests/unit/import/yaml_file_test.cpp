// YAML files, and the tree that JSON and YAML files share: what is refused and with which words.

#include "import/yaml_file.hpp"

#include <boost/test/unit_test.hpp>

#include "import/import_limits.hpp"
#include "unit/import/contains.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(yaml_file_test)

using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;

namespace {

ImportedModel read_only_yaml(std::string_view bytes) {
    read_yaml(bytes);
    return {};
}

std::string malformed(std::string_view bytes) {
    return refusal(read_only_yaml, bytes, ImportFault::malformed);
}

std::string unacceptable(std::string_view bytes) {
    return refusal(read_only_yaml, bytes, ImportFault::unacceptable);
}

// Nine levels, each with nine aliases of the level before: 9^9 times `leaf`.
std::string alias_bomb(std::string_view leaf) {
    std::string text = "l0: &l0 " + std::string(leaf) + "\n";
    for (int level = 1; level <= 9; ++level) {
        const std::string before = "*l" + std::to_string(level - 1);
        text += "l" + std::to_string(level) + ": &l" + std::to_string(level) + " [" + before;
        for (int i = 1; i < 9; ++i) {
            text += ", " + before;
        }
        text += "]\n";
    }
    return text;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
        text += part;
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(values_of_any_type_are_looked_up) {
    const TextTree file = read_yaml(
        "\uFEFFtext: a\n"
        "number: 007\n"
        "flag: true\n"
        "nothing:\n"
        "tilde: ~\n"
        "quoted: \"~\"\n"
        "lines: >\n  one\n  two\n"
        "list: [x, [y], {z: 1}]\n"
        "map: {b: 2, a: 1, b: 3}\n");
    const TreeNode root = file.root();
    BOOST_TEST((root.kind() == TreeNode::Kind::map));
    BOOST_TEST(root.find("text").text() == "a");
    BOOST_TEST(root.find("number").text() == "007");
    BOOST_TEST(root.find("flag").text() == "true");
    BOOST_TEST((root.find("nothing").kind() == TreeNode::Kind::null));
    BOOST_TEST((root.find("tilde").kind() == TreeNode::Kind::null));
    BOOST_TEST(root.find("quoted").text() == "~");
    BOOST_TEST(root.find("lines").text() == "one two\n");
    BOOST_TEST((root.find("absent").kind() == TreeNode::Kind::null));
    BOOST_TEST((root.find("text").find("absent").kind() == TreeNode::Kind::null));
    BOOST_TEST(root.find("text").items().empty());
    BOOST_TEST(root.find("text").members().empty());
    BOOST_TEST(root.find("list").text().empty());

    const auto items = root.find("list").items();
    BOOST_REQUIRE_EQUAL(items.size(), 3U);
    BOOST_TEST(items[0].text() == "x");
    BOOST_TEST(items[1].items().front().text() == "y");
    BOOST_TEST(items[2].find("z").text() == "1");

    const auto members = root.find("map").members();
    BOOST_REQUIRE_EQUAL(members.size(), 3U);
    BOOST_TEST(members[0].first == "b");
    BOOST_TEST(members[2].second.text() == "3");
    BOOST_TEST(root.find("map").find("b").text() == "2");
}

BOOST_AUTO_TEST_CASE(json_gives_the_same_tree) {
    const TextTree file = read_json_or_yaml(
        R"( {"text":"a/\u00e9\ud83d\ude00","n":-12,"f":2.5,"t":true,"null":null,"list":[1,{"x":[]}]})");
    const TreeNode root = file.root();
    BOOST_TEST(root.find("text").text() == "a/\u00e9\U0001F600");
    BOOST_TEST(root.find("n").text() == "-12");
    BOOST_TEST(root.find("f").text() == "2.5");
    BOOST_TEST(root.find("t").text() == "true");
    BOOST_TEST((root.find("null").kind() == TreeNode::Kind::null));
    BOOST_TEST(root.find("list").items()[0].text() == "1");
    BOOST_TEST((root.find("list").items()[1].find("x").kind() == TreeNode::Kind::list));
    BOOST_TEST(read_json_or_yaml("key: value\n").root().find("key").text() == "value");
    BOOST_TEST(contains(refusal(
                            [](std::string_view bytes) {
                                read_json_or_yaml(bytes);
                                return ImportedModel{};
                            },
                            "[1,\n 2", ImportFault::malformed),
                        "The JSON is broken at line 2, column 3"));
}

BOOST_AUTO_TEST_CASE(only_the_first_document_is_read) {
    const TextTree file = read_yaml("---\na: 1\n---\na: 2\nbroken: [\n");
    BOOST_TEST(file.root().find("a").text() == "1");
    BOOST_TEST((read_yaml("# nothing but a comment\n").root().kind() == TreeNode::Kind::null));
}

BOOST_AUTO_TEST_CASE(anchors_may_be_defined_again) {
    const TextTree file = read_yaml(
        "first: &a {name: one}\n"
        "second: *a\n"
        "third: &a {name: two}\n"
        "fourth: *a\n"
        "key: &k text\n"
        "*k : value\n"
        "again: [*k, *k]\n");
    const TreeNode root = file.root();
    BOOST_TEST(root.find("second").find("name").text() == "one");
    BOOST_TEST(root.find("fourth").find("name").text() == "two");
    BOOST_TEST(root.find("text").text() == "value");
    BOOST_TEST(root.find("again").items()[1].text() == "text");
}

BOOST_AUTO_TEST_CASE(merge_keys_are_followed) {
    const TextTree file = read_yaml(
        "base: &base {a: 1, b: 2}\n"
        "more: &more {b: 3, c: 4}\n"
        "one: {<<: *base, b: 5}\n"
        "two: {<<: [*base, *more]}\n");
    const TreeNode one = file.root().find("one");
    BOOST_TEST(one.find("a").text() == "1");
    BOOST_TEST(one.find("b").text() == "5");
    const TreeNode two = file.root().find("two");
    BOOST_TEST(two.find("b").text() == "2");
    BOOST_TEST(two.find("c").text() == "4");
    BOOST_TEST((two.find("d").kind() == TreeNode::Kind::null));
}

BOOST_AUTO_TEST_CASE(aliases_repeat_at_most_a_mebibyte) {
    BOOST_TEST(unacceptable(alias_bomb("laugh")) ==
               "Up to the alias at line 7, column 15, aliases repeat more than 1 MiB.");
    // Values without a text count, too.
    BOOST_TEST(contains(unacceptable(alias_bomb("[]")), "aliases repeat more than 1 MiB."));
    const std::string half(limits::yaml_value_bytes_max / 2, 'x');
    const std::string head = "a: &a " + half + "\nb: [*a, *a, *a, *a, *a, *a, *a";
    BOOST_TEST(unacceptable(head + "]\n").empty());
    BOOST_TEST(contains(unacceptable(head + ", *a]\n"), "aliases repeat more than 1 MiB."));
    BOOST_TEST(unacceptable("a: &a\n  - b: *a\n") ==
               "The alias at line 2, column 8 stands for a value that contains it.");
}

BOOST_AUTO_TEST_CASE(the_depth_is_limited) {
    const std::size_t max = limits::depth_max;
    BOOST_TEST(unacceptable(std::string(max, '[') + "x" + std::string(max, ']')).empty());
    BOOST_TEST(unacceptable(std::string(max + 1, '[') + "x" + std::string(max + 1, ']')) ==
               "The file is nested more than 64 levels deep at line 1, column 65.");
    BOOST_TEST(contains(unacceptable(repeated("- ", 100'000)), "more than 64 levels deep"));
    // A chain of aliases has the depth of its expansion.
    std::string chain = "a0: &a0 x\n";
    for (std::size_t i = 1; i < 100; ++i) {
        const std::string name = "a" + std::to_string(i);
        chain += name + ": &" + name + " [*a" + std::to_string(i - 1) + "]\n";
    }
    BOOST_TEST(contains(unacceptable(chain), "more than 64 levels deep at line 65"));
}

BOOST_AUTO_TEST_CASE(the_parser_does_not_read_far_ahead) {
    const std::string brackets(std::size_t{4} << 20U, '[');
    BOOST_TEST(!unacceptable("a: " + brackets).empty());
    const std::string text(2 * limits::yaml_value_bytes_max, 'x');
    BOOST_TEST(unacceptable("a: 1\nb: " + text) ==
               "The YAML has a text or a list of more than 256 KiB in one piece after line 2, "
               "column 4.");
    BOOST_TEST(unacceptable("a: [" + repeated("some text, ", 100'000) + "]\n").empty());
}

BOOST_AUTO_TEST_CASE(syntax_errors_have_line_and_column) {
    BOOST_TEST(malformed("a: 1\n\tb: 2\n") ==
               "The YAML is broken at line 2, column 1: illegal tab when looking for indentation.");
    BOOST_TEST(malformed("a: [1\nb: 2\n") ==
               "The YAML is broken at line 2, column 2: end of sequence flow not found.");
    BOOST_TEST(contains(malformed("a: [[1"), "The YAML is broken at line 1, column 7"));
    BOOST_TEST(contains(malformed("a: \"1\nb: 2\n\n"), "illegal EOF in scalar"));
    BOOST_TEST(contains(malformed("a: *b\n"), "the referenced anchor is not defined"));
    BOOST_TEST(contains(malformed("a: \"\\q\"\n"), "unknown escape character"));
    // Columns are characters, not bytes.
    BOOST_TEST(contains(malformed("\u00e4\u00f6: *b\n"), "at line 1, column 5"));
    BOOST_TEST(malformed("a: \"x\x04\"\nb: 1\n") ==
               "The YAML is broken at line 1, column 6: the control character U+0004 is not "
               "allowed.");
}

BOOST_AUTO_TEST_CASE(merge_conflicts_are_named) {
    BOOST_TEST(malformed("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> other\n") ==
               "The file has an unresolved merge conflict at line 2, column 1. Resolve it and send "
               "the file again.");
    BOOST_TEST(
        contains(malformed("a:\n  b: 1\n<<<<<<< HEAD\n  c: 1\n=======\n  c: 2\n>>>>>>> other\n"),
                 "an unresolved merge conflict at line 3"));
}

BOOST_AUTO_TEST_CASE(templates_are_named) {
    BOOST_TEST(contains(malformed("{% set x = 1 %}\na: 1\n"),
                        "There is a {% at line 1, column 1: if the file is a template (Jinja, "
                        "Helm), render it first and send the result."));
    BOOST_TEST(contains(malformed("a:\n{% for r in risks %}\n  {{ r }}: 1\n{% endfor %}\n"),
                        "There is a {% at line 2, column 1"));
    BOOST_TEST(
        contains(unacceptable("a: 1\ntitle: {{ title }}\n"), "There is a {{ at line 2, column 8"));
    BOOST_TEST(read_yaml("title: \"{{ a text }}\"\n").root().find("title").text() ==
               "{{ a text }}");
}

BOOST_AUTO_TEST_CASE(keys_are_texts) {
    BOOST_TEST(unacceptable("? [a]\n: b\n") ==
               "The key at line 1, column 3 is a list or a map; only texts are read as keys.");
    const TextTree file = read_yaml("~: nothing\n1: number\n");
    BOOST_TEST(file.root().find("").text() == "nothing");
    BOOST_TEST(file.root().find("1").text() == "number");
}

BOOST_AUTO_TEST_SUITE_END()
