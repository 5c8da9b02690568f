#include "fixed_answer.hpp"

#include <limits>
#include <string>

#include <httplib.h>

namespace threatatlas::bench {

int serve_fixed_answer(int port, std::size_t body_bytes, std::size_t connections) {
    const std::string body(body_bytes, 'x');
    httplib::Server server;
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server.set_keep_alive_timeout(60);
    server.new_task_queue = [connections] { return new httplib::ThreadPool(connections); };
    server.Get(".*", [&body](const httplib::Request&, httplib::Response& response) {
        response.set_content(body, "application/json");
    });
    return server.listen("127.0.0.1", port) ? 0 : 1;
}

}  // namespace threatatlas::bench
