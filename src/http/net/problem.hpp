#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace threatatlas {

/// One thing that is wrong with a request, and where: a place in the body (a JSON pointer), a query
/// parameter or a header field.
struct ProblemError {
    enum class Place { pointer, parameter, header };

    Place place = Place::pointer;
    std::string name;
    std::string detail;
};

/// What went wrong, as the client is told: RFC 9457. `detail` is a sentence that tells a person
/// what to do; it never holds an exception's text or a path of the machine.
struct Problem {
    int status = 500;
    std::string detail;
    std::vector<ProblemError> errors = {};
    /// Header fields that belong to the answer: Allow, Retry-After, WWW-Authenticate.
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// Stops a request: whoever handles it throws this, the listener answers with the problem. (A
/// Refusal, of the commands, is the other reason to stop one; it knows nothing of HTTP.)
class Rejection : public std::exception {
  public:
    explicit Rejection(Problem problem) : problem_(std::move(problem)) {}

    const Problem& problem() const noexcept { return problem_; }
    const char* what() const noexcept override { return problem_.detail.c_str(); }

  private:
    Problem problem_;
};

inline constexpr std::string_view problem_content_type = "application/problem+json";

/// The status's name in RFC 9110 (and RFC 6585); "Unknown Status" for a number that has none here.
std::string_view status_title(int status);

/// The problem as one line of JSON: type, title, status, detail, and errors where there are any, in
/// this order. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const Problem& problem);

}  // namespace threatatlas
