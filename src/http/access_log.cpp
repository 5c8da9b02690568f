#include "http/access_log.hpp"

namespace threatatlas {

void note_answer(const ApiServices& services, const RequestRecord& record, int status) {
    services.meters.count_answer(status);
    if (!services.logs_access) {
        return;
    }
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - record.started);
    services.log.info("request", {{"request", record.number},
                                  {"method", record.method},
                                  {"route", record.route},
                                  {"status", static_cast<std::uint64_t>(status)},
                                  {"micros", static_cast<std::uint64_t>(micros.count())},
                                  {"token", record.token}});
}

}  // namespace threatatlas
