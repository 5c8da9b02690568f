#include "support/server_process.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <fstream>
#include <netinet/in.h>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <utility>

#include <unistd.h>

namespace threatatlas::testing {
namespace {

constexpr int listen_port_min = 10'240;
constexpr int listen_port_max = 32'767;

bool port_is_free(int port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const bool bound =
        ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return bound;
}

}  // namespace

int free_port() {
    std::random_device random;
    std::uniform_int_distribution<int> any_port(listen_port_min, listen_port_max);
    for (;;) {
        const int port = any_port(random);
        if (port_is_free(port)) {
            return port;
        }
    }
}

ServerProcess::ServerProcess(std::filesystem::path data)
    : ServerProcess(std::move(data), Options{}) {}

ServerProcess::ServerProcess(std::filesystem::path data, Options options)
    : data_(std::move(data)),
      options_(std::move(options)),
      port_(free_port()),
      err_(std::make_unique<MemoryFile>()) {}

void ServerProcess::launch() {
    ChildOptions child;
    child.arguments = {server_binary(), "serve",    "--data",
                       data_.string(),  "--listen", "127.0.0.1:" + std::to_string(port_)};
    child.arguments.insert(child.arguments.end(), options_.arguments.begin(),
                           options_.arguments.end());
    child.environment = options_.environment;
    const MemoryFile nothing;
    child_.reset();
    err_ = std::make_unique<MemoryFile>();
    child_ = std::make_unique<ChildProcess>(child, nothing.descriptor(), err_->descriptor(),
                                            err_->descriptor());
}

void ServerProcess::start(std::chrono::seconds time_limit) {
    launch();
    const auto deadline = std::chrono::steady_clock::now() + time_limit;
    while (std::chrono::steady_clock::now() < deadline) {
        if (const auto exit_code = child_->wait_for(std::chrono::milliseconds(5))) {
            throw std::runtime_error("the server ended with " + std::to_string(*exit_code) +
                                     " before it was ready: " + log());
        }
        const auto answer = client({}).Get("/readyz");
        if (answer && answer->status == 200) {
            return;
        }
    }
    throw std::runtime_error("the server was not ready in time: " + log());
}

int ServerProcess::stop(std::chrono::seconds time_limit) {
    child_->send_signal(SIGTERM);
    const auto exit_code = child_->wait_for(time_limit);
    if (!exit_code) {
        throw std::runtime_error("the server did not end after SIGTERM: " + log());
    }
    return *exit_code;
}

void ServerProcess::kill() {
    child_.reset();
}

std::string ServerProcess::url() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

std::string ServerProcess::admin_token() const {
    std::ifstream file(data_ / "admin-token");
    std::string token;
    if (!(file >> token)) {
        throw std::runtime_error("no admin-token in " + data_.string());
    }
    return token;
}

httplib::Client ServerProcess::client(const std::string& token) const {
    httplib::Client result("127.0.0.1", port_);
    result.set_tcp_nodelay(true);
    result.set_keep_alive(true);
    result.set_read_timeout(wait_limit);
    if (!token.empty()) {
        result.set_bearer_token_auth(token);
    }
    return result;
}

httplib::Response ServerProcess::ask(const std::string& method, const std::string& target,
                                     const std::string& body,
                                     const httplib::Headers& headers) const {
    httplib::Request request;
    request.method = method;
    request.path = target;
    request.headers = headers;
    if (!body.empty()) {
        request.body = body;
        if (!request.has_header("Content-Type")) {
            request.set_header("Content-Type", "application/json");
        }
    }
    auto connection = client(admin_token());
    const auto answer = connection.send(request);
    if (!answer) {
        throw std::runtime_error(method + " " + target +
                                 ": no response: " + httplib::to_string(answer.error()));
    }
    return *answer;
}

std::string ServerProcess::issue_token(const nlohmann::json& request) const {
    const httplib::Response answer = ask("POST", "/api/api-tokens", request.dump());
    if (answer.status != 201) {
        throw std::runtime_error("no token was issued: " + answer.body);
    }
    return nlohmann::json::parse(answer.body).at("token");
}

}  // namespace threatatlas::testing
