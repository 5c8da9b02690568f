#include "system/interop/auditor.hpp"

#include <fstream>
#include <thread>

#include <boost/test/unit_test.hpp>

namespace threatatlas::testing {
namespace {

const std::string program = program_beside("threatatlas-auditor");

// An HTTP server on a free port of 127.0.0.1, running for the lifetime of the object.
class AnsweringServer {
  public:
    explicit AnsweringServer(const Audit::Log& answer) {
        server_.set_tcp_nodelay(true);
        server_.Get(".*", [answer](const httplib::Request& request, httplib::Response& response) {
            response = answer(request);
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            std::this_thread::yield();
        }
    }
    ~AnsweringServer() {
        server_.stop();
        thread_.join();
    }
    AnsweringServer(const AnsweringServer&) = delete;
    AnsweringServer& operator=(const AnsweringServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
};

}  // namespace

Audit& Audit::keeping(const std::string& checkpoint) {
    kept_ = directory_ / "kept";
    std::ofstream(kept_) << checkpoint;
    return *this;
}

Audit& Audit::changing(const std::string& target, Change change) {
    changes_[target] = std::move(change);
    return *this;
}

httplib::Response Audit::changed_answer(const httplib::Request& request) {
    httplib::Response response = log_(request);
    const auto change = changes_.find(request.target);
    if (change != changes_.end() && response.status == 200) {
        change->second(response.body);
        changes_.erase(change);
    }
    return response;
}

int Audit::exit_code() {
    ProgramResult result{};
    {
        const AnsweringServer server(
            [this](const httplib::Request& request) { return changed_answer(request); });
        ChildOptions options{{program, server.url(), vkey_}, {{"AUDIT_TOKEN", token_}}, {}};
        if (!kept_.empty()) {
            options.arguments.push_back(kept_);
        }
        result = run_program(options);
    }
    BOOST_TEST_MESSAGE(result.out << result.err);
    BOOST_TEST(changes_.empty(), "the auditor did not ask for what is changed");
    return result.exit_code;
}

void flip_first(std::string& body) {
    body.front() = static_cast<char>(body.front() ^ 1);
}

void flip_last(std::string& body) {
    body.back() = static_cast<char>(body.back() ^ 1);
}

}  // namespace threatatlas::testing
