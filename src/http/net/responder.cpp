#include "http/net/responder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "http/net/parked_request.hpp"

namespace threatatlas {
namespace {

/// On every answer that does not say otherwise: it is about now and for who asked, so no cache
/// keeps it; and its type is the
/// one that is said, whatever a browser makes of a text that somebody else wrote. No field lets the
/// pages of other hosts read it (CORS).
constexpr std::array<std::pair<const char*, const char*>, 2> guard_fields{
    {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};

void put_problem(const Problem& problem, httplib::Response& response) {
    response.status = problem.status;
    for (const auto& [name, value] : problem.headers) {
        response.set_header(name, value);
    }
    response.set_content(to_json(problem), std::string(problem_content_type));
}

/// The clock's second as RFC 9110, section 5.6.7 writes it; formatted once a second.
class DateField {
  public:
    const std::string& now() {
        if (const auto second = std::time(nullptr); second != second_) {
            second_ = second;
            std::tm parts{};
            ::gmtime_r(&second, &parts);
            std::array<char, 64> text;
            const auto size =
                std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
            text_.assign(text.data(), size);
        }
        return text_;
    }

  private:
    std::time_t second_ = -1;
    std::string text_;
};

/// What an answer promises of the connection that is kept: without it a client guesses how long,
/// and sends a request while the server is closing. Nothing if that is less than a second.
std::string keep_alive_field(const ListenerOptions& options) {
    const auto idle = std::chrono::floor<std::chrono::seconds>(options.idle_ms_max);
    return idle.count() > 0 ? fmt::format("timeout={}", idle.count()) : std::string();
}

std::string path_of(std::string_view target) {
    return std::string(target.substr(0, target.find('?')));
}

/// What the library reads a request from and writes the answer to. It is given a request line
/// without a target: target and fields, already checked, are set directly, and nobody here looks at
/// what the library would make of a query.
class RequestStream : public httplib::Stream {
  public:
    RequestStream(Connection& connection, const ExchangeContext& context)
        : connection_(connection),
          context_(context),
          place_(context.waits, context.work),
          line_(fmt::format("{} / HTTP/1.{}\r\n\r\n", connection.request->method,
                            connection.request->version_1_1 ? 1 : 0)) {}

    bool is_readable() const override { return true; }
    bool is_writable() const override { return true; }

    ssize_t read(char* ptr, std::size_t size) override {
        const auto count = std::min(size, line_.size() - line_read_);
        std::memcpy(ptr, line_.data() + line_read_, count);
        line_read_ += count;
        return static_cast<ssize_t>(count);
    }

    ssize_t write(const char* ptr, std::size_t size) override {
        // A parked request is answered later; what the library says meanwhile is nothing.
        if (connection_.parked) {
            return static_cast<ssize_t>(size);
        }
        for (;;) {
            const auto taken = connection_.write({ptr, size});
            if (!taken) {
                return -1;
            }
            if (*taken > 0 || size == 0) {
                return static_cast<ssize_t>(*taken);
            }
            if (!make_room()) {
                return -1;
            }
        }
    }

    void get_remote_ip_and_port(std::string& ip, int& port) const override {
        ip = connection_.addresses().remote_ip;
        port = connection_.addresses().remote_port;
    }
    void get_local_ip_and_port(std::string& ip, int& port) const override {
        ip = connection_.addresses().local_ip;
        port = connection_.addresses().local_port;
    }
    socket_t socket() const override { return connection_.descriptor(); }

  private:
    /// Waits until the client has read something.
    bool make_room() {
        const auto status = connection_.flush();
        if (status == Transfer::Status::moved || status == Transfer::Status::failed) {
            return status == Transfer::Status::moved;
        }
        const auto deadline = std::min(began_ + context_.options.write_ms_max,
                                       Clock::now() + context_.options.write_idle_ms_max);
        const auto result = place_.wait(connection_, status, deadline);
        if (result == BlockingIoLimiter::Result::too_slow) {
            context_.timeouts.fetch_add(1, std::memory_order_relaxed);
        }
        return result == BlockingIoLimiter::Result::ready;
    }

    Connection& connection_;
    const ExchangeContext& context_;
    BlockingIoLimiter::Place place_;
    const Clock::time_point began_ = Clock::now();
    std::string line_;
    std::size_t line_read_ = 0;
};

}  // namespace

std::string closing_answer(const Problem& problem) {
    const auto body = to_json(problem);
    std::string fields;
    for (const auto& [name, value] : problem.headers) {
        fields += fmt::format("{}: {}\r\n", name, value);
    }
    for (const auto& [name, value] : guard_fields) {
        fields += fmt::format("{}: {}\r\n", name, value);
    }
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n{}",
        problem.status, status_title(problem.status), problem_content_type, body.size(), fields,
        body);
}

class Responder::Server : private httplib::Server {
  public:
    Server(const RequestHandler& handler, const ExchangeContext& context,
           const std::atomic<bool>& stopping)
        : handler_(handler),
          context_(context),
          stopping_(stopping),
          keep_alive_(keep_alive_field(context.options)) {
        // The library stops writing long answers once this says that its own listening has ended.
        svr_sock_ = 0;
        // Before its routes, which are regular expressions and want a body for some methods only.
        set_pre_routing_handler(
            [this](const httplib::Request& request, httplib::Response& response) {
                handle(request, response);
                return HandlerResponse::Handled;
            });
        set_error_handler([](const httplib::Request&, httplib::Response& response) {
            if (response.body.empty() && !response.content_provider_) {
                put_problem({.status = response.status, .detail = "The request was refused."},
                            response);
            }
        });
        set_post_routing_handler([this](const httplib::Request&, httplib::Response& response) {
            finish_fields(response);
            take_body(response);
        });
    }

