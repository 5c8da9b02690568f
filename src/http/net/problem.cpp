#include "http/net/problem.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace threatatlas::net {
namespace {

constexpr auto titles = std::to_array<std::pair<int, std::string_view>>({
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
});

std::string_view place_name(ProblemError::Place place) {
    switch (place) {
        case ProblemError::Place::parameter:
            return "parameter";
        case ProblemError::Place::header:
            return "header";
        case ProblemError::Place::pointer:
            break;
    }
    return "pointer";
}

}  // namespace

std::string_view status_title(int status) {
    const auto found = std::find_if(titles.begin(), titles.end(),
                                    [status](const auto& entry) { return entry.first == status; });
    return found == titles.end() ? std::string_view("Unknown Status") : found->second;
}

std::string to_json(const Problem& problem) {
    nlohmann::ordered_json document = {
        {"type", "about:blank"},
        {"title", status_title(problem.status)},
        {"status", problem.status},
        {"detail", problem.detail},
    };
    if (!problem.errors.empty()) {
        auto& errors = document["errors"] = nlohmann::ordered_json::array();
        for (const auto& error : problem.errors) {
            errors.push_back({{place_name(error.place), error.name}, {"detail", error.detail}});
        }
    }
    return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void answer(httplib::Response& response, const Problem& problem) {
    response.status = problem.status;
    for (const auto& [name, value] : problem.headers) {
        response.headers.emplace(name, value);
    }
    response.headers.erase("Content-Type");
    response.headers.emplace("Content-Type", problem_content_type);
    response.body = to_json(problem);
}

}  // namespace threatatlas::net
