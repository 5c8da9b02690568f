#pragma once

/// @file
/// Recorded checks: what the gate answers about the current state, and whether a recorded answer is
/// the one that the log gives.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "projections/memory_tables.hpp"
#include "projections/query/policies.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::query {

/// The thresholds and the choice of policies that a check asks.
projections::Thresholds thresholds_of(const events::CheckQuestion& question);
PolicyChoice policies_of(const events::CheckQuestion& question);

/// The answer to a check.
struct JudgedCheck {
    ProductAt product;
    projections::Verdict verdict;  ///< unless `needs_threats`
    /// The threats of the product are needed and were not given.
    bool needs_threats = false;
};

/// Judges a product as of `instant`, from its newest state up to then. `threats` are its
/// rated_threats(); nullopt: not read. Throws PolicyRefused.
JudgedCheck judge_check(ProductAt product, const events::CheckQuestion& question,
                        base::Instant instant, const FindPolicy& find,
                        std::optional<std::vector<projections::RatedThreat>> threats);

/// Sets what an event records of the answer: verdict, conditions, policies and state.
void record_answer(events::GateChecked& event, const JudgedCheck& judged);

/// Returns how the recorded answer differs from the one that these tables give, as a sentence
/// without full stop; nullopt if it does not. The tables are those after the check, which was
/// recorded at `instant`; `find` gives the policies of then.
std::optional<std::string> fault_of_check(const projections::MemoryTables& tables,
                                          ProductId product, base::Instant instant,
                                          const events::GateChecked& recorded,
                                          const FindPolicy& find);

/// A recorded check with its event.
struct CheckView {
    CheckId id = 0;
    events::Event event;

    const events::GateChecked& data() const { return std::get<events::GateChecked>(event.data); }
};

/// A check of a product; nullopt if there is none of this id. Two reads. Throws ReadError.
std::optional<CheckView> find_check(const store::ReadView& view, ProductId product, CheckId id);
/// Visits the checks with ids greater than `after` that are wanted, ascending, until `visit`
/// returns false. Reads the lines of those only.
void scan_checks(const store::ReadView& view, ProductId product, CheckId after,
                 const std::function<bool(const projections::Check&)>& wanted,
                 const std::function<bool(const CheckView&)>& visit);

}  // namespace threatatlas::query
