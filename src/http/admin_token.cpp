#include "http/admin_token.hpp"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events/store.hpp"
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
    const std::filesystem::path path = admin_token_file(data);
    const std::filesystem::path fresh = path.string() + ".new";
    std::filesystem::remove(fresh);
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        throw StorageError(
            fmt::format("{} cannot be written: check the rights of the directory", fresh.string()));
    }
    const std::string text = fmt::format("{}\n", secret);
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    ::close(file);
    if (!written) {
        throw StorageError(fmt::format("{} cannot be written: is the disk full?", fresh.string()));
    }
    std::filesystem::rename(fresh, path);
}

}  // namespace threatatlas
