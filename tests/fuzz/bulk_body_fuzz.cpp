// Bodies with many items. The first byte selects their form.

#include "events/limits.hpp"
#include "events/text.hpp"
#include "fuzz/write_target.hpp"

namespace threatatlas::fuzz {
namespace {

std::vector<commands::Item> parse(std::string_view body, command_json::BulkForm form) {
    std::vector<commands::Item> items = command_json::parse_bulk(body, form);
    require(!items.empty() && items.size() <= events::limits::bulk_items_max,
            "the number of items is limited");
    for (std::size_t i = 0; i < items.size(); ++i) {
        require(items[i].pointer == "/" + std::to_string(i) + "/data", "an item has its pointer");
    }
    return items;
}

// The same items as a JSON array.
std::string array_of(std::string_view ndjson) {
    std::string array = "[";
    while (!ndjson.empty()) {
        const auto line = ndjson.substr(0, ndjson.find('\n'));
        ndjson.remove_prefix(std::min(ndjson.size(), line.size() + 1));
        const auto item = events::without_byte_order_mark(line);
        if (item.find_first_not_of(" \t\r") != std::string_view::npos) {
            array += array.size() > 1 ? "," : "";
            array += item;
        }
    }
    return array + "]";
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    std::string_view body = bytes_of(data, size);
    const auto form = static_cast<command_json::BulkForm>(take_choice(body) % 3);
    commands::Command command;
    command.product_id = 1;
    command.answer = commands::AnswerForm::counts;
    try {
        command.items = parse(body, form);
    } catch (const commands::Refusal& refusal) {
        check_refusal(refusal);
        return 0;
    }
    if (form == command_json::BulkForm::ndjson) {
        // Must not throw.
        const auto items = parse(array_of(body), command_json::BulkForm::array);
        require(items.size() == command.items.size(), "lines and arrays give the same items");
        for (std::size_t i = 0; i < items.size(); ++i) {
            require(items[i].change.index() == command.items[i].change.index() &&
                        items[i].reason == command.items[i].reason,
                    "lines and arrays are accepted alike");
        }
    }
    check_decision(command);
    return 0;
}
