#pragma once

// The query of a request, read strictly: what is unknown, doubled or out of form is refused and
// named. A slip of the pen must not open a gate.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/net/problem.hpp"

namespace threatatlas::api {

// 422 that names the parameter. `detail` is a sentence that says what to do.
net::Rejection bad_parameter(std::string_view name, std::string detail);

class RequestQuery {
  public:
    // `raw` is what stands behind the target's `?`, still percent-encoded (a `+` is a space, as
    // forms have it). `known` are the names that the call takes. Throws Rejection 422: a name that
    // is not known, with the nearest one; a name given twice; a broken percent-encoding.
    // `raw` must outlive the query.
    RequestQuery(std::string_view raw, std::initializer_list<std::string_view> known);

    // Nothing where the parameter was not given.
    std::optional<std::string_view> text(std::string_view name) const;

    // The ones below throw Rejection 422 where the value has another form.

    // True only where it was given and says so.
    bool flag(std::string_view name) const { return boolean(name).value_or(false); }
    std::optional<bool> boolean(std::string_view name) const;
    // Decimal digits and nothing else, from min to max.
    std::optional<std::uint64_t> number(std::string_view name, std::uint64_t min,
                                        std::uint64_t max) const;
    // The parts of a list separated by commas; empty where it was not given.
    std::vector<std::string_view> list(std::string_view name) const;

    // "?a=1&b=2" with this parameter added or replaced, encoded: what a link to another page needs.
    std::string with(std::string_view name, std::string_view value) const;

    bool has(std::string_view name) const { return text(name).has_value(); }

  private:
    struct Parameter {
        std::string_view name;
        std::string_view value;
        std::string decoded_value;  // where the value was encoded; else empty
    };

    std::vector<Parameter> parameters_;
};

// Decodes %XX and, where asked, `+`. Nothing where an escape is broken.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);
// What is not unreserved in RFC 3986 section 2.3 becomes %XX.
std::string percent_encoded(std::string_view text);

}  // namespace threatatlas::api
