#pragma once

/// @file
/// The JSON of verdicts and of recorded checks, shared by the server and the replay tool. All
/// functions append to `json`.

#include "base/json_writer.hpp"
#include "projections/query/checks.hpp"
#include "projections/verdict.hpp"

namespace threatatlas::query {

/// "pass":…,"failures":[…],"conditions":[…]: members of an object that is already open.
void write_verdict_members(base::JsonWriter& json, const projections::Verdict& verdict);
/// The response body of security-status.
void write_security_status(base::JsonWriter& json, const ProductAt& product,
                           const projections::Verdict& verdict, base::Instant generated_at);
/// The answer to a check that was recorded at `recorded_at`: that of the gate, and the check's id.
void write_check_answer(base::JsonWriter& json, CheckId id, const JudgedCheck& judged,
                        base::Instant recorded_at);
/// A recorded check, as it is in its event.
void write_check(base::JsonWriter& json, const CheckView& check);
/// Its members, within an object that the caller writes.
void write_check_members(base::JsonWriter& json, const CheckView& check);

}  // namespace threatatlas::query
