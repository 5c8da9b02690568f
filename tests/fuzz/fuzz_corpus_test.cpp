#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "fuzz/fuzz_target.hpp"

BOOST_AUTO_TEST_SUITE(fuzz_corpus_test)

// The targets, with the function names set in CMakeLists.txt.
#define THREATATLAS_FUZZ_TARGET(name) \
    extern "C" int name##_fuzz(const std::uint8_t* data, std::size_t size);
THREATATLAS_FUZZ_TARGETS
#undef THREATATLAS_FUZZ_TARGET

namespace {

namespace files = std::filesystem;

struct Target {
    std::string name;
    int (*run)(const std::uint8_t* data, std::size_t size);
};

const std::vector<Target> targets{
#define THREATATLAS_FUZZ_TARGET(name) {#name, name##_fuzz},
    THREATATLAS_FUZZ_TARGETS
#undef THREATATLAS_FUZZ_TARGET
};

const files::path corpus = THREATATLAS_FUZZ_CORPUS;

std::vector<files::path> entries_of(const files::path& directory) {
    std::vector<files::path> paths;
    for (const auto& entry : files::directory_iterator(directory)) {
        paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::string content_of(const files::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void run(const Target& target, const std::string& input) {
    // Copied to memory of exactly its size, so that a sanitizer detects a read past its end.
    const std::vector<std::uint8_t> bytes(input.begin(), input.end());
    BOOST_CHECK_NO_THROW(target.run(bytes.data(), bytes.size()));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_target_accepts_its_corpus) {
    for (const Target& target : targets) {
        const auto inputs = entries_of(corpus / target.name);
        BOOST_TEST(!inputs.empty(), target.name << " has no corpus");
        for (const auto& input : inputs) {
            BOOST_TEST_CONTEXT(target.name << ": " << input.filename().string()) {
                run(target, content_of(input));
            }
        }
    }
}

// Cheap variants of the corpus: each input truncated, and with one byte changed.
BOOST_AUTO_TEST_CASE(every_target_accepts_variants_of_its_corpus) {
    constexpr std::size_t changes_max = 400;
    for (const Target& target : targets) {
        for (const auto& path : entries_of(corpus / target.name)) {
            const std::string input = content_of(path);
            BOOST_TEST_CONTEXT(target.name << ": near " << path.filename().string()) {
                for (std::size_t i = 0; i < std::min(input.size(), changes_max); ++i) {
                    run(target, input.substr(0, i));
                    std::string changed = input;
                    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
                    run(target, changed);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_corpus_has_its_target) {
    std::set<std::string> names;
    for (const Target& target : targets) {
        names.insert(target.name);
    }
    for (const auto& directory : entries_of(corpus)) {
        BOOST_TEST(names.count(directory.filename().string()) == 1U, directory);
    }
}

BOOST_AUTO_TEST_SUITE_END()
