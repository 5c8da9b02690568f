#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <httplib.h>

namespace threatatlas::net {

/// One error in a request and its location: a JSON pointer into the body, a query parameter or a
/// header field.
struct ProblemError {
    /// The kind of location that `name` gives.
    enum class Place { pointer, parameter, header };

    Place place = Place::pointer;
    std::string name;
    std::string detail;
};

/// An error as the client sees it (RFC 9457). `detail` is a sentence that says what to do; it never
/// contains the text of an exception or a path of the machine.
struct Problem {
    int status = 500;
    std::string detail;
    std::vector<ProblemError> errors = {};
    /// Header fields that the answer needs: Allow, Retry-After, WWW-Authenticate.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Thrown by a handler, or by a function that it calls, to end a request. The listener answers with
/// the problem.
class Rejection : public std::exception {
  public:
    explicit Rejection(Problem problem) : problem_(std::move(problem)) {}

    const Problem& problem() const noexcept { return problem_; }
    const char* what() const noexcept override { return problem_.detail.c_str(); }

  private:
    Problem problem_;
};

/// The Content-Type of to_json() (RFC 9457).
inline constexpr std::string_view problem_content_type = "application/problem+json";

/// The name of the status in RFC 9110 or RFC 6585, as used in problems and status lines; "Unknown
/// Status" if it is not in the table.
std::string_view status_title(int status);

/// The problem as one line of JSON with the members type, title, status, detail and, if there are
/// any, errors, in this order. Invalid UTF-8 is replaced by U+FFFD.
std::string to_json(const Problem& problem);

/// Sets the status, header fields and JSON body of the response from the problem. Other fields of
/// the response are kept.
void answer(httplib::Response& response, const Problem& problem);

}  // namespace threatatlas::net
