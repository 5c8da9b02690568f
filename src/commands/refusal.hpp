#pragma once

/// @file
/// The exception for a refused request, which the HTTP API turns into a problem document.

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

namespace threatatlas::commands {

enum class RefusalKind {
    malformed,            ///< not valid JSON, or not in the announced format
    unacceptable,         ///< well-formed, but breaks a rule
    unauthorized,         ///< the token was revoked or has expired
    forbidden,            ///< another person must do this
    not_found,            ///< no such product, threat, mitigation or token
    conflict,             ///< the id is in use, or the idempotency key was used for another request
    precondition_failed,  ///< If-Match names another version
    busy,                 ///< the queue is full, or the server is stopping: nothing was done
    over_share,           ///< the token has used up its share of a queue or pool: nothing was done
    storage_failing,      ///< the outcome is unknown
    needs_threats,  ///< the threats that were read are not those of the state: nothing was done
    clock_in_doubt  ///< the current time is not known: nothing was done
};

/// An error at one place of the request.
struct FieldError {
    enum class Where { pointer, parameter, header };
    Where where = Where::pointer;
    std::string name;    ///< JSON pointer (RFC 6901), or name
    std::string detail;  ///< a sentence that says what to do

    bool operator==(const FieldError&) const = default;
};

class Refusal : public std::exception {
  public:
    /// `detail` is a sentence that tells the sender of the request what to do.
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

/// Has the same text for a product that never existed, is archived, or is not visible to the token,
/// so that it does not reveal which.
inline Refusal no_such_product(std::uint64_t product_id) {
    return {RefusalKind::not_found,
            "There is no product " + std::to_string(product_id) +
                " that this token can see. GET /api/products lists those that it can."};
}

/// The write was abandoned before it began.
inline Refusal nothing_recorded() {
    return {RefusalKind::storage_failing,
            "The storage is failing: nothing was recorded. Repeat the request later."};
}

/// The write began, and its outcome is unknown until the storage works again.
inline Refusal outcome_unknown() {
    return {RefusalKind::storage_failing,
            "The storage is failing, and whether this was recorded is not known: repeat the "
            "request later, with its Idempotency-Key."};
}

}  // namespace threatatlas::commands
