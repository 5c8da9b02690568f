#pragma once

/// Strict parsing of query parameters: an unknown, repeated or malformed parameter is an error that
/// names it. A misspelled parameter must never weaken a gate.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/net/problem.hpp"

namespace threatatlas::api {

/// The parameter of badges that may contain the token. It is never logged.
inline constexpr std::string_view token_parameter = "token";

/// Rejection 422 for a parameter. `detail` is a sentence that tells the client what to do.
net::Rejection bad_parameter(std::string_view name, std::string detail);

class RequestQuery {
  public:
    /// `raw` is the part of the request target after `?`, still percent-encoded; a `+` is a space,
    /// as in forms. It must outlive the query. `known` are the parameters of the call, which are
    /// constants. Throws
    /// Rejection 422 for an unknown name (suggesting the most similar one), a repeated name, and an
    /// invalid percent-encoding.
    RequestQuery(std::string_view raw, std::span<const std::string_view> known);
    RequestQuery(std::string_view raw, std::initializer_list<std::string_view> known)
        : RequestQuery(raw, std::span(known.begin(), known.size())) {}

    /// The value; nullopt if the parameter is absent.
    std::optional<std::string_view> text(std::string_view name) const;

    // The methods below throw Rejection 422 for a malformed value.

    /// The value of a boolean parameter; false if it is absent.
    bool flag(std::string_view name) const { return boolean(name).value_or(false); }
    std::optional<bool> boolean(std::string_view name) const;
    /// Decimal digits only, from `min` to `max`.
    std::optional<std::uint64_t> number(std::string_view name, std::uint64_t min,
                                        std::uint64_t max) const;
    /// The parts of a comma-separated list; empty if the parameter is absent.
    std::vector<std::string_view> list(std::string_view name) const;
    /// The same, each of which must be in `names` or equal `extra`.
    std::vector<std::string_view> choices(std::string_view name,
                                          std::span<const std::string_view> names,
                                          std::string_view extra = {}) const;

    /// The query "?a=1&b=2" with this parameter added or replaced, percent-encoded: for links to
    /// other pages.
    std::string with(std::string_view name, std::string_view value) const;

    bool has(std::string_view name) const { return text(name).has_value(); }

  private:
    struct Parameter {
        std::string_view name;
        std::string_view value;
        std::string decoded_value;  // set if the value was encoded, else empty
    };

    std::vector<Parameter> parameters_;
};

/// True if a value passes a filter made of such choices: there are none, or it is one of them.
bool is_chosen(const std::vector<std::string_view>& choices, std::string_view value);

/// The value of the first parameter with this name, decoded; empty if there is none or its encoding
/// is invalid. `raw` as for RequestQuery, but anything else in it is ignored: for the token, which
/// is checked before the rest of a request.
std::string first_value(std::string_view raw, std::string_view name);

/// Decodes %XX and, if `plus_is_space`, `+`. Returns nullopt for an invalid escape.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);
/// Encodes all characters but the unreserved ones of RFC 3986 section 2.3 as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace threatatlas::api
