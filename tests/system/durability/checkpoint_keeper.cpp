#include "system/durability/checkpoint_keeper.hpp"

#include <iterator>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "tlog/checkpoint.hpp"

namespace threatatlas::testing {
namespace {

constexpr std::size_t growths_asked = 5;  // of the newest sizes, and the same number of random ones

}  // namespace

void CheckpointKeeper::read_until_cut_off(httplib::Client client) {
    while (complaint_.empty()) {
        const auto answer = client.Get("/checkpoint");
        if (!answer) {
            return;
        }
        if (answer->status != 200) {
            complain("answered " + std::to_string(answer->status) + " " + answer->body);
            return;
        }
        try {
            keep(answer->body);
        } catch (const tlog::BadNote& error) {
            complain(error.what() + (": " + answer->body));
        }
    }
}

void CheckpointKeeper::keep(const std::string& note) {
    const tlog::Note parsed = tlog::parse_note(note);
    static_cast<void>(tlog::require_signed(parsed, {key_}));
    const tlog::Checkpoint checkpoint = tlog::parse_checkpoint(parsed.text);
    if (checkpoint.size < last_size_) {
        complain("after one of " + std::to_string(last_size_) + " events came " + note);
    }
    last_size_ = checkpoint.size;
    const auto [kept, is_new] = roots_.try_emplace(checkpoint.size, checkpoint.root);
    if (kept->second != checkpoint.root) {
        complain("of one size with " + base::base64_of(kept->second) + " came " + note);
    }
}

void CheckpointKeeper::hold_against(const GrownTree& tree, const ServerProcess& server,
                                    std::mt19937_64& random) {
    for (const auto& [size, root] : roots_) {
        if (size > tree.size() || tlog::merkle_root(size, tree.nodes(size)) != root) {
            complain("the log of " + std::to_string(tree.size()) +
                     " events is not the one that was signed at " + std::to_string(size));
            return;
        }
    }
    auto newest = roots_.rbegin();
    for (std::size_t i = 0; i < growths_asked && newest != roots_.rend(); ++i, ++newest) {
        require_growth(newest->first, server);
        const auto step = static_cast<std::ptrdiff_t>(random() % roots_.size());
        require_growth(std::next(roots_.begin(), step)->first, server);
    }
}

void CheckpointKeeper::require_growth(std::uint64_t size, const ServerProcess& server) {
    const httplib::Response answer =
        server.ask("GET", "/api/proof/root?size=" + std::to_string(size));
    if (answer.status != 200) {
        complain("no proof from " + std::to_string(size) + ": " + answer.body);
        return;
    }
    const auto json = nlohmann::json::parse(answer.body);
    const tlog::Note note = tlog::parse_note(json.at("checkpoint").get<std::string>());
    static_cast<void>(tlog::require_signed(note, {key_}));
    const tlog::Checkpoint now = tlog::parse_checkpoint(note.text);
    std::vector<base::Digest> proof;
    for (const auto& node : json.at("proof")) {
        proof.push_back(base::digest_of_base64(node.get<std::string>()).value());
    }
    if (!tlog::proves_consistency(size, roots_.at(size), now.size, now.root, proof)) {
        complain("the log of " + std::to_string(now.size) + " events did not grow from " +
                 std::to_string(size));
    }
}

void CheckpointKeeper::complain(const std::string& what) {
    if (complaint_.empty()) {
        complaint_ = "checkpoint: " + what;
    }
}

}  // namespace threatatlas::testing
