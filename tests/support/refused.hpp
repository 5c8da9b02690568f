#pragma once

// Helpers of the suites in this directory for checking refusals.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "commands/refusal.hpp"

namespace threatatlas::testing {

// The refusal thrown by `act`; nullopt if it succeeds.
template <class Act>
std::optional<commands::Refusal> refused(const Act& act) {
    try {
        act();
    } catch (const commands::Refusal& refusal) {
        return refusal;
    }
    return std::nullopt;
}

inline std::vector<std::string> pointers_of(const commands::Refusal& refusal) {
    std::vector<std::string> pointers;
    for (const auto& error : refusal.errors()) {
        BOOST_TEST((error.where == commands::FieldError::Where::pointer));
        BOOST_TEST(!error.detail.empty());
        pointers.push_back(error.name);
    }
    return pointers;
}

// A body that must be refused, and the JSON pointer of the error.
struct BadBody {
    std::string body;
    std::string pointer;
};
inline std::ostream& operator<<(std::ostream& out, const BadBody& bad) {
    return out << bad.body.substr(0, 200);
}

template <class Act>
void check_unacceptable(const Act& act, const std::string& pointer) {
    const auto refusal = refused(act);
    BOOST_REQUIRE(refusal);
    BOOST_TEST((refusal->kind() == commands::RefusalKind::unacceptable));
    BOOST_TEST(pointers_of(*refusal) == std::vector{pointer}, boost::test_tools::per_element());
}

// The kind of refusal. `act` must be refused, with a non-empty detail.
template <class Act>
commands::RefusalKind kind_of(const Act& act) {
    const auto refusal = refused(act);
    BOOST_REQUIRE(refusal);
    BOOST_TEST(!refusal->detail().empty());
    return refusal->kind();
}

}  // namespace threatatlas::testing
