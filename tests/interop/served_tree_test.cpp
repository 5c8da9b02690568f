// The tree, the tiles and the notes of src/tlog, served from memory and read by Go.
#define BOOST_TEST_MODULE served_tree
#include <fstream>
#include <map>

#include <boost/test/unit_test.hpp>

#include "interop/auditor.hpp"
#include "support/temp_directory.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/grown_tree.hpp"
#include "tlog/note_keys.hpp"
#include "tlog/tile.hpp"

namespace threatatlas {
namespace {

const std::string origin = "example.com/served";
const NoteSigner& signer() {
    static const NoteSigner key(origin, std::string(32, 's'));
    return key;
}

std::string signed_checkpoint(std::uint64_t size, const Digest& root) {
    const std::string text = checkpoint_text({origin, size, root});
    return format_note({text, {signer().sign(text)}});
}

// A log of that many entries, as calls.
class ServedTree {
  public:
    explicit ServedTree(std::vector<std::string> entries)
        : entries_(std::move(entries)), tree_(entries_) {}

    std::string checkpoint(std::uint64_t size) const {
        return signed_checkpoint(size, merkle_root(size, tree_.nodes(size)));
    }

    httplib::Response answer(const std::string& target) const {
        httplib::Response response;
        response.status = 404;
        const std::optional<std::string> body = body_of(target);
        if (body) {
            response.status = 200;
            response.set_content(*body, "application/octet-stream");
        }
        return response;
    }

  private:
    // Partial tiles only where the log's size implies them.
    std::optional<std::string> body_of(const std::string& target) const {
        if (target == "/checkpoint") {
            return checkpoint(tree_.size());
        }
        if (target.starts_with("/api/events?")) {
            return lines_after(std::stoull(target.substr(target.rfind('=') + 1)));
        }
        const auto name = parse_tile_path(std::string_view(target).substr(1));
        if (!name ||
            name->width != tile_width_in(name->level.value_or(0), name->index, tree_.size())) {
            return std::nullopt;
        }
        return name->level ? tree_.tile(*name->level, name->index, name->width) : bundle(*name);
    }

    std::string bundle(const TileName& name) const {
        std::string bytes;
        for (std::uint64_t i = 0; i < name.width; ++i) {
            append_entry(bytes, entries_.at(name.index * tile_width + i));
        }
        return bytes;
    }

    std::string lines_after(std::uint64_t position) const {
        std::string lines;
        const std::uint64_t end = std::min<std::uint64_t>(position + 100, entries_.size());
        for (; position < end; ++position) {
            lines += entries_[position] + '\n';
        }
        return lines;
    }

    std::vector<std::string> entries_;
    GrownTree tree_;
};

// How Go ends that audits it, with a change to what is answered at one path.
class Audit {
  public:
    explicit Audit(const ServedTree& tree) : tree_(&tree) {}

    Audit& keeping(const std::string& checkpoint) {
        kept_ = directory_ / "kept";
        std::ofstream(kept_) << checkpoint;
        return *this;
    }
    Audit& with_key(const std::string& vkey) {
        vkey_ = vkey;
        return *this;
    }
    Audit& changing(const std::string& path, std::function<void(std::string&)> change) {
        changes_[path] = std::move(change);
        return *this;
    }

    int exit_code() const {
        const AnsweringServer server([this](const std::string& target) {
            httplib::Response response = tree_->answer(target);
            const auto change = changes_.find(target);
            if (change != changes_.end()) {
                BOOST_REQUIRE(response.status == 200);
                change->second(response.body);
            }
            return response;
        });
        const ProgramResult result = run_auditor(server.url(), "none", vkey_, kept_);
        BOOST_TEST_MESSAGE(result.out << result.err);
        return result.exit_code;
    }

