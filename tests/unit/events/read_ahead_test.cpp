#include "events/store/read_ahead.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include "events/store/keys.hpp"
#include "events/store/store.hpp"
#include "support/random.hpp"
#include "support/temp_directory.hpp"

// Files on tmpfs cannot be evicted from memory: if /tmp is a tmpfs, temporary directories are
// created in the working directory, which is in the build tree.
static void keep_directories_on_a_disk() {
    struct statfs status {};
    if (::statfs(std::filesystem::temp_directory_path().c_str(), &status) == 0 &&
        status.f_type == TMPFS_MAGIC) {
        ::setenv("TMPDIR", std::filesystem::current_path().c_str(), 1);
    }
}

BOOST_AUTO_TEST_SUITE(read_ahead_test, *boost::unit_test::fixture(&keep_directories_on_a_disk))

using namespace threatatlas;
using namespace threatatlas::store;
using namespace threatatlas::testing;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t no_bound = std::uint64_t{1} << 40U;

class OpenFile {
  public:
    explicit OpenFile(const fs::path& path) : file_(::open(path.c_str(), O_RDONLY)) {
        BOOST_TEST_REQUIRE(file_ != -1);
    }
    ~OpenFile() { ::close(file_); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    int number() const { return file_; }

  private:
    const int file_;
};

// How many bytes of some files are in the page cache, and how many there are.
struct Residence {
    std::uint64_t bytes = 0;
    std::uint64_t of = 0;
    bool operator==(const Residence&) const = default;
};

Residence residence_of(const std::vector<fs::path>& paths) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    Residence found;
    for (const fs::path& path : paths) {
        const OpenFile file(path);
        const std::size_t bytes = fs::file_size(path);
        void* const mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.number(), 0);
        BOOST_TEST_REQUIRE(mapped != MAP_FAILED);
        std::vector<unsigned char> pages((bytes + page - 1) / page);
        BOOST_TEST_REQUIRE(::mincore(mapped, bytes, pages.data()) == 0);
        ::munmap(mapped, bytes);
        for (const unsigned char is_there : pages) {
            found.bytes += (is_there & 1U) != 0 ? page : 0;
        }
        found.of += pages.size() * page;
    }
    return found;
}

void forget(const std::vector<fs::path>& paths) {
    for (const fs::path& path : paths) {
        const OpenFile file(path);
        ::fsync(file.number());
        ::posix_fadvise(file.number(), 0, 0, POSIX_FADV_DONTNEED);
    }
}

class Fixture {
  public:
    Fixture() {
        Random random(test_seed());
        for (const Table table : {Table::products, Table::history}) {
            RowBatch batch(*store);
            for (std::uint64_t i = 0; i < 3'000; ++i) {
                std::string row(1'000, ' ');
                for (char& c : row) {
                    c = static_cast<char>(random.below(256));
                }
                batch.put(table, be64_key(1, i), row);
            }
            store->write(batch);
        }
        store->flush();
        forget(products());
        forget(history());
    }

    std::vector<fs::path> products() const { return store->files_of(Table::products); }
    std::vector<fs::path> history() const { return store->files_of(Table::history); }

    const TempDirectory directory;
    const std::unique_ptr<Store> store =
        Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
};

bool always() {
    return true;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(files_are_in_the_page_cache_afterwards, Fixture) {
    BOOST_TEST(residence_of(products()).of > 3'000'000U);
    BOOST_TEST(residence_of(history()).of > 3'000'000U);
    BOOST_TEST(residence_of(products()).bytes < residence_of(products()).of / 2);
    BOOST_TEST(residence_of(history()).bytes < residence_of(history()).of / 2);
    read_ahead(*store, {Table::history}, no_bound, always);
    BOOST_TEST(residence_of(history()).bytes == residence_of(history()).of);
    BOOST_TEST(residence_of(products()).bytes < residence_of(products()).of / 2);
}

BOOST_FIXTURE_TEST_CASE(the_limit_is_applied_in_the_order_of_the_tables, Fixture) {
    const std::uint64_t bytes = fs::file_size(products().front());
    read_ahead(*store, {Table::products, Table::history}, bytes, always);
    BOOST_TEST(residence_of(products()).bytes == residence_of(products()).of);
    BOOST_TEST(residence_of(history()).bytes < residence_of(history()).of / 2);
}

BOOST_FIXTURE_TEST_CASE(it_stops_on_request, Fixture) {
    int asked = 0;
    read_ahead(*store, {Table::products, Table::history}, no_bound, [&] { return ++asked == 1; });
    BOOST_TEST(residence_of(products()).bytes < residence_of(products()).of * 3 / 4);
    BOOST_TEST(residence_of(history()).bytes < residence_of(history()).of / 2);
}

BOOST_AUTO_TEST_CASE(an_empty_store_is_accepted) {
    const TempDirectory directory;
    const auto store = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
    BOOST_TEST(store->files_of(Table::history).empty());
    read_ahead(*store, {Table::history}, no_bound, always);
}

BOOST_AUTO_TEST_SUITE_END()
