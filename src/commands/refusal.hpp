#pragma once

// Why a request was not carried out: the one family of exceptions that a rim turns into an answer.

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

namespace threatatlas {

enum class RefusalKind {
    malformed,            // not JSON, or not the JSON that was announced
    unacceptable,         // well-formed, but against a rule
    unauthorized,         // the token does not hold any more
    not_found,            // no such product, threat, mitigation or token
    conflict,             // the id is in use, the key was used for another request
    precondition_failed,  // If-Match names another version
    busy,                 // the queue is full, or the server is stopping: nothing was done
    over_share,           // the token has its share of a queue or pool already: nothing was done
    storage_failing,      // the outcome is unknown
    clock_in_doubt        // no time can be given to it: nothing was done
};

// One place of the request that is wrong.
struct FieldError {
    enum class Where { pointer, parameter, header };
    Where where = Where::pointer;
    std::string name;    // JSON pointer into the body (RFC 6901), or the name
    std::string detail;  // a sentence that says what to do

    bool operator==(const FieldError&) const = default;
};

class Refusal : public std::exception {
  public:
    // `detail` is a sentence for the person who sent the request: what to do.
    Refusal(RefusalKind kind, std::string detail, std::vector<FieldError> errors = {})
        : kind_(kind), detail_(std::move(detail)), errors_(std::move(errors)) {}

    RefusalKind kind() const { return kind_; }
    const std::string& detail() const { return detail_; }
    const std::vector<FieldError>& errors() const { return errors_; }
    const char* what() const noexcept override { return detail_.c_str(); }

  private:
    RefusalKind kind_;
    std::string detail_;
    std::vector<FieldError> errors_;
};

// The same words for a product that was never there, is archived or is not the bearer's to see:
// nobody learns which.
inline Refusal no_such_product(std::uint64_t product_id) {
    return {RefusalKind::not_found,
            "There is no product " + std::to_string(product_id) +
                " that this token can see. GET /api/products lists those that it can."};
}

// The write was given up before it began.
inline Refusal nothing_recorded() {
    return {RefusalKind::storage_failing,
            "The storage is failing: nothing was recorded. Repeat the request later."};
}

// The write began, and how it ended is only known when the storage is well again.
inline Refusal outcome_unknown() {
    return {RefusalKind::storage_failing,
            "The storage is failing, and whether this was recorded is not known: repeat the "
            "request later, with its Idempotency-Key."};
}

}  // namespace threatatlas
