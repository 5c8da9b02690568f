// The badge: a word or two about a product, for a README.

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "export/status_forms.hpp"

namespace threatatlas::exports {
namespace {

struct Badge {
    std::string message;
    std::string_view colour_name;  // of shields.io
    std::string_view colour;       // white text on it has a contrast of at least 4.5
};

constexpr std::string_view label = "threat model";

// Without thresholds and policies there is no verdict, so the badge shows the counts.
Badge badge_of(const StatusView& view) {
    if (view.is_judged()) {
        return view.verdict.pass ? Badge{"passed", "brightgreen", "#2a7d2e"}
                                 : Badge{"failed", "red", "#c62828"};
    }
    const projections::Posture& posture = view.product.posture;
    if (posture.total_threats == 0) {
        return {"no threats", "lightgrey", "#6b6b6b"};
    }
    return {fmt::format("{} of {} mitigated", posture.mitigated_threats, posture.total_threats),
            "blue", "#0a6ebd"};
}

// The approximate width of a text in Verdana, 11 pixels. textLength makes it exact in every font.
double width_of(std::string_view text) {
    double width = 0;
    for (const char c : text) {
        width += c == 'm'                                                       ? 10.7
                 : std::string_view("ijlt f").find(c) != std::string_view::npos ? 4.2
                                                                                : 6.8;
    }
    return width;
}

}  // namespace

std::string badge_as_svg(const StatusView& view) {
    constexpr double margin = 6;
    const Badge badge = badge_of(view);
    const double label_text = width_of(label);
    const double message_text = width_of(badge.message);
    const double label_width = label_text + 2 * margin;
    const double message_width = message_text + 2 * margin;
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.1f}\" height=\"20\" role=\"img\" "
        "aria-label=\"{1}: {2}\"><title>{1}: {2}</title>"
        "<clipPath id=\"r\"><rect width=\"{0:.1f}\" height=\"20\" rx=\"3\"/></clipPath>"
        "<g clip-path=\"url(#r)\"><rect width=\"{3:.1f}\" height=\"20\" fill=\"#444\"/>"
        "<rect x=\"{3:.1f}\" width=\"{4:.1f}\" height=\"20\" fill=\"{5}\"/></g>"
        "<g fill=\"#fff\" font-family=\"Verdana,Geneva,DejaVu Sans,sans-serif\" font-size=\"11\">"
        "<text x=\"{6:.1f}\" y=\"14\" textLength=\"{7:.1f}\">{1}</text>"
        "<text x=\"{8:.1f}\" y=\"14\" textLength=\"{9:.1f}\">{2}</text></g></svg>\n",
        label_width + message_width, label, badge.message, label_width, message_width, badge.colour,
        margin, label_text, label_width + margin, message_text);
}

std::string badge_as_json(const StatusView& view) {
    const Badge badge = badge_of(view);
    std::string out;
    base::JsonWriter json(out);
    json.begin_object();
    json.key("schemaVersion").number(1);
    json.member("label", label);
    json.member("message", badge.message);
    json.member("color", badge.colour_name);
    json.end_object();
    return out;
}

}  // namespace threatatlas::exports
