// Query strings: the part of a target after the question mark. Also the Accept header.

#include "fuzz/fuzz_target.hpp"
#include "http/api/accept.hpp"
#include "http/api/model_path.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::fuzz {
namespace {

const std::initializer_list<std::string_view> known{"fail_on_critical", "min_threats", "types",
                                                    "as_of"};
constexpr std::uint64_t number_max = 1'000;

void check_rejection(const net::Rejection& rejection) {
    const net::Problem& problem = rejection.problem();
    require(problem.status == 422, "a query is refused with status 422");
    require(problem.errors.size() == 1, "a refusal names the parameter");
    // The problem can be rendered as JSON for any name.
    require(!net::to_json(problem).empty(), "a refusal can be rendered");
}

void check_values(const api::RequestQuery& query) {
    for (const std::string_view name : known) {
        try {
            query.boolean(name);
            query.flag(name);
        } catch (const net::Rejection& rejection) {
            check_rejection(rejection);
        }
        try {
            const auto number = query.number(name, 1, number_max);
            require(!number || (*number >= 1 && *number <= number_max),
                    "a number is within its range");
            require(number.has_value() == query.has(name), "a given number is parsed");
        } catch (const net::Rejection& rejection) {
            check_rejection(rejection);
        }
        std::string joined;
        for (const auto part : query.list(name)) {
            require(part.find(',') == std::string_view::npos, "list elements contain no comma");
            joined += std::string(part) + ",";
        }
        require(joined == (query.has(name) ? std::string(*query.text(name)) + "," : ""),
                "a list is split without loss");
    }
}

// The link to another page has the same parameters, except for the added one.
void check_link(const api::RequestQuery& query) {
    const std::string value = "a b&c=%25+\xC3\xA9";
    const std::string link = query.with("types", value);
    require(link.front() == '?', "a link begins with a question mark");
    const std::string_view raw = std::string_view(link).substr(1);
    const api::RequestQuery again(raw, known);
    for (const std::string_view name : known) {
        require(name == "types" ? again.text(name) == value : again.text(name) == query.text(name),
                "a link has the same parameters");
    }
}

void check_model_path(std::string_view text) {
    try {
        const exports::ModelPath path = api::read_model_path(text);
        require(path.path == text, "a path is taken as it is");
        require(api::percent_decoded(path.uri, false) == text, "its URI is the same path");
        require(("/" + path.path + "/").find("/../") == std::string::npos,
                "a path does not leave the repository");
    } catch (const net::Rejection& rejection) {
        check_rejection(rejection);
    }
}

void check_accept(std::string_view text) {
    constexpr std::uint32_t whole = 1'000;
    httplib::Request request;
    request.headers.emplace("Accept", std::string(text));
    require(api::weight_of(request, "text/markdown") <= whole, "a weight is at most one");
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    const std::string_view raw = bytes_of(data, size);
    const std::string encoded = api::percent_encoded(raw);
    require(
        api::percent_decoded(encoded, true) == raw && api::percent_decoded(encoded, false) == raw,
        "percent-encoding survives a round trip");
    if (const auto decoded = api::percent_decoded(raw, false)) {
        require(decoded->size() <= raw.size(), "decoding never lengthens a text");
    }
    check_model_path(raw);
    check_accept(raw);
    require(api::first_value(raw, "types").size() <= raw.size(), "a value is part of the query");
    try {
        const api::RequestQuery query(raw, known);
        check_values(query);
        check_link(query);
    } catch (const net::Rejection& rejection) {
        check_rejection(rejection);
    }
    return 0;
}
