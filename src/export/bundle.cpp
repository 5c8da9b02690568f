// All report formats in one archive.

#include <fmt/format.h>

#include "export/archive.hpp"
#include "export/contents.hpp"
#include "export/forms.hpp"
#include "export/report.hpp"

namespace threatatlas::exports {
namespace {

std::string readme(const ReportView& view) {
    std::string text = fmt::format(
        "The threat model of product {}, as of {}:\n"
        "position {} of the log, event {}. Report format {}.\n\n",
        view.product().id, base::format_instant(view.inputs.as_of), view.product().position,
        view.inputs.event_id, report_format_version);
    for (const ReportForm& form : report_forms()) {
        if (!form.is_bundle) {
            fmt::format_to(std::back_inserter(text), "{}{}\n    {}\n", report_file_stem,
                           form.suffix, form.about);
        }
    }
    text +=
        "\nThe files are reproducible: the same question gives the same files again, from the\n"
        "server's downloads and from threatatlas-replay report, which reads only the log.\n";
    return text;
}

}  // namespace

std::string report_as_bundle(const ReportView& view) {
    Archive archive;
    archive.add("README.txt", [&view] { return readme(view); });
    for (const ReportForm& form : report_forms()) {
        if (!form.is_bundle) {
            archive.add(
                fmt::format("{}{}", report_file_stem, form.suffix),
                [&view, write = form.write] { return write(view); },
                form.is_binary ? Archive::Packing::stored : Archive::Packing::deflated);
        }
    }
    return archive.finish();
}

}  // namespace threatatlas::exports
