// The reports on the sample's product and on one with a policy, byte for byte. To change them,
// increment report_format_version and regenerate the golden files with THREATATLAS_WRITE_GOLDEN=1.

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(report_golden_test)

using namespace threatatlas;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

void require_golden(const std::string& name, const std::string& now) {
    const std::string then = golden(name, now);
    const auto differs = std::mismatch(then.begin(), then.end(), now.begin(), now.end());
    BOOST_TEST(then == now, name << " differs from byte " << differs.first - then.begin() << ": "
                                 << std::string(differs.second, now.end()).substr(0, 200));
}

}  // namespace

BOOST_AUTO_TEST_CASE(text_forms_equal_the_golden_files) {
    for (const auto& [name, inputs] :
         {std::pair("payments-api", sample_inputs()), std::pair("policy", policy_inputs())}) {
        for (const char* form : {"md", "html", "csv", "json"}) {
            require_golden(fmt::format("{}.{}", name, form), written(inputs, form));
        }
    }
}

// Compressed bytes depend on the version of zlib, so the digests are of the uncompressed parts.
BOOST_AUTO_TEST_CASE(parts_of_the_word_document_equal_the_golden_digests) {
    for (const auto& [report, inputs] :
         {std::pair("payments-api", sample_inputs()), std::pair("policy", policy_inputs())}) {
        std::string digests;
        for (const auto& [name, contents] : read_zip(written(inputs, "docx"))) {
            digests += digest_of(contents) + "  " + name + "\n";
        }
        require_golden(fmt::format("{}.docx.sha256", report), digests);
    }
}

BOOST_AUTO_TEST_CASE(a_report_is_reproducible) {
    for (const ReportForm& form : report_forms()) {
        BOOST_TEST(written(sample_inputs(), form.word) == written(sample_inputs(), form.word),
                   form.word);
    }
}

BOOST_AUTO_TEST_CASE(every_download_has_its_type_and_name) {
    for (const ReportForm& form : report_forms()) {
        BOOST_TEST(report_form_called(form.name) == &form);
        BOOST_TEST(report_form_for(form.word) == &form);
    }
    BOOST_TEST(report_form_called("report.pdf") == nullptr);
    BOOST_TEST(report_form_for("pdf") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
