#pragma once

/// The parameter model_path: the threat model's file in the repository of a pipeline.

#include <string_view>

#include "export/status_view.hpp"

namespace threatatlas::api {

/// Checks the decoded value: a path of at most 1,000 Unicode code points relative to the root of
/// the repository, with slashes. Throws Rejection 422, also for `..` and control characters.
exports::ModelPath read_model_path(std::string_view text);

}  // namespace threatatlas::api
