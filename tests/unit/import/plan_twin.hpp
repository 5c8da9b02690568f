#pragma once

/// @file
/// The slow twin of plan_import(): it remembers what the last file of a source contained instead of
/// digests, treats all fields as named texts, and compares every object with every other one.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "import/imported_model.hpp"
#include "import/plan.hpp"
#include "unit/import/plan_product.hpp"

namespace threatatlas::imports::testing {

/// A threat or a mitigation, of a file or of a product.
struct TwinObject {
    std::string key;  ///< empty in a product
    std::map<std::string, std::string> fields;
    std::optional<events::CoverageScope> scope;  ///< of a mitigation
    std::vector<std::size_t> links;  ///< of a mitigation of a file: indices of its threats

    std::string field(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    }
    bool operator==(const TwinObject&) const = default;
};

using TwinObjects = std::map<std::uint64_t, TwinObject>;

struct TwinProduct {
    std::array<TwinObjects, 2> objects;  ///< threats, mitigations
    std::array<std::uint64_t, 2> last_ids{};
};

TwinProduct twin_of(const PlanProduct& product);

/// The content of a plan.
struct TwinPlan {
    TwinProduct after;
    std::vector<std::string> added;  ///< these lists as shown() gives them
    std::vector<std::string> changed;
    std::vector<std::string> removed;
    std::vector<std::string> missing;
    std::vector<std::string> conflicts;
    std::size_t unchanged = 0;
};

class PlanTwin {
  public:
    TwinPlan import(const ImportedModel& file, const PlanProduct& product,
                    const PlanOptions& options);

    /// The rules that any import has needed, for tests that want to have seen them all.
    const std::set<std::string>& used_rules() const { return used_rules_; }

  private:
    struct Match {
        std::uint64_t id = 0;
        bool by_content = false;
    };
    struct Source {
        std::array<TwinObjects, 2> last;              ///< what the last file said
        std::array<std::set<std::uint64_t>, 2> ever;  ///< also what imports have removed since
        std::array<std::set<std::uint64_t>, 2> set_aside;
        std::array<std::set<std::uint64_t>, 2> adopted;  ///< made by people or other sources
        std::array<std::set<std::string>, 2> removed_keys;
    };
    struct Import;

    bool has_source(std::size_t kind, std::uint64_t id) const;
    std::vector<Match> match(const Import& import, std::size_t kind);
    void match_once(const Import& import, std::size_t kind, std::size_t round,
                    std::vector<Match>& matches);
    void take(Import& import, std::size_t kind);
    void merge(Import& import, std::size_t kind, const TwinObject& in_file, const Match& match);
    void look_for_missing(Import& import, std::size_t kind, const std::set<std::uint64_t>& matched);
    void use(std::size_t kind, const std::string& rule);

    std::map<std::string, Source> sources_;
    std::set<std::string> used_rules_;
};

}  // namespace threatatlas::imports::testing