  private:
    const ServedTree* tree_;
    TempDirectory directory_;
    std::filesystem::path kept_;
    std::string vkey_ = signer().vkey();
    std::map<std::string, std::function<void(std::string&)>> changes_;
};

void flip_first(std::string& bytes) {
    bytes.front() = static_cast<char>(bytes.front() ^ 1);
}

void flip_last(std::string& bytes) {
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(go_agrees_at_every_boundary) {
    for (const std::size_t size : {0U, 1U, 2U, 255U, 256U, 257U, 513U}) {
        const ServedTree tree(numbered_entries(size));
        BOOST_TEST(Audit(tree).exit_code() == 0, size);
    }
}

BOOST_AUTO_TEST_CASE(go_agrees_on_three_levels_of_tiles) {
    const ServedTree tree(numbered_entries(65'537));
    BOOST_TEST(Audit(tree).keeping(tree.checkpoint(65'535)).exit_code() == 0);
}

BOOST_AUTO_TEST_CASE(go_agrees_on_growth) {
    const ServedTree tree(numbered_entries(600));
    for (const std::uint64_t old_size : {0U, 1U, 255U, 256U, 257U, 511U, 512U, 599U, 600U}) {
        BOOST_TEST(Audit(tree).keeping(tree.checkpoint(old_size)).exit_code() == 0, old_size);
    }
}

BOOST_AUTO_TEST_CASE(go_sees_a_log_that_was_rewritten) {
    std::vector<std::string> entries = numbered_entries(600);
    const ServedTree before(entries);
    entries[300] = "rewritten";
    const ServedTree after(entries);
    BOOST_TEST(Audit(after).exit_code() == 0);
    BOOST_TEST(Audit(after).keeping(before.checkpoint(300)).exit_code() == 0);
    BOOST_TEST(Audit(after).keeping(before.checkpoint(301)).exit_code() == 1);
    BOOST_TEST(Audit(after).keeping(before.checkpoint(600)).exit_code() == 1);
    // Cut short.
    entries.resize(500);
    BOOST_TEST(Audit(ServedTree(entries)).keeping(after.checkpoint(600)).exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(go_sees_what_was_changed_on_the_way) {
    const ServedTree tree(numbered_entries(600));
    for (const char* path : {"/tile/0/000", "/tile/0/001", "/tile/0/002.p/88", "/tile/1/000.p/2",
                             "/tile/entries/000", "/tile/entries/002.p/88", "/checkpoint",
                             "/api/events?limit=100&after=0", "/api/events?limit=100&after=500"}) {
        BOOST_TEST(Audit(tree).changing(path, flip_first).exit_code() == 1, path);
    }
    for (const char* path : {"/tile/0/000", "/tile/1/000.p/2", "/tile/entries/001"}) {
        BOOST_TEST(Audit(tree).changing(path, flip_last).exit_code() == 1, path);
    }
    // Without its first event: "0", a newline.
    BOOST_TEST(Audit(tree)
                   .changing("/api/events?limit=100&after=0",
                             [](std::string& lines) { lines.erase(0, 2); })
                   .exit_code() == 1);
    // Without its first entry: its length in two bytes, "0".
    BOOST_TEST(Audit(tree)
                   .changing("/tile/entries/000", [](std::string& bytes) { bytes.erase(0, 3); })
                   .exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(go_believes_one_key_only) {
    const ServedTree tree(numbered_entries(3));
    BOOST_TEST(Audit(tree).with_key(NoteSigner(origin, std::string(32, 't')).vkey()).exit_code() ==
               1);
    BOOST_TEST(Audit(tree)
                   .with_key(NoteSigner("example.com/other", std::string(32, 's')).vkey())
                   .exit_code() == 1);
    BOOST_TEST(Audit(tree).with_key(signer().vkey() + "x").exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(a_root_that_is_signed_but_false_is_seen) {
    const ServedTree tree(numbered_entries(300));
    BOOST_TEST(Audit(tree)
                   .changing("/checkpoint",
                             [](std::string& note) {
                                 note = signed_checkpoint(300, sha256("another tree"));
                             })
                   .exit_code() == 1);
}

}  // namespace threatatlas

int main(int count, char** arguments) {
    return threatatlas::run_audited_suite(&init_unit_test, count, arguments);
}
