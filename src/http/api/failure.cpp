#include "http/api/failure.hpp"

#include <fmt/format.h>

#include "events/store/errors.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas::api {
namespace {

int status_of(commands::RefusalKind kind) {
    switch (kind) {
        case commands::RefusalKind::malformed:
            return 400;
        case commands::RefusalKind::unacceptable:
            return 422;
        case commands::RefusalKind::unauthorized:
            return 401;
        case commands::RefusalKind::forbidden:
            return 403;
        case commands::RefusalKind::not_found:
            return 404;
        case commands::RefusalKind::conflict:
            return 409;
        case commands::RefusalKind::precondition_failed:
            return 412;
        case commands::RefusalKind::over_share:
            return 429;
        case commands::RefusalKind::busy:
        case commands::RefusalKind::needs_threats:
        case commands::RefusalKind::storage_failing:
        case commands::RefusalKind::clock_in_doubt:
            return 503;
    }
    return 500;
}

net::ProblemError::Place place_of(commands::FieldError::Where where) {
    switch (where) {
        case commands::FieldError::Where::pointer:
            return net::ProblemError::Place::pointer;
        case commands::FieldError::Where::parameter:
            return net::ProblemError::Place::parameter;
        case commands::FieldError::Where::header:
            return net::ProblemError::Place::header;
    }
    return net::ProblemError::Place::pointer;
}

std::pair<std::string, std::string> retry_after(std::chrono::seconds wait) {
    return {"Retry-After", std::to_string(wait.count())};
}

}  // namespace

net::Problem to_problem(const commands::Refusal& refusal) {
    if (refusal.kind() == commands::RefusalKind::unauthorized) {
        return invalid_token("The token was revoked or expired during the request");
    }
    net::Problem problem{.status = status_of(refusal.kind()), .detail = refusal.detail()};
    for (const commands::FieldError& error : refusal.errors()) {
        problem.errors.push_back({place_of(error.where), error.name, error.detail});
    }
    if (refusal.kind() == commands::RefusalKind::busy ||
        refusal.kind() == commands::RefusalKind::needs_threats ||
        refusal.kind() == commands::RefusalKind::over_share) {
        problem.headers.push_back(retry_after(ops::limits::retry_after_busy));
    } else if (refusal.kind() == commands::RefusalKind::storage_failing ||
               refusal.kind() == commands::RefusalKind::clock_in_doubt) {
        problem.headers.push_back(retry_after(ops::limits::retry_after_failure));
    }
    return problem;
}

net::Problem to_problem(const std::exception_ptr& failure, const ops::Log& log,
                        ops::ReadErrors& read_errors) {
    try {
        std::rethrow_exception(failure);
    } catch (const net::Rejection& rejection) {
        return rejection.problem();
    } catch (const commands::Refusal& refusal) {
        return to_problem(refusal);
    } catch (const store::StorageError& error) {
        if (dynamic_cast<const store::ReadError*>(&error) != nullptr) {
            read_errors.note();
        }
        log.error("storage_error", {{"detail", error.what()}});
        return {.status = 503,
                .detail = "The server cannot read its data at the moment. Retry later.",
                .headers = {retry_after(ops::limits::retry_after_failure)}};
    } catch (const std::exception& error) {
        log.error("internal_error", {{"detail", error.what()}});
    } catch (...) {
        log.error("internal_error");
    }
    return {.status = 500,
            .detail =
                "The server failed to answer this request. Report the time of the request to its "
                "operator."};
}

net::Problem unauthorized() {
    return {.status = 401,
            .detail = "Missing or invalid token; send `Authorization: Bearer ta_…`.",
            .headers = {{"WWW-Authenticate", "Bearer"}}};
}

net::Problem invalid_token(std::string_view why) {
    return {
        .status = 401,
        .detail = fmt::format("{}. Ask an admin for a new one.", why),
        .headers = {{"WWW-Authenticate",
                     fmt::format(R"(Bearer error="invalid_token", error_description="{}")", why)}}};
}

net::Problem no_product(ProductId product) {
    return to_problem(commands::no_such_product(product));
}

net::Problem not_ready(std::string detail) {
    return {.status = 503,
            .detail = std::move(detail),
            .headers = {retry_after(ops::limits::retry_after_busy)}};
}

}  // namespace threatatlas::api
