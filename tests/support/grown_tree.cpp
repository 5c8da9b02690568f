#include "support/grown_tree.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "tlog/tile.hpp"

namespace threatatlas::testing {

GrownTree::GrownTree(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
        append(entry);
    }
}

void GrownTree::append(std::string_view entry) {
    frontier_.append(tlog::leaf_digest(entry),
                     [this](unsigned level, std::uint64_t index, const base::Digest& digest) {
                         levels_.resize(std::max<std::size_t>(levels_.size(), level + 1));
                         if (levels_[level].size() != index) {
                             throw std::logic_error("a node comes when its turn has come");
                         }
                         levels_[level].push_back(digest);
                     });
}

tlog::NodeReader GrownTree::nodes(std::uint64_t size) const {
    return [this, size](unsigned level, std::uint64_t index) {
        if (index >= size >> level) {
            throw std::out_of_range("the node is not complete");
        }
        return levels_.at(level).at(index);
    };
}

std::string GrownTree::tile(unsigned tile_level, std::uint64_t index, unsigned width) const {
    const std::vector<base::Digest>& nodes = level(tlog::tile_height * tile_level);
    std::string bytes;
    for (unsigned i = 0; i < width; ++i) {
        bytes += base::bytes_of(nodes.at(index * tlog::tile_width + i));
    }
    return bytes;
}

std::vector<std::string> numbered_entries(std::size_t count) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < count; ++i) {
        entries.push_back(std::to_string(i));
    }
    return entries;
}

std::vector<std::string> byte_entries(std::size_t count) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < count; ++i) {
        entries.emplace_back(1, static_cast<char>(i));
    }
    return entries;
}

std::vector<std::string> classic_entries() {
    std::vector<std::string> entries;
    for (const std::string_view hex : {"", "00", "10", "2021", "3031", "40414243",
                                       "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
        entries.push_back(bytes_of_hex(hex));
    }
    return entries;
}

base::Digest digest_of_hex(std::string_view hex) {
    return base::digest_of_bytes(bytes_of_hex(hex));
}

std::vector<std::string> hex_of_all(const std::vector<base::Digest>& digests) {
    std::vector<std::string> hex;
    std::transform(digests.begin(), digests.end(), std::back_inserter(hex), base::hex_of);
    return hex;
}

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

}  // namespace threatatlas::testing
