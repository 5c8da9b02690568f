// Formats are recognised by their content; other files are named by what they look like.

#include "import/formats.hpp"

#include <boost/test/unit_test.hpp>

#include "import/import_limits.hpp"
#include "import/recognise.hpp"
#include "unit/import/model_files.hpp"

BOOST_AUTO_TEST_SUITE(formats_test)

using namespace threatatlas;
using namespace threatatlas::imports;
using namespace threatatlas::imports::testing;

namespace {

std::string recognised(std::string_view bytes) {
    return std::string(name_of(recognise(bytes)));
}

// The detail with which a file is refused as unacceptable.
std::string refused(std::string_view bytes, ImportFault fault = ImportFault::unacceptable) {
    return refusal([](std::string_view file) { return read_model(file); }, bytes, fault);
}

void check_refused(std::string_view bytes, std::string_view part) {
    const std::string detail = refused(bytes);
    BOOST_TEST(detail.find(part) != std::string::npos, detail);
    BOOST_TEST(detail.find("Known formats are threat-dragon, threagile") != std::string::npos,
               detail);
}

}  // namespace

BOOST_AUTO_TEST_CASE(names) {
    for (const Format format : all_formats) {
        BOOST_TEST((parse_format(name_of(format)) == format));
    }
    BOOST_TEST(name_of(Format::threat_dragon) == "threat-dragon");
    BOOST_TEST(name_of(Format::model_json) == "model.json");
    BOOST_TEST(!parse_format("Threat-Dragon").has_value());
    BOOST_TEST(!parse_format("").has_value());
}

BOOST_AUTO_TEST_CASE(every_model_file_is_recognised) {
    const std::vector<std::pair<std::string, std::string>> files{
        {"threat-dragon-v1.json", "threat-dragon"},
        {"threat-dragon-v2.json", "threat-dragon"},
        {"threagile-risks.json", "threagile"},
        {"threagile.yaml", "threagile"},
        {"threat-composer.json", "threat-composer"},
        {"tool.tm7", "tm7"},
        {"tm-bom.json", "tm-bom"},
        {"otm.json", "otm"},
        {"otm.yaml", "otm"},
        {"threatatlas-canvas.json", "threatatlas"},
        {"threatatlas.csv", "threatatlas"},
        {"threats.csv", "csv"}};
    for (const auto& [file, format] : files) {
        const std::string bytes = model_file(file);
        BOOST_TEST(recognised(bytes) == format, file);
        BOOST_TEST(recognised("\uFEFF" + bytes) == format, file);
        BOOST_TEST(read_model(bytes).format == format, file);
        BOOST_TEST(read_model(bytes).threats.size() > 0U, file);
    }
}

BOOST_AUTO_TEST_CASE(small_files_are_recognised) {
    BOOST_TEST(recognised(R"({"summary": {}, "detail": {}})") == "threat-dragon");
    BOOST_TEST(recognised(R"({"detail": {"diagrams": []}})") == "threat-dragon");
    BOOST_TEST(recognised(R"([{"category": "x", "synthetic_id": "x@y"}])") == "threagile");
    BOOST_TEST(recognised("# model\nthreagile_version: 1.0.0\n") == "threagile");
    BOOST_TEST(recognised("---\ndata_assets:\ntechnical_assets:\n") == "threagile");
    BOOST_TEST(recognised(R"({"schema": 1, "threats": []})") == "threat-composer");
    BOOST_TEST(recognised("<?xml version=\"1.0\"?>\n<!-- x --><ThreatModel xmlns=\"x\"/>") ==
               "tm7");
    BOOST_TEST(recognised("<a:ThreatModel xmlns:a=\"x\"/>") == "tm7");
    BOOST_TEST(recognised(R"({"scope": {}, "threats": [], "controls": []})") == "tm-bom");
    BOOST_TEST(recognised(R"({"otmVersion": "0.2.0"})") == "otm");
    BOOST_TEST(recognised("otmVersion: 0.2.0\nproject:\n") == "otm");
    BOOST_TEST(recognised("\"otmVersion\": 0.2.0\n") == "otm");
    BOOST_TEST(recognised(R"({"product": {}, "diagrams": []})") == "threatatlas");
    BOOST_TEST(recognised("Name,Severity\na,high\n") == "csv");
    BOOST_TEST(recognised(R"({"report_format": 3, "threats": []})") == "model.json");
}

