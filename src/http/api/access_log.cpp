#include "http/api/access_log.hpp"

namespace threatatlas::api {

void note_answer(const ApiServices& services, const ops::RequestRecord& record, int status) {
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - record.started);
    services.meters.route(record.route_number).count(status, micros);
    log_access(services, record, status, micros);
}

void log_access(const ApiServices& services, const ops::RequestRecord& record, int status,
                std::chrono::microseconds took) {
    if (!services.logs_access) {
        return;
    }
    services.log.info("request", {{"request", record.number},
                                  {"method", record.method},
                                  {"route", record.route},
                                  {"status", static_cast<std::uint64_t>(status)},
                                  {"micros", static_cast<std::uint64_t>(took.count())},
                                  {"token", record.token},
                                  {"client", record.client}});
}

}  // namespace threatatlas::api
