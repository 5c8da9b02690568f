#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <httplib.h>

namespace threatatlas::net {

/// One fault of a request and its place: in the body (a JSON pointer), a query parameter or a
/// header field.
struct ProblemError {
    enum class Place { pointer, parameter, header };

    Place place = Place::pointer;
    std::string name;
    std::string detail;
};

/// A failure as the client sees it: RFC 9457. `detail` is a sentence that says what to do; it never
/// holds an exception's text or a path of the machine.
struct Problem {
    int status = 500;
    std::string detail;
    std::vector<ProblemError> errors = {};
    /// Header fields that belong to the answer: Allow, Retry-After, WWW-Authenticate.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Thrown by a handler, or by what it calls, to end a request; the listener answers with the
/// problem.
class Rejection : public std::exception {
  public:
    explicit Rejection(Problem problem) : problem_(std::move(problem)) {}

    const Problem& problem() const noexcept { return problem_; }
    const char* what() const noexcept override { return problem_.detail.c_str(); }

  private:
    Problem problem_;
};

inline constexpr std::string_view problem_content_type = "application/problem+json";

/// The status's name in RFC 9110 (and RFC 6585), as problems and status lines give it; "Unknown
/// Status" for a number that has none here.
std::string_view status_title(int status);

/// The problem as one line of JSON: type, title, status, detail, and errors if there are any, in
/// this order. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Problem& problem);

/// Gives the response the problem's status, header fields and JSON; its other fields stay.
void answer(httplib::Response& response, const Problem& problem);

}  // namespace threatatlas::net
