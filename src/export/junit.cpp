// JUnit XML as Ant's JUnitReport and Jenkins read it, which is what other tools read as well.

#include <map>

#include <fmt/format.h>

#include "export/bidi.hpp"
#include "export/status_forms.hpp"
#include "export/xml_text.hpp"

namespace threatatlas::exports {
namespace {

void add_attribute(pugi::xml_node element, const char* name, std::string_view value) {
    element.append_attribute(name).set_value(std::string(value).c_str());
}

pugi::xml_node make_test_case(XmlText& xml, const StatusView& view, std::string_view name) {
    pugi::xml_node test_case = xml.make("testcase");
    add_attribute(test_case, "classname", fmt::format("threat-model.product-{}", view.product.id));
    add_attribute(test_case, "name", name);
    add_attribute(test_case, "time", "0");
    return test_case;
}

// Ant's schema requires the element, and the one of Jenkins a property in it.
void add_properties(XmlText& xml, const StatusView& view) {
    pugi::xml_node properties = xml.make("properties");
    const auto add = [&](std::string_view name, std::uint64_t value) {
        pugi::xml_node property = properties.append_child("property");
        add_attribute(property, "name", name);
        add_attribute(property, "value", fmt::to_string(value));
    };
    add("product_id", view.product.id);
    add("position", view.product.position);
    xml.add(properties);
}

// The broken conditions by their indexes, failed and warned ones.
std::map<std::size_t, BrokenCondition> broken_conditions(const projections::Verdict& verdict) {
    std::map<std::size_t, BrokenCondition> broken;
    for (const auto& conditions : {failed_conditions(verdict), warned_conditions(verdict)}) {
        for (const BrokenCondition& condition : conditions) {
            broken.emplace(condition.index, condition);
        }
    }
    return broken;
}

// A warning is output of a test case that has passed: no schema has another place for it.
void add_condition(XmlText& xml, const StatusView& view, std::size_t index,
                   const BrokenCondition* broken) {
    const projections::Condition& condition = view.verdict.conditions[index];
    const bool only_warns = broken != nullptr && projections::only_warns(condition);
    pugi::xml_node test_case = make_test_case(xml, view, projections::name_of(condition));
    if (broken != nullptr) {
        const std::string reason = only_warns ? warning_of(*broken) : std::string(broken->reason);
        const std::string text = fmt::format("{}: the limit is {}, the value is {}.", reason,
                                             condition.limit, condition.actual);
        pugi::xml_node child = test_case.append_child(only_warns ? "system-out" : "failure");
        if (!only_warns) {
            add_attribute(child, "message", reason);
            add_attribute(child, "type", condition.rule);
        }
        child.text().set(text.c_str());
    }
    xml.add(test_case);
}

void add_conditions(XmlText& xml, const StatusView& view) {
    const auto broken = broken_conditions(view.verdict);
    for (std::size_t i = 0; i < view.verdict.conditions.size(); ++i) {
        const auto found = broken.find(i);
        add_condition(xml, view, i, found == broken.end() ? nullptr : &found->second);
    }
}

}  // namespace

std::string status_as_junit(const StatusView& view) {
    // Whole seconds without a time zone, as Ant's schema requires.
    constexpr std::size_t seconds_chars = std::string_view("2026-11-23T15:12:39").size();
    const std::size_t conditions = view.verdict.conditions.size();
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    XmlText xml(out);
    xml.begin("testsuites");
    pugi::xml_node suite = xml.make("testsuite");
    add_attribute(
        suite, "name",
        xml_characters(fmt::format("Threat model of {}", isolated(one_line(view.product_name())))));
    add_attribute(suite, "package", "threat-model");
    add_attribute(suite, "id", "0");
    add_attribute(suite, "hostname", "localhost");
    add_attribute(suite, "timestamp",
                  base::format_instant(view.product.recorded_at).substr(0, seconds_chars));
    add_attribute(suite, "tests", fmt::to_string(view.is_judged() ? conditions : 1));
    add_attribute(suite, "failures", fmt::to_string(view.verdict.failures.size()));
    add_attribute(suite, "errors", "0");
    add_attribute(suite, "skipped", view.is_judged() ? "0" : "1");
    add_attribute(suite, "time", "0");
    xml.begin(suite);
    add_properties(xml, view);
    add_conditions(xml, view);
    if (!view.is_judged()) {
        // Jenkins takes a suite without test cases for a broken file.
        pugi::xml_node test_case = make_test_case(xml, view, "thresholds");
        // As text: the schema of Jenkins that most tools check with has no attribute here.
        test_case.append_child("skipped").text().set(
            "No threshold was given, so the threat model was not judged.");
        xml.add(test_case);
    }
    pugi::xml_node counts = xml.make("system-out");
    std::string text = counts_of(view.product.posture);
    for (const std::string& sentence : sentences_about_verdict(view)) {
        text += "\n" + sentence;
    }
    counts.text().set(text.c_str());
    xml.add(counts);
    xml.add(xml.make("system-err"));
    xml.end();
    xml.end();
    out += '\n';
    return out;
}

}  // namespace threatatlas::exports
