// Files are created with access for their owner only, and never through an existing link of the
// same name.

#include "base/own_file.hpp"

#include <cerrno>
#include <fstream>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "events/store/data_directory.hpp"
#include "events/store/high_water_mark.hpp"
#include "events/store/store.hpp"
#include "support/temp_directory.hpp"

BOOST_AUTO_TEST_SUITE(own_file_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

constexpr fs::perms others = fs::perms::group_all | fs::perms::others_all;

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Place {
    Place() { std::ofstream(victim) << "precious"; }

    bool is_victim_whole() const { return content_of(victim) == "precious"; }

    const TempDirectory directory;
    const fs::path victim = directory / "victim";
    const fs::path data = directory / "data";
};

// Clears the umask, so that it does not hide missing restrictions.
struct OpenMask {
    OpenMask() : before(::umask(0)) {}
    ~OpenMask() { ::umask(before); }
    ::mode_t before;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(own_file, Place)

BOOST_AUTO_TEST_CASE(an_existing_file_is_not_written_to) {
    const OpenMask mask;
    const fs::path path = directory / "file";
    fs::create_symlink(victim, path);
    BOOST_TEST(make_own_file(path) == -1);
    BOOST_TEST(errno == EEXIST);
    const int file = make_own_file_anew(path);
    BOOST_REQUIRE(file >= 0);
    BOOST_TEST(write_whole(file, "own"));
    ::close(file);
    BOOST_TEST(is_victim_whole());
    BOOST_TEST(content_of(path) == "own");
    BOOST_TEST(!fs::is_symlink(path));
    BOOST_CHECK((fs::status(path).permissions() & others) == fs::perms::none);
}

BOOST_AUTO_TEST_CASE(links_in_an_empty_directory_are_not_followed) {
    const OpenMask mask;
    fs::create_directory(data);
    fs::create_symlink(victim, data / "FORMAT.new");
    require_data_directory(data, true);
    BOOST_TEST(is_victim_whole());
    BOOST_TEST(content_of(data / "FORMAT").starts_with("threatatlas data, format "));
    BOOST_CHECK((fs::status(data / "FORMAT").permissions() & others) == fs::perms::none);
    fs::create_symlink(victim, data / "probe");
    BOOST_TEST(has_room(data, 1'000));
    BOOST_TEST(is_victim_whole());
    fs::create_symlink(victim, data / "mark");
    BOOST_CHECK_THROW(HighWaterMarkFile{data}, StorageError);
    BOOST_TEST(is_victim_whole());
    fs::remove(data / "mark");
    HighWaterMarkFile{data}.set({});
    BOOST_CHECK((fs::status(data / "mark").permissions() & others) == fs::perms::none);
}

BOOST_AUTO_TEST_CASE(a_link_to_nothing_is_neither_followed_nor_removed) {
    fs::create_symlink(directory / "elsewhere", data);
    const auto names_link = [&](const StoreRefused& refused) {
        return std::string(refused.what()).find("is a link to") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(UnfinishedDirectory{data}, StoreRefused, names_link);
    BOOST_CHECK_EXCEPTION(begin_import_directory(data), StoreRefused, names_link);
    BOOST_CHECK_EXCEPTION(require_data_directory(data, true), StoreRefused, names_link);
    BOOST_TEST(fs::is_symlink(data));
    BOOST_TEST(!fs::exists(directory / "elsewhere"));
    // A link to an existing directory is followed.
    fs::create_directory(directory / "elsewhere");
    { UnfinishedDirectory unfinished(data); }
    BOOST_TEST(fs::is_symlink(data));
    BOOST_TEST(fs::is_empty(directory / "elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_everybody_may_write_to_is_not_opened) {
    Store::open(data, {.create = true, .cache_mebibytes = 8});
    fs::permissions(data, fs::perms::all);
    BOOST_CHECK_EXCEPTION(
        Store::open(data, {.cache_mebibytes = 8}), StoreRefused, [&](const StoreRefused& refused) {
            return std::string(refused.what()).find("chmod o-w " + data.string()) !=
                   std::string::npos;
        });
    fs::permissions(data, fs::perms::others_write, fs::perm_options::remove);
    BOOST_CHECK_NO_THROW(Store::open(data, {.cache_mebibytes = 8}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
