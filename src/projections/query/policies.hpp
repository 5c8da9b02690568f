#pragma once

/// @file
/// Policies at a moment, and those that apply to a question about a product.

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "projections/policy_facts.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::query {

struct PolicyView {
    std::string name;
    projections::PolicyVersion version;
};

/// The version of a policy that was valid at a moment, also if it was removed by then; nullopt if
/// it was not defined yet. One read. Throws ReadError.
std::optional<projections::PolicyVersion> policy_at(const store::ReadView& view,
                                                    const std::string& name, Moment moment);
/// The same for an instant, with the time of the definition or removal since which it is valid.
struct PolicySince {
    base::Instant since{};
    projections::PolicyVersion version;
};
std::optional<PolicySince> policy_since(const store::ReadView& view, const std::string& name,
                                        base::Instant instant);
/// Visits the policies that exist at a moment, ordered by name, until `visit` returns false.
void scan_policies(const store::ReadView& view, Moment moment,
                   const std::function<bool(const PolicyView&)>& visit);
/// The number of live products that have this policy now.
std::uint64_t count_policy_users(const store::ReadView& view, const std::string& name);

/// What a question says about policies and the baseline.
struct PolicyChoice {
    std::optional<std::string> name;  ///< of a policy to apply, valid or not
    bool none = false;    ///< the policy that the product has does not apply, unless it is enforced
    bool of_now = false;  ///< the assignment and the versions of now judge the past
    /// The moment of the baseline of the thresholds, and of policies that name none; not later than
    /// the moment that is judged.
    std::optional<base::Instant> since = {};

    /// True if the question says nothing.
    bool is_empty() const { return !name && !none && !of_now && !since; }
};

/// A choice that cannot be followed. what() is a sentence that says what to do.
class PolicyRefused : public std::runtime_error {
  public:
    /// `parameter` is a constant: "policy" or "baseline".
    PolicyRefused(std::string_view parameter, const std::string& sentence)
        : std::runtime_error(sentence), parameter_(parameter) {}

    std::string_view parameter() const { return parameter_; }

  private:
    std::string_view parameter_;
};

/// Finds the version of a policy; see policy_at().
using FindPolicy =
    std::function<std::optional<projections::PolicyVersion>(const std::string& name)>;

/// Sets `product.applied` to the policies that apply to a question about the product: the one that
/// it has and the one that the question names. `product` is the product at the moment that is
/// judged, `assigned` the assignment that counts (of then or of now), and `judged` the instant.
/// Threats and baselines are not read. Throws PolicyRefused; in particular, an enforced policy has
/// no baseline but its own.
void apply_policies(ProductAt& product, const projections::PolicyAssignment& assigned,
                    const PolicyChoice& choice, base::Instant judged, const FindPolicy& find);

/// The same from the store. `now` is the instant that is judged if `moment` is nullopt. Costs
/// nothing if the product has no policy and the question names none.
void apply_policies(const store::ReadView& view, ProductAt& product, const PolicyChoice& choice,
                    Moment moment, base::Instant now);

/// The newest moment up to `now` at which the policies of a question about now may have changed the
/// verdict without an event of the product: a definition, or the beginning of the day if the
/// verdict changes with days. nullopt if no policy applies. `find` is asked for the versions of
/// now.
std::optional<base::Instant> policy_moment(const projections::PolicyAssignment& assigned,
                                           const PolicyChoice& choice, base::Instant now,
                                           const FindPolicy& find);

/// The moment of the baseline that the policy itself names, for a verdict on the instant `judged`:
/// the end of its day or, if that day is not over, `judged`. nullopt if it names none. Throws
/// PolicyRefused if the day is later.
std::optional<base::Instant> own_baseline(const projections::AppliedPolicy& policy,
                                          base::Instant judged);

/// True if the verdict on a product that has this policy may change when a day begins.
bool changes_with_days(const events::Policy& policy);

}  // namespace threatatlas::query
