// The tree, tiles and notes of src/tlog, served from memory and read by Go.
#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "support/grown_tree.hpp"
#include "system/interop/auditor.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/note_keys.hpp"
#include "tlog/tile.hpp"

namespace threatatlas::testing {

BOOST_AUTO_TEST_SUITE(served_tree_test)

namespace {

const std::string origin = "example.com/served";
const tlog::NoteSigner& signer() {
    static const tlog::NoteSigner key(origin, std::string(32, 's'));
    return key;
}

std::string signed_checkpoint(std::uint64_t size, const base::Digest& root) {
    const std::string text = tlog::checkpoint_text({origin, size, root});
    return tlog::format_note({text, {signer().sign(text)}});
}

// Lines that an auditor can parse: they contain their position.
std::vector<std::string> lines(std::uint64_t count) {
    std::vector<std::string> all;
    for (std::uint64_t position = 1; position <= count; ++position) {
        all.push_back(fmt::format(R"({{"source":"/","position":{}}})", position));
    }
    return all;
}

// A log of these entries, with the responses of its routes.
class ServedTree {
  public:
    explicit ServedTree(std::vector<std::string> entries)
        : entries_(std::move(entries)), tree_(entries_) {}

    std::string checkpoint(std::uint64_t size) const {
        return signed_checkpoint(size, tlog::merkle_root(size, tree_.nodes(size)));
    }

    /// Hides lines, as from an auditor without access to all lines and their bundles.
    ServedTree& hiding(std::set<std::uint64_t> positions) {
        hidden_ = std::move(positions);
        return *this;
    }

    httplib::Response answer(const std::string& target) const {
        httplib::Response response;
        if (!hidden_.empty() && target.starts_with("/tile/entries/")) {
            response.status = 403;
            return response;
        }
        response.status = 404;
        if (target.starts_with("/api/events?")) {
            const std::uint64_t after = std::stoull(target.substr(target.rfind('=') + 1));
            response.set_header("X-Log-Position", std::to_string(std::min<std::uint64_t>(
                                                      after + page_lines, entries_.size())));
        }
        const std::optional<std::string> body = body_of(target);
        if (body) {
            response.status = 200;
            response.set_content(*body, "application/octet-stream");
        }
        return response;
    }

  private:
    // Serves a partial tile only if the log's size implies it.
    std::optional<std::string> body_of(const std::string& target) const {
        if (target == "/checkpoint") {
            return checkpoint(tree_.size());
        }
        if (target.starts_with("/api/events?")) {
            return lines_after(std::stoull(target.substr(target.rfind('=') + 1)));
        }
        const auto name = tlog::parse_tile_path(std::string_view(target).substr(1));
        if (!name || name->width !=
                         tlog::tile_width_in(name->level.value_or(0), name->index, tree_.size())) {
            return std::nullopt;
        }
        return name->level ? tree_.tile(*name->level, name->index, name->width) : bundle(*name);
    }

    std::string bundle(const tlog::TileName& name) const {
        std::string bytes;
        for (std::uint64_t i = 0; i < name.width; ++i) {
            tlog::append_entry(bytes, entries_.at(name.index * tlog::tile_width + i));
        }
        return bytes;
    }

    std::string lines_after(std::uint64_t position) const {
        std::string lines;
        const std::uint64_t end = std::min<std::uint64_t>(position + page_lines, entries_.size());
        for (; position < end; ++position) {
            lines += hidden_.contains(position + 1) ? "" : entries_[position] + '\n';
        }
        return lines;
    }

    static constexpr std::uint64_t page_lines = 100;

