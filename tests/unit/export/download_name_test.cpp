#include <boost/test/unit_test.hpp>

#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(download_name_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::query;

namespace {

DownloadName named(const std::string& product) {
    ReportInputs inputs;
    inputs.model.product.id = 7;
    inputs.model.product.texts.set(ProductField::name, product);
    inputs.as_of = *parse_instant("2026-03-31T23:59:59.999999Z");
    return download_name(ReportView(inputs), *report_form_for("md"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_name_has_the_product_and_the_day) {
    BOOST_TEST(named("Payments API").ascii == "Payments-API-threat-model-2026-03-31.md");
    BOOST_TEST(named("Payments API").utf8 == "Payments-API-threat-model-2026-03-31.md");
    BOOST_TEST(attachment(named("Payments API")) ==
               "attachment; filename=\"Payments-API-threat-model-2026-03-31.md\"; "
               "filename*=UTF-8''Payments-API-threat-model-2026-03-31.md");
}

BOOST_AUTO_TEST_CASE(other_scripts_are_kept_if_possible) {
    BOOST_TEST(named("Döner & Söhne").ascii == "D-ner-S-hne-threat-model-2026-03-31.md");
    BOOST_TEST(named("Döner & Söhne").utf8 == "Döner-Söhne-threat-model-2026-03-31.md");
    BOOST_TEST(attachment(named("支付")) ==
               "attachment; filename=\"product-7-threat-model-2026-03-31.md\"; "
               "filename*=UTF-8''%E6%94%AF%E4%BB%98-threat-model-2026-03-31.md");
}

BOOST_AUTO_TEST_CASE(nothing_leads_out_of_a_directory_or_a_header) {
    for (const char* hostile :
         {"../../etc/passwd", "a\"; filename=\"b.exe", "a\nX: y", "\u202Egnp.exe", "..", "C:\\x",
          "\u2066\u2069", "'%00", "a\u2028b"}) {
        const DownloadName name = named(hostile);
        const std::string field = attachment(name);
        BOOST_TEST_CONTEXT(field) {
            BOOST_TEST(name.utf8.find_first_of("/\\\"\n':;%") == std::string::npos);
            BOOST_TEST(name.utf8.find("..") == std::string::npos);
            BOOST_TEST(name.utf8.find("\u202E") == std::string::npos);
            BOOST_TEST(name.utf8.front() != '.');
            BOOST_TEST(std::all_of(field.begin(), field.end(),
                                   [](char c) { return c >= 0x20 && c < 0x7F; }));
            BOOST_TEST(std::count(field.begin(), field.end(), '"') == 2);
        }
    }
}

BOOST_AUTO_TEST_CASE(long_names_are_cut_between_characters) {
    std::string name;
    for (int i = 0; i < 500; ++i) {
        name += "😀";
    }
    const DownloadName cut = named(name);
    BOOST_TEST(cut.utf8.size() < 200u);
    BOOST_TEST(cut.utf8.starts_with("😀😀"));
    BOOST_TEST((cut.utf8.find("-threat") % 4) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
