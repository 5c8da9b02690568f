#pragma once

/// The verdicts of the policies that the products of a list have.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "http/api/call.hpp"
#include "http/api/request_query.hpp"
#include "projections/query/policies.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::api {

/// Reads the parameter `with`: true for `verdict`, false if it is absent. Throws Rejection 422.
bool reads_with_verdicts(const RequestQuery& query);

/// What the gate, asked without parameters, says about a product of a list. Both members are empty
/// if the product has no policy.
struct ListedVerdict {
    std::optional<projections::Verdict> verdict;
    std::string refusal;  ///< why the gate refuses to judge it, as a sentence
};

/// Judges the products of one page. For one call, by its thread.
class ListedVerdicts {
  public:
    /// The arguments must outlive this object. `moment` is that of the list, or nullopt for `now`.
    ListedVerdicts(const Call& call, const store::ReadView& view, query::Moment moment,
                   base::Instant now)
        : call_(call), view_(view), moment_(moment), now_(now) {}

    /// Sets `product.applied`. Policies about the age of threats, or with a baseline, read the
    /// threats: returns nullopt if that would be more than a page may read
    /// (limits::page_threats_max) and another product of the page was judged by reading threats.
    /// Throws NotFinalYet.
    std::optional<ListedVerdict> judge(query::ProductAt& product);

  private:
    std::optional<projections::PolicyVersion> policy(const std::string& name);
    bool takes_threats_of(const query::ProductAt& product, bool names_baseline);

    const Call& call_;
    const store::ReadView& view_;
    const query::Moment moment_;
    const base::Instant now_;
    std::map<std::string, std::optional<projections::PolicyVersion>> policies_;
    std::uint64_t threats_read_ = 0;
};

/// {"policy":…,"enforced":…,"pass":…,"failures":[…],"warnings":…,"fails_on":…}, with "detail" if
/// the gate refuses to judge the product; null if it has no policy.
void write_listed_verdict(base::JsonWriter& json, const query::ProductAt& product,
                          const ListedVerdict& listed);

}  // namespace threatatlas::api