    std::vector<std::string> entries_;
    GrownTree tree_;
    std::set<std::uint64_t> hidden_;
};

Audit audit_of(const ServedTree& tree, const std::string& vkey = signer().vkey()) {
    return {[&tree](const httplib::Request& request) { return tree.answer(request.target); },
            "none", vkey};
}

}  // namespace

BOOST_AUTO_TEST_CASE(go_agrees_at_every_boundary) {
    for (const std::size_t size : {0U, 1U, 2U, 255U, 256U, 257U, 513U}) {
        const ServedTree tree(lines(size));
        BOOST_TEST(audit_of(tree).exit_code() == 0, size);
    }
}

BOOST_AUTO_TEST_CASE(go_agrees_on_three_levels_of_tiles) {
    const ServedTree tree(lines(65'537));
    BOOST_TEST(audit_of(tree).keeping(tree.checkpoint(65'535)).exit_code() == 0);
}

BOOST_AUTO_TEST_CASE(go_agrees_on_growth) {
    const ServedTree tree(lines(600));
    for (const std::uint64_t old_size : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 599U, 600U}) {
        BOOST_TEST(audit_of(tree).keeping(tree.checkpoint(old_size)).exit_code() == 0, old_size);
    }
}

BOOST_AUTO_TEST_CASE(go_detects_a_rewritten_log) {
    std::vector<std::string> entries = lines(600);
    const ServedTree before(entries);
    entries[300] = R"({"source":"?","position":301})";
    const ServedTree after(entries);
    BOOST_TEST(audit_of(after).exit_code() == 0);
    BOOST_TEST(audit_of(after).keeping(before.checkpoint(300)).exit_code() == 0);
    BOOST_TEST(audit_of(after).keeping(before.checkpoint(301)).exit_code() == 1);
    BOOST_TEST(audit_of(after).keeping(before.checkpoint(600)).exit_code() == 1);
    entries.resize(500);
    const ServedTree cut(entries);
    BOOST_TEST(audit_of(cut).exit_code() == 0);
    BOOST_TEST(audit_of(cut).keeping(after.checkpoint(600)).exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(go_detects_changed_responses) {
    const ServedTree tree(lines(600));
    for (const char* path : {"/tile/0/000", "/tile/0/001", "/tile/0/002.p/88", "/tile/1/000.p/2",
                             "/tile/entries/000", "/tile/entries/002.p/88", "/checkpoint",
                             "/api/events?limit=100&after=0", "/api/events?limit=100&after=500"}) {
        BOOST_TEST(audit_of(tree).changing(path, flip_first).exit_code() == 1, path);
    }
    for (const char* path : {"/tile/0/000", "/tile/1/000.p/2", "/tile/entries/001"}) {
        BOOST_TEST(audit_of(tree).changing(path, flip_last).exit_code() == 1, path);
    }
}

BOOST_AUTO_TEST_CASE(go_detects_missing_responses) {
    const ServedTree tree(lines(600));
    const std::string first = lines(1).front();
    BOOST_TEST(audit_of(tree)
                   .changing("/api/events?limit=100&after=0",
                             [&](std::string& body) { body.erase(0, first.size() + 1); })
                   .exit_code() == 1);
    BOOST_TEST(
        audit_of(tree)
            .changing("/api/events?limit=100&after=500", [](std::string& body) { body.clear(); })
            .exit_code() == 1);
    BOOST_TEST(audit_of(tree)
                   .changing("/tile/entries/000",
                             [&](std::string& body) { body.erase(0, 2 + first.size()); })
                   .exit_code() == 1);
    BOOST_TEST(
        audit_of(tree)
            .changing("/tile/0/001", [](std::string& body) { body.erase(0, base::digest_bytes); })
            .exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(go_needs_only_the_leaf_hashes_of_hidden_lines) {
    ServedTree tree(lines(600));
    std::set<std::uint64_t> hidden{1, 17, 256, 600};
    for (std::uint64_t position = 301; position <= 420; ++position) {
        hidden.insert(position);  // a whole page without visible lines
    }
    tree.hiding(hidden);
    BOOST_TEST(audit_of(tree).keeping(tree.checkpoint(302)).exit_code() == 0);
    for (const char* path : {"/tile/0/000", "/tile/0/001", "/tile/0/002.p/88", "/checkpoint",
                             "/api/events?limit=100&after=0", "/api/events?limit=100&after=500"}) {
        BOOST_TEST(audit_of(tree).changing(path, flip_first).exit_code() == 1, path);
    }
    BOOST_TEST(audit_of(tree).changing("/tile/0/002.p/88", flip_last).exit_code() == 1);
    const ServedTree other(lines(300));
    BOOST_TEST(audit_of(tree).keeping(other.checkpoint(300)).exit_code() == 0);
    tree.hiding({600});
    BOOST_TEST(audit_of(tree)
                   .changing("/api/events?limit=100&after=0",
                             [&](std::string& body) {
                                 const std::string line = lines(6).back();
                                 body.replace(body.find(line), line.size(),
                                              R"({"source":"?","position":6})");
                             })
                   .exit_code() == 1);
}

// Changes everything that depends on an entry, except the checkpoint.
BOOST_AUTO_TEST_CASE(go_detects_a_consistent_change) {
    const ServedTree tree(lines(600));
    const std::string entry = lines(6).back();
    const std::string other = R"({"source":"?","position":6})";
    const auto replacing = [](std::string_view from, std::string_view to) {
        return [from = std::string(from), to = std::string(to)](std::string& body) {
            body.replace(body.find(from), from.size(), to);
        };
    };
    Audit audit = audit_of(tree);
    audit.changing("/tile/entries/000", replacing(entry, other));
    audit.changing("/tile/0/000", replacing(base::bytes_of(tlog::leaf_digest(entry)),
                                            base::bytes_of(tlog::leaf_digest(other))));
    BOOST_TEST(audit.exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(go_accepts_only_its_key) {
    const ServedTree tree(lines(3));
    BOOST_TEST(audit_of(tree, tlog::NoteSigner(origin, std::string(32, 't')).vkey()).exit_code() ==
               1);
    BOOST_TEST(audit_of(tree, tlog::NoteSigner("example.com/other", std::string(32, 's')).vkey())
                   .exit_code() == 1);
    BOOST_TEST(audit_of(tree, signer().vkey() + "x").exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(a_signed_false_root_is_detected) {
    const ServedTree tree(lines(300));
    BOOST_TEST(audit_of(tree)
                   .changing("/checkpoint",
                             [](std::string& note) {
                                 note = signed_checkpoint(300, base::sha256("another tree"));
                             })
                   .exit_code() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace threatatlas::testing
