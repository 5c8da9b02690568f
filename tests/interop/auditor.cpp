#include "interop/auditor.hpp"

#include <iostream>

#include <boost/test/unit_test.hpp>

namespace threatatlas {
namespace {

const std::string program = THREATATLAS_AUDITOR_PROGRAM;
constexpr int skipped = 77;  // see CMakeLists.txt

}  // namespace

int run_audited_suite(bool (*tests)(), int count, char** arguments) {
    if (program.empty()) {
        std::cout << "skipped: this suite needs Go and its packages for transparency logs; on "
                     "Debian: apt-get install golang-go golang-golang-x-mod-dev\n";
        return skipped;
    }
    return boost::unit_test::unit_test_main(tests, count, arguments);
}

ProgramResult run_auditor(const std::string& url, const std::string& token, const std::string& vkey,
                          const std::filesystem::path& kept) {
    ChildOptions options{{program, url, vkey}, {{"AUDIT_TOKEN", token}}, {}};
    if (!kept.empty()) {
        options.arguments.push_back(kept.string());
    }
    return run_program(options);
}

AnsweringServer::AnsweringServer(Give give) {
    server_.set_tcp_nodelay(true);
    server_.Get(".*", [give = std::move(give)](const httplib::Request& request,
                                               httplib::Response& response) {
        response = give(request.target);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) {
        std::this_thread::yield();
    }
}

AnsweringServer::~AnsweringServer() {
    server_.stop();
    thread_.join();
}

}  // namespace threatatlas
