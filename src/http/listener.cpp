#include "http/listener.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace threatatlas {

class ParkedRequest::State {
  public:
    bool complete(Completion completion) {
        const std::lock_guard lock(mutex_);
        if (answered_) {
            return false;
        }
        answered_ = true;
        completion_ = std::move(completion);
        ready_.notify_one();
        return true;
    }

    Completion wait(const ParkLimit& limit) {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, limit.wait_ms_max, [this] { return answered_; });
        const bool in_time = std::exchange(answered_, true);
        return in_time ? std::move(completion_) : limit.otherwise;
    }

  private:
    std::mutex mutex_;
    std::condition_variable ready_;
    bool answered_ = false;
    Completion completion_;
};

bool ParkedRequest::complete(Completion completion) const {
    return state_->complete(std::move(completion));
}

namespace {

void answer_problem(const Problem& problem, httplib::Response& response) {
    response.status = problem.status;
    for (const auto& [name, value] : problem.headers) {
        response.set_header(name, value);
    }
    response.set_content(to_json(problem), std::string(problem_content_type));
}

class BlockingExchange : public Exchange {
  public:
    BlockingExchange(const httplib::Request& request, const httplib::ContentReader* reader)
        : request_(request), reader_(reader) {}

    bool announces_body() const override {
        return request_.has_header("Content-Length") || request_.has_header("Transfer-Encoding");
    }

    std::string read_body(std::size_t bytes_max) override {
        if (!announces_body()) {
            throw Rejection({.status = 411, .detail = "Send a Content-Length, or a chunked body."});
        }
        std::string body;
        bool fits = true;
        const bool complete = reader_ == nullptr || (*reader_)([&](const char* data, size_t size) {
                                  fits = body.size() + size <= bytes_max;
                                  if (fits) {
                                      body.append(data, size);
                                  }
                                  return fits;
                              });
        if (!fits) {
            throw Rejection(
                {.status = 413,
                 .detail = fmt::format("The body is longer than {} bytes.", bytes_max)});
        }
        if (!complete) {
            throw Rejection({.status = 400, .detail = "The body could not be read."});
        }
        body.reserve(body.size() + body_padding_bytes);
        return body;
    }

    ParkedRequest park(ParkLimit limit) override {
        limit_ = std::move(limit);
        parked_ = std::make_shared<ParkedRequest::State>();
        return ParkedRequest(parked_);
    }

    void finish(httplib::Response& response) {
        if (parked_) {
            response = {};
            parked_->wait(limit_)(response);
        }
    }

  private:
    const httplib::Request& request_;
    const httplib::ContentReader* reader_;
    ParkLimit limit_;
    std::shared_ptr<ParkedRequest::State> parked_;
};

}  // namespace

class Listener::Impl : private httplib::Server {
  public:
    Impl(ListenerOptions options, RequestHandler handler)
        : options_(std::move(options)), handler_(std::move(handler)) {
        set_tcp_nodelay(true);
        set_keep_alive_max_count(1'000'000'000);
        new_task_queue = [this] { return new httplib::ThreadPool(options_.workers); };
        const auto plain = [this](const httplib::Request& request, httplib::Response& response) {
            handle(request, response, nullptr);
        };
        const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                      const httplib::ContentReader& reader) {
            handle(request, response, &reader);
        };
        const std::string any = ".*";
        Get(any, plain).Options(any, plain).Delete(any, plain).Post(any, with_body);
        Put(any, with_body).Patch(any, with_body).Delete(any, with_body);
    }

    void bind() {
        port_ = options_.port == 0                           ? bind_to_any_port(options_.host)
                : bind_to_port(options_.host, options_.port) ? options_.port
                                                             : -1;
        if (port_ < 0) {
            throw std::runtime_error(
                fmt::format("cannot listen on {}:{}", options_.host, options_.port));
        }
    }
    int port() const { return port_; }
    void run() { listen_after_bind(); }
    void stop() noexcept { httplib::Server::stop(); }
    ListenerStats stats() const { return {.requests_handled = requests_handled_.load()}; }

  private:
    void handle(const httplib::Request& request, httplib::Response& response,
                const httplib::ContentReader* reader) {
        requests_handled_.fetch_add(1);
        BlockingExchange exchange(request, reader);
        try {
            handler_(request, response, exchange);
            exchange.finish(response);
        } catch (const Rejection& rejection) {
            response = {};
            answer_problem(rejection.problem(), response);
        } catch (...) {
            response = {};
            answer_problem({.status = 500, .detail = "The server failed. Try again later."},
                           response);
        }
    }

    const ListenerOptions options_;
    const RequestHandler handler_;
    int port_ = -1;
    std::atomic<std::uint64_t> requests_handled_ = 0;
};

Listener::Listener(ListenerOptions options, RequestHandler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}
Listener::~Listener() = default;
void Listener::bind() {
    impl_->bind();
}
int Listener::port() const {
    return impl_->port();
}
void Listener::run() {
    impl_->run();
}
void Listener::stop() noexcept {
    impl_->stop();
}
ListenerStats Listener::stats() const {
    return impl_->stats();
}

}  // namespace threatatlas
