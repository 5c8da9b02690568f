// Rules that all formats share: texts are cleaned and cut, keys are unique, everything is limited.

#include "import/model_builder.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "base/instant.hpp"
#include "events/event_rules.hpp"
#include "events/text.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"

BOOST_AUTO_TEST_SUITE(model_builder_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using events::MitigationField;
using events::ThreatField;

namespace {

std::string name_of(std::string_view raw) {
    ModelBuilder builder("test");
    builder.add(RawThreat{.key = "1", .name = raw});
    return std::string(builder.build().threats.at(0).texts[ThreatField::name]);
}

std::string description_of(std::string_view raw, CleanTexts clean = CleanTexts::always) {
    ModelBuilder builder("test", clean);
    builder.add(RawThreat{.key = "1", .name = "name", .description = raw});
    return std::string(builder.build().threats.at(0).texts[ThreatField::description]);
}

std::string words(std::size_t points) {
    std::string text;
    while (text.size() < points) {
        text += "word ";
    }
    return text.substr(0, points - 1) + "x";
}

// All rules of events hold for the objects of the model.
void check(const ImportedModel& model) {
    for (const ImportedThreat& threat : model.threats) {
        events::Event event;
        event.position = 1;
        event.product_id = 1;
        event.id = "0193b3a4-6c7d-7abc-8def-0123456789ab";
        event.actor = "system";
        event.time = base::parse_instant("2026-03-01T12:00:00Z").value();
        event.data = events::ThreatIdentified{1, threat.texts, threat.scoring, threat.status};
        const auto fault = events::fault_of(event);
        BOOST_TEST(!fault.has_value(), fault.value_or(""));
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_become_one_line_of_text) {
    BOOST_TEST(name_of("  Spoofing\r\n of\tusers ") == "Spoofing of users");
    BOOST_TEST(name_of("<b>Missing</b> <u class=\"x\">Vault</u><br/>at Host") ==
               "Missing Vault at Host");
    BOOST_TEST(name_of("Tom &amp; Jerry &lt;x&gt; &#39;a&#x27; &#228;&#8364;&#x1F600;") ==
               "Tom & Jerry <x> 'a' ä€😀");
    BOOST_TEST(name_of("a\x01\x7F\u0085z\uFEFF") == "az\uFEFF");
    BOOST_TEST(name_of("\uFEFFname") == "name");
}

// Angle brackets that are not HTML stay: they are part of the title.
BOOST_AUTO_TEST_CASE(other_angle_brackets_stay) {
    for (const std::string_view text :
         {"XSS by <script>alert(1)</script>", "a < b > c", "access to <admin>", "List<String>", "<",
          "</", "<b", "<b class", "<br", "& &; &x; &#; &#x; &#0; &#xD800; &#1114112; &#55;5;",
          "<bold>"}) {
        if (text.starts_with("& ")) {
            BOOST_TEST(name_of(text) == "& &; &x; &#; &#x; &#0; &#xD800; &#1114112; 75;");
        } else {
            BOOST_TEST(name_of(text) == text);
        }
    }
}

BOOST_AUTO_TEST_CASE(blank_names_are_replaced_and_reported) {
    for (const std::string_view text : {"", " \t", "\u00A0", "\u200B", "<b></b>", "&nbsp;"}) {
        ModelBuilder builder("test");
        builder.add(RawThreat{.key = "1", .path = "/1", .name = text});
        const ImportedModel model = builder.build();
        BOOST_TEST(model.threats.at(0).texts[ThreatField::name] == "Unnamed threat");
        BOOST_TEST(model.warnings.size() == 1U);
        BOOST_TEST(model.warnings.at(0).path == "/1");
    }
}

BOOST_AUTO_TEST_CASE(long_texts_keep_lines_and_lose_controls) {
    BOOST_TEST(description_of(" a\r\nb\rc\n\n d<b>\x02 ") == "a\nb\nc\n\n d<b>");
    BOOST_TEST(description_of(" \u200B\n").empty());
    // Texts of this program's own exports are not changed.
    BOOST_TEST(description_of(" a\n\uFEFFb ", CleanTexts::if_needed) == " a\n\uFEFFb ");
    BOOST_TEST(description_of(" a\r\nb ", CleanTexts::if_needed) == "a\nb");
    BOOST_TEST(description_of(" \u200B\n", CleanTexts::if_needed).empty());
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut_at_a_word_and_kept_in_the_description) {
    const std::string name = words(600);
    ModelBuilder builder("test");
    builder.add(RawThreat{.key = "1", .path = "/t", .name = name, .description = "more"});
    const ImportedModel model = builder.build();
    const events::ThreatTexts& texts = model.threats.at(0).texts;
    BOOST_TEST(texts[ThreatField::name].ends_with("word…"));
    BOOST_TEST(events::count_points(texts[ThreatField::name]) <= 500U);
    BOOST_TEST(texts[ThreatField::description] == name + "\n\nmore");
    BOOST_TEST(model.warnings.size() == 1U);
    check(model);
}

BOOST_AUTO_TEST_CASE(a_long_name_is_not_repeated_if_the_description_begins_with_it) {
    const std::string name = words(600);
    const std::string description = name + "\nmore";
    ModelBuilder builder("test");
    builder.add(RawThreat{.key = "1", .path = "/t", .name = name, .description = description});
    const ImportedModel model = builder.build();
    BOOST_TEST(model.threats.at(0).texts[ThreatField::name].ends_with("word…"));
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description] == description);
    BOOST_TEST(model.warnings.size() == 1U);
    check(model);
}

BOOST_AUTO_TEST_CASE(code_points_are_counted_not_bytes) {
    std::string name;
    for (int i = 0; i < 500; ++i) {
        name += "ü";
    }
    BOOST_TEST(name_of(name) == name);
    const std::string cut = name_of(name + "ü");
    BOOST_TEST(events::count_points(cut) == 500U);
    BOOST_TEST(cut.ends_with("ü…"));
}

BOOST_AUTO_TEST_CASE(every_text_is_cut_to_its_limit) {
    const std::string other = words(700);
    const std::string full = words(10'000);
    const std::string over = words(10'001);
    ModelBuilder builder("test");
    builder.add(RawThreat{.key = "1", .name = "n", .category = other, .element_name = other});
    builder.add(RawThreat{.key = "2", .name = other, .description = full, .comments = "c"});
    builder.add(RawThreat{.key = "3", .name = other, .description = full, .comments = full});
    builder.add(RawThreat{.key = "4", .name = "n", .description = over, .comments = over});
    builder.add(RawMitigation{
        .key = "1", .name = "m", .description = over, .diagram = other, .element_id = other});
    const ImportedModel model = builder.build();
    check(model);
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description] ==
               "category: " + other + "\n\nelement_name: " + other);
    BOOST_TEST(model.threats.at(1).texts[ThreatField::description] == full);
    BOOST_TEST(model.threats.at(1).texts[ThreatField::comments] == other + "\n\nc");
    BOOST_TEST(model.threats.at(2).texts[ThreatField::description].starts_with(other));
    BOOST_TEST(model.threats.at(2).texts[ThreatField::comments] == full);
    BOOST_TEST(events::count_points(model.mitigations.at(0).element_id) <= 500U);
    BOOST_TEST(events::count_points(model.mitigations.at(0).texts[MitigationField::description]) <=
               10'000U);
    BOOST_TEST(model.warning_count == 2U + 1U + 2U + 2U + 3U);
}

// 10,000 code points may have 40,000 bytes, but a line of the log has a limit in bytes.
BOOST_AUTO_TEST_CASE(all_texts_together_fit_into_a_line) {
    std::string large;
    for (int i = 0; i < 10'000; ++i) {
        large += i % 10 == 9 ? " " : "😀";
    }
    ModelBuilder builder("test");
    builder.add(RawThreat{.key = "1", .name = "n", .description = large, .comments = large});
    builder.add(RawThreat{.key = "2", .name = "n", .description = large + "x", .comments = "c"});
    const ImportedModel model = builder.build();
    BOOST_TEST(model.threats.at(0).texts.bytes() < 59'600U);
    BOOST_TEST(model.threats.at(0).texts.bytes() > 59'000U);
    BOOST_TEST(model.threats.at(0).texts[ThreatField::description] ==
               large.substr(0, large.size() - 1));
    BOOST_TEST(model.threats.at(1).texts[ThreatField::comments] == "c");
    check(model);
}

BOOST_AUTO_TEST_CASE(keys_are_unique_short_and_plain) {
    ModelBuilder builder("test");
    for (const std::string& key :
         {std::string("a"), std::string("a"), std::string("a#3"), std::string("a"), std::string(),
          std::string(), std::string(295, 'k'), std::string(294, 'k'), std::string("line\nend")}) {
        builder.add(RawThreat{.key = key, .name = "same", .is_key_given = true});
    }
    builder.add(RawMitigation{.key = "a", .name = "m"});
    const ImportedModel model = builder.build();
    std::set<std::string> keys;
    for (const ImportedThreat& threat : model.threats) {
        BOOST_TEST(keys.insert(threat.key).second, threat.key);
        BOOST_TEST(threat.key.size() <= limits::key_bytes_max);
    }
    // Only ids of the file are worth a warning.
    BOOST_REQUIRE(model.warnings.size() == 2U);
    BOOST_TEST(model.warnings.front().detail ==
               "Another threat of the file has the same id, a. They are told apart by their order: "
               "give each an id of its own, or keep that order.");
    BOOST_TEST(model.threats.at(1).key == "a#2");
    BOOST_TEST(model.threats.at(3).key == "a#4");
    BOOST_TEST(model.threats.at(4).key.starts_with("sha256:"));
    BOOST_TEST(model.threats.at(5).key == model.threats.at(4).key + "#2");
    BOOST_TEST(model.threats.at(6).key.starts_with("sha256:"));
    BOOST_TEST(model.threats.at(7).key == std::string(294, 'k'));
    BOOST_TEST(model.threats.at(8).key.starts_with("sha256:"));
    BOOST_TEST(model.mitigations.at(0).key == "a");
}

BOOST_AUTO_TEST_CASE(a_mitigation_without_a_name_is_named_by_its_first_line) {
    ModelBuilder builder("test");
    BOOST_TEST(builder.add(RawMitigation{.key = "1", .description = "Use TLS."}));
    BOOST_TEST(
        builder.add(RawMitigation{.key = "2", .description = "\n<b>Use</b> TLS.\r\nWith care."}));
    BOOST_TEST(!builder.add(RawMitigation{.key = "3", .description = " \n "}));
    BOOST_TEST(builder.add(RawMitigation{.key = "4", .description = "<b></b>\nx"}));
    const std::string line = words(700);
    BOOST_TEST(builder.add(RawMitigation{.key = "5", .description = line}));
    const ImportedModel model = builder.build();
    const auto text = [&](std::size_t i, MitigationField field) {
        return model.mitigations.at(i).texts[field];
    };
    BOOST_TEST(model.mitigations.size() == 4U);
    BOOST_TEST(text(0, MitigationField::name) == "Use TLS.");
    BOOST_TEST(text(0, MitigationField::description).empty());
    BOOST_TEST(text(1, MitigationField::name) == "Use TLS.");
    BOOST_TEST(text(1, MitigationField::description) == "<b>Use</b> TLS.\nWith care.");
    BOOST_TEST(text(2, MitigationField::name) == "Unnamed mitigation");
    BOOST_TEST(text(3, MitigationField::description) == line);
}

BOOST_AUTO_TEST_CASE(links_are_ascending_unique_and_limited) {
    ModelBuilder builder("test");
    for (int i = 0; i < 1'002; ++i) {
        builder.add(RawThreat{.key = "t", .name = "threat"});
    }
    builder.add(RawMitigation{.key = "1", .name = "m", .threats = {7, 3, 7, 0}});
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < 1'002; ++i) {
        all.push_back(1'001 - i);
    }
    builder.add(RawMitigation{.key = "2", .name = "m", .threats = all});
    const ImportedModel model = builder.build();
    BOOST_TEST(model.mitigations.at(0).threats == std::vector<std::size_t>({0, 3, 7}),
               boost::test_tools::per_element());
    BOOST_TEST(model.mitigations.at(1).threats.size() == 1'000U);
    BOOST_TEST(model.warning_count == 1U);
}

BOOST_AUTO_TEST_CASE(objects_and_warnings_are_limited) {
    ModelBuilder builder("test");
    for (std::size_t i = 0; i < limits::objects_max; ++i) {
        builder.add(RawThreat{.key = "same"});
    }
    BOOST_CHECK_THROW(builder.add(RawThreat{.key = "1", .name = "n"}), ImportError);
    BOOST_CHECK_THROW(builder.add(RawMitigation{.key = "1", .name = "n"}), ImportError);
    const ImportedModel model = builder.build();
    BOOST_TEST(model.warnings.size() == limits::warnings_max);
    BOOST_TEST(model.warning_count == limits::objects_max);
    BOOST_TEST(model.threats.back().key == "same#20000");
}

BOOST_AUTO_TEST_CASE(an_empty_model_is_a_warning) {
    ModelBuilder builder("test");
    builder.set_title(" My\nmodel ");
    const ImportedModel model = builder.build();
    BOOST_TEST(model.title == "My model");
    BOOST_TEST(model.warning_count == 1U);
}

BOOST_AUTO_TEST_CASE(words_are_compared_ignoring_case_and_separators) {
    BOOST_TEST(is_same_word("NotApplicable", "not applicable"));
    BOOST_TEST(is_same_word("in-progress", "In_Progress "));
    BOOST_TEST(is_same_word("", "- _"));
    BOOST_TEST(!is_same_word("open", "opened"));
    BOOST_TEST(!is_same_word("open", ""));
    using events::Severity;
    const auto severity =
        find_word<Severity>({{"elevated", Severity::high}, {"low", Severity::low}}, "Elevated");
    BOOST_TEST((severity == Severity::high));
    BOOST_TEST(!find_word<Severity>({{"low", Severity::low}}, "TBD").has_value());
}

BOOST_AUTO_TEST_CASE(placeholders_are_not_mitigations) {
    BOOST_TEST(ModelBuilder::is_filler(
        "Provide remediation for this threat or a reason if status is N/A"));
    BOOST_TEST(ModelBuilder::is_filler(" Mitigation or prevention for the threat "));
    BOOST_TEST(!ModelBuilder::is_filler("Provide remediation"));
    BOOST_TEST(!ModelBuilder::is_filler(""));
}

BOOST_AUTO_TEST_SUITE_END()
