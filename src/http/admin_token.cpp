#include "http/admin_token.hpp"

#include <array>

#include <fmt/format.h>

#include "http/durable_file.hpp"
#include "projections/access.hpp"

namespace threatatlas {

std::string make_secret(const RandomSource& random) {
    std::array<std::byte, token_random_bytes> bytes{};
    random(bytes);
    return make_token_secret(bytes);
}

void issue_admin_token(Sequencer& sequencer, std::string_view name, std::string secret) {
    IssueToken token;
    token.name = name;
    token.role = Role::admin;
    token.secret = std::move(secret);
    Command command;
    command.answer = AnswerForm::nothing;
    command.items.emplace_back().change = std::move(token);
    sequencer.execute(std::move(command));
}

std::filesystem::path admin_token_file(const std::filesystem::path& data) {
    return data / "admin-token";
}

void write_admin_token(const std::filesystem::path& data, std::string_view secret) {
    write_durable_file(admin_token_file(data), fmt::format("{}\n", secret));
}

}  // namespace threatatlas
