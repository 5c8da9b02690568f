// Files of threat models, read as every format and as what they are recognised as. The result obeys
// the rules of events for any bytes.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <simdjson.h>

#include "events/event_rules.hpp"
#include "events/text.hpp"
#include "fuzz/fuzz_target.hpp"
#include "import/formats.hpp"
#include "import/import_error.hpp"
#include "import/import_limits.hpp"

namespace threatatlas::fuzz {
namespace {

using imports::ImportedMitigation;
using imports::ImportedModel;
using imports::ImportedThreat;

void check_message(std::string_view text) {
    require(
        simdjson::validate_utf8(text.data(), text.size()) && !events::has_control_character(text),
        "a message is readable text");
}

void check_event(events::EventData data) {
    events::Event event;
    event.position = 1;
    event.product_id = 1;
    event.id = "019b0000-0000-7000-8000-000000000000";
    event.actor = "editor#2";
    event.time = *base::parse_instant("2026-01-05T08:00:00Z");
    event.data = std::move(data);
    require(!events::fault_of(event), "every object is a valid event");
}

void check_key(const std::string& key, std::set<std::string_view>& keys) {
    require(!events::is_blank(key) && key.size() <= imports::limits::key_bytes_max,
            "a key is short and not blank");
    require(!events::has_control_character(key), "a key has no control characters");
    require(keys.insert(key).second, "keys are unique");
}

template <class Texts>
void check_texts(const ImportedModel& model, const Texts& texts) {
    require(!events::is_blank(texts.at(0)), "every object has a name");
    require(model.keeps_external_ids || texts.at(Texts::size() - 1).empty(),
            "the plan derives the external id");
    for (std::size_t i = 0; i < Texts::size(); ++i) {
        require(texts.at(i).empty() || !events::is_blank(texts.at(i)), "a text is not blank");
    }
}

void check(const ImportedModel& model) {
    require(model.threats.size() + model.mitigations.size() <= imports::limits::objects_max,
            "there is a limit of objects");
    require(model.warnings.size() == std::min(model.warning_count, imports::limits::warnings_max),
            "the first warnings are kept");
    require(imports::parse_format(model.format).has_value(), "the format has a name");
    require(events::count_points(model.title) <= events::limits::name_points_max,
            "the title is short");
    for (const imports::ImportWarning& warning : model.warnings) {
        check_message(warning.path);
        check_message(warning.detail);
        require(!warning.detail.empty(), "a warning has a reason");
    }
    std::set<std::string_view> keys;
    for (const ImportedThreat& threat : model.threats) {
        check_key(threat.key, keys);
        check_texts(model, threat.texts);
        check_event(events::ThreatIdentified{1, threat.texts, threat.scoring, threat.status});
    }
    keys.clear();
    for (const ImportedMitigation& mitigation : model.mitigations) {
        check_key(mitigation.key, keys);
        check_texts(model, mitigation.texts);
        events::CoverageScope scope{{}, mitigation.diagram, mitigation.element_id};
        for (const std::size_t threat : mitigation.threats) {
            require(threat < model.threats.size(), "a link leads to a threat");
            scope.threat_ids.push_back(threat + 1);
        }
        check_event(
            events::MitigationProposed{1, mitigation.texts, mitigation.status, std::move(scope)});
    }
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    const std::string_view bytes = bytes_of(data, size);
    std::vector<std::optional<imports::Format>> formats(imports::all_formats.begin(),
                                                        imports::all_formats.end());
    formats.emplace_back(std::nullopt);
    for (const auto format : formats) {
        try {
            const ImportedModel model = imports::read_model(bytes, format);
            check(model);
            require(!format || model.format == imports::name_of(*format),
                    "a model is of the requested format");
        } catch (const imports::ImportError& error) {
            check_message(error.detail());
            require(!error.detail().empty(), "a refusal has a reason");
        }
    }
    return 0;
}
