#pragma once

/// The gate's answer in the forms of other tools.

#include "export/status_forms.hpp"
#include "http/api/call.hpp"

namespace threatatlas::api {

/// The form that the Accept header prefers to JSON; null if JSON is as welcome, or if the header
/// names none of the forms.
const exports::StatusForm* form_preferred_by(const httplib::Request& request);

/// Answers with this form. If it needs threats, it is a long read: a call that still has its worker
/// is continued without it.
void answer_form(Call& call, const exports::StatusForm& form);

}  // namespace threatatlas::api
