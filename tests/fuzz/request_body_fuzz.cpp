// Bodies with one object. The first byte selects the kind of request.

#include "commands/json/policy_json.hpp"
#include "events/text.hpp"
#include "fuzz/write_target.hpp"

namespace threatatlas::fuzz {
namespace {

constexpr std::uint8_t kinds = 12;
constexpr std::uint8_t token_kind = 6;
constexpr std::uint8_t policy_kind = 9;

commands::Item parse(std::uint8_t kind, std::string_view body) {
    switch (kind) {
        case 0:
            return command_json::parse_register_product(body);
        case 1:
            return command_json::parse_describe_product(body);
        case 2:
            return command_json::parse_identify_threat(body);
        case 3:
            return command_json::parse_change_threat(body, 1);
        case 4:
            return command_json::parse_propose_mitigation(body);
        case 5:
            return command_json::parse_change_mitigation(body, 1);
        case token_kind + 1:
            return command_json::parse_request_acceptance(body);
        case token_kind + 2:
            return command_json::parse_step_acceptance(body, 1, commands::AcceptanceAction::revoke);
        case policy_kind:
            return command_json::parse_define_policy(body, "web");
        case policy_kind + 1:
            return command_json::parse_assign_policy(body);
        case policy_kind + 2:
            // An empty body is no body.
            return command_json::parse_review(body.empty() ? " " : body);
        default: {
            commands::Item item = command_json::parse_issue_token(body);
            std::get<commands::IssueToken>(item.change).secret = std::string(46, 'x');
            return item;
        }
    }
}

bool has_product(std::uint8_t kind) {
    return kind != 0 && kind != token_kind && kind != policy_kind;
}

// True if the body is accepted.
bool is_accepted(std::uint8_t kind, std::string_view body) {
    try {
        const commands::Item item = parse(kind, body);
        require(item.pointer.empty(), "a single object has an empty pointer");
        check_decision(testing::Desk::about(has_product(kind) ? 1 : 0, item));
        return true;
    } catch (const commands::Refusal& refusal) {
        check_refusal(refusal);
        return false;
    }
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    std::string_view body = bytes_of(data, size);
    const auto kind = static_cast<std::uint8_t>(take_choice(body) % kinds);
    // A byte order mark is skipped, and only at the start.
    const std::string_view text = events::without_byte_order_mark(body);
    const std::string spaced = "\n " + std::string(text) + "\t\r\n";
    require(is_accepted(kind, body) == is_accepted(kind, spaced),
            "whitespace around a body is ignored");
    return 0;
}