    Outcome answer(Connection& connection, Completion* completion) {
        ConnectionExchange exchange(connection, context_);
        RequestStream stream(connection, context_);
        connection_ = &connection;
        exchange_ = &exchange;
        completion_ = completion;
        bool closed_by_library = false;
        bool whole = false;
        try {
            // Closing is decided in finish_fields(), which also undoes what this `true` adds.
            whole = process_request(stream, true, closed_by_library,
                                    [&connection](httplib::Request& request) {
                                        request.target = connection.request->target;
                                        request.path = path_of(request.target);
                                        request.headers.merge(connection.request->fields);
                                    });
        } catch (...) {
            // A content provider has thrown, in the middle of its answer.
            whole = false;
        }
        if (connection.parked) {
            return Outcome::parked;
        }
        if (whole && held_ && !body_.empty()) {
            connection.attach(std::move(body_), std::move(held_));
        }
        body_ = {};
        held_ = nullptr;
        return whole ? Outcome::answered : Outcome::broken;
    }

    /// For the next answer: its memory, until it is sent.
    void hold(std::shared_ptr<void> held) { held_ = std::move(held); }

  private:
    void handle(const httplib::Request& request, httplib::Response& response) {
        try {
            if (completion_ != nullptr) {
                (*completion_)(response);
            } else {
                handler_(request, response, *exchange_);
            }
            return;
        } catch (const Rejection& rejection) {
            response = {};
            put_problem(rejection.problem(), response);
        } catch (...) {
            response = {};
            put_problem({.status = 500, .detail = "The server failed to answer. Report this."},
                        response);
        }
        if (connection_->parked) {
            connection_->parked->abandon();
            connection_->parked.reset();
        }
    }

    /// The fields that are about the connection and the message, when all others are known.
    void finish_fields(httplib::Response& response) {
        auto& fields = response.headers;
        // The library promises parts of documents, which nobody here cuts.
        fields.erase("Accept-Ranges");
        if (response.status == 204 || response.status == 304) {
            fields.erase("Content-Length");
        }
        fields.emplace("Date", date_.now());
        for (const auto& [name, value] : guard_fields) {
            if (fields.find(name) == fields.end()) {
                fields.emplace(name, value);
            }
        }
        const bool body_over = exchange_->skip_body();
        // One is the library's own.
        const bool handler_closes = fields.count("Connection") > 1;
        connection_->keep_alive = connection_->request->keep_alive && body_over &&
                                  !handler_closes && !stopping_.load(std::memory_order_relaxed);
        if (!connection_->keep_alive) {
            set_connection_field(fields, "close");
            return;
        }
        // It names the field below, which is about this connection only (RFC 9110, section 7.6.1).
        set_connection_field(fields, "keep-alive");
        if (!keep_alive_.empty()) {
            fields.emplace("Keep-Alive", keep_alive_);
        }
    }

    /// A long body that is accounted for is not copied to the connection piece by piece, while a
    /// worker waits for the client, but goes there as it is. The library has said its length.
    void take_body(httplib::Response& response) {
        constexpr std::size_t copied_bytes_max = 65'536;
        if (held_ && response.body.size() > copied_bytes_max &&
            connection_->request->method != "HEAD") {
            body_ = std::move(response.body);
            response.body.clear();
        }
    }

    /// In place of what is there.
    static void set_connection_field(httplib::Headers& fields, const char* value) {
        const auto [first, last] = fields.equal_range("Connection");
        if (first == last) {
            fields.emplace("Connection", value);
            return;
        }
        first->second = value;
        fields.erase(std::next(first), last);
    }

    const RequestHandler& handler_;
    const ExchangeContext& context_;
    const std::atomic<bool>& stopping_;
    DateField date_;
    const std::string keep_alive_;
    // The request at hand.
    Connection* connection_ = nullptr;
    ConnectionExchange* exchange_ = nullptr;
    Completion* completion_ = nullptr;
    std::shared_ptr<void> held_;
    std::string body_;
};

Responder::Responder(const RequestHandler& handler, const ExchangeContext& context,
                     const std::atomic<bool>& stopping)
    : server_(std::make_unique<Server>(handler, context, stopping)) {}

Responder::~Responder() = default;

Responder::Outcome Responder::answer(Connection& connection) {
    return server_->answer(connection, nullptr);
}

Responder::Outcome Responder::answer_parked(Connection& connection) {
    auto completion = connection.parked->take();
    server_->hold(connection.parked->take_held());
    connection.parked.reset();
    return server_->answer(connection, &completion);
}

}  // namespace threatatlas
