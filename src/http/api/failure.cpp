#include "http/api/failure.hpp"

#include <fmt/format.h>

#include "events/store/errors.hpp"
#include "http/ops/service_limits.hpp"

namespace threatatlas {
namespace {

int status_of(RefusalKind kind) {
    switch (kind) {
        case RefusalKind::malformed:
            return 400;
        case RefusalKind::unacceptable:
            return 422;
        case RefusalKind::unauthorized:
            return 401;
        case RefusalKind::not_found:
            return 404;
        case RefusalKind::conflict:
            return 409;
        case RefusalKind::precondition_failed:
            return 412;
        case RefusalKind::over_share:
            return 429;
        case RefusalKind::busy:
        case RefusalKind::storage_failing:
        case RefusalKind::clock_in_doubt:
            return 503;
    }
    return 500;
}

ProblemError::Place place_of(FieldError::Where where) {
    switch (where) {
        case FieldError::Where::pointer:
            return ProblemError::Place::pointer;
        case FieldError::Where::parameter:
            return ProblemError::Place::parameter;
        case FieldError::Where::header:
            return ProblemError::Place::header;
    }
    return ProblemError::Place::pointer;
}

std::pair<std::string, std::string> retry_after(std::chrono::seconds wait) {
    return {"Retry-After", std::to_string(wait.count())};
}

}  // namespace

Problem to_problem(const Refusal& refusal) {
    if (refusal.kind() == RefusalKind::unauthorized) {
        return invalid_token("The token was revoked or expired during the request");
    }
    Problem problem{.status = status_of(refusal.kind()), .detail = refusal.detail()};
    for (const FieldError& error : refusal.errors()) {
        problem.errors.push_back({place_of(error.where), error.name, error.detail});
    }
    if (refusal.kind() == RefusalKind::busy || refusal.kind() == RefusalKind::over_share) {
        problem.headers.push_back(retry_after(limits::retry_after_busy));
    } else if (refusal.kind() == RefusalKind::storage_failing ||
               refusal.kind() == RefusalKind::clock_in_doubt) {
        problem.headers.push_back(retry_after(limits::retry_after_failure));
    }
    return problem;
}

Problem to_problem(const std::exception_ptr& failure, const Log& log, ReadErrors& read_errors) {
    try {
        std::rethrow_exception(failure);
    } catch (const Rejection& rejection) {
        return rejection.problem();
    } catch (const Refusal& refusal) {
        return to_problem(refusal);
    } catch (const StorageError& error) {
        if (dynamic_cast<const ReadError*>(&error) != nullptr) {
            read_errors.note();
        }
        log.error("storage_error", {{"detail", error.what()}});
        return {.status = 503,
                .detail = "The server cannot read its data at the moment. Retry later.",
                .headers = {retry_after(limits::retry_after_failure)}};
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

Problem unauthorized() {
    return {.status = 401,
            .detail = "Missing or invalid token; send `Authorization: Bearer ta_…`.",
            .headers = {{"WWW-Authenticate", "Bearer"}}};
}

Problem invalid_token(std::string_view why) {
    return {
        .status = 401,
        .detail = fmt::format("{}. Ask an admin for a new one.", why),
        .headers = {{"WWW-Authenticate",
                     fmt::format(R"(Bearer error="invalid_token", error_description="{}")", why)}}};
}

Problem no_product(ProductId product) {
    return to_problem(no_such_product(product));
}

Problem not_ready(std::string detail) {
    return {.status = 503,
            .detail = std::move(detail),
            .headers = {retry_after(limits::retry_after_busy)}};
}

}  // namespace threatatlas