BOOST_AUTO_TEST_CASE(other_files_are_named) {
    check_refused(R"({"$schema": "sarif", "version": "2.1.0", "runs": []})", "SARIF");
    check_refused(R"({"bomFormat": "CycloneDX", "components": []})", "CycloneDX");
    check_refused(R"({"name": "x", "version": "1", "dependencies": {}})",
                  "a package.json: a JSON object with the members name, version, dependencies");
    check_refused(R"({"spec_version": 1, "threats": []})", "the members spec_version, threats");
    check_refused(R"({"threat-models": []})", "index of a library");
    check_refused(R"({"risks": {"high": {"unchecked": 3}}})", "risks.json");
    check_refused(R"({"$schema": "x", "properties": {}})", "JSON schema");
    check_refused(R"({"openapi": "3.1.0"})", "OpenAPI");
    check_refused("{}", "a JSON object with no members");
    check_refused("[]", "an empty JSON array");
    check_refused("[1]", "other values than objects");
    check_refused(R"([{"rule": 1}])", "a JSON array of objects with the members rule");
    check_refused("<!DOCTYPE html><html></html>", "HTML");
    check_refused("<svg xmlns=\"x\"></svg>", "XML with the root element \"svg\"");
    check_refused("<mxfile></mxfile>", "draw.io");
    check_refused("<", "XML");
    check_refused("spec_version = \"1\"\n\nthreatmodel \"Shop\" {\n}\n", "HCL");
    check_refused("#!/usr/bin/env python3\nfrom pytm import TM\n", "pytm");
    check_refused("{% for x in y %}\na: {{ x }}\n{% endfor %}\n", "template");
    check_refused("a: 1\n{% if x %}\nb: 2\n{% endif %}\n", "template");
    check_refused("{{ model }}", "template");
    check_refused("version: 2\nservices:\n  web:\n", "YAML with the members version, services");
    check_refused("# Threat model\n\nWe trust nobody.\n\n## Threats\n", "Markdown");
    check_refused("# Threats\n\nDoors are open.\n", "Markdown");
    check_refused("Nothing, really.\n", "text that begins with \"Nothing, really.\"");
    check_refused("id,name,email\n1,Ada,ada@example.org\n",
                  "text that begins with \"id,name,email\"");
    check_refused("42", "text that begins with \"42\"");
}

BOOST_AUTO_TEST_CASE(content_of_no_format_is_refused) {
    using namespace std::string_view_literals;
    for (const std::string_view bytes : {""sv, "\uFEFF"sv, "\n \t"sv, "PK\x03\x04"sv, "%PDF-1.7"sv,
                                         "\x1F\x8B\x08"sv, "\xFF\xFE<\0"sv}) {
        BOOST_TEST(!refused(bytes).empty());
        for (const Format format : all_formats) {
            BOOST_CHECK_THROW(read_model(bytes, format), ImportError);
        }
    }
    for (const std::string_view bytes :
         {"{\"summary\": {}"sv, "{\"a\": \"\0\"}"sv, "name,severity\n\xE4,low\n"sv,
          "<<<<<<< HEAD\notmVersion: 1\n=======\notmVersion: 2\n>>>>>>> x\n"sv}) {
        BOOST_TEST(!refused(bytes, ImportFault::malformed).empty());
    }
    const std::string large(limits::file_bytes_max + 1, 'x');
    BOOST_TEST(refused(large).find("16 MiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_requested_format_is_not_guessed) {
    BOOST_TEST(read_model("name\nOnly a name\n", Format::csv).threats.size() == 1U);
    BOOST_TEST(refused("name\nOnly a name\n").find("text that begins") != std::string::npos);
    BOOST_CHECK_THROW(read_model(model_file("threats.csv"), Format::threat_dragon), ImportError);
    for (const Format format : all_formats) {
        BOOST_CHECK_THROW(read_model("\"text\"", format), ImportError);
    }
}

BOOST_AUTO_TEST_CASE(too_many_objects_are_refused) {
    std::string rows = "name,severity\n";
    for (std::size_t i = 0; i < limits::objects_max; ++i) {
        rows += "a,low\n";
    }
    BOOST_TEST(read_model(rows).threats.size() == limits::objects_max);
    BOOST_TEST(refused(rows + "a,low\n").find("more than 20000") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
