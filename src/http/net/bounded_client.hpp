#pragma once

// Asking somebody over HTTP who may be hostile: what comes back is limited in bytes, lines and
// time.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

namespace httplib {
class ClientImpl;
}

namespace threatatlas {

struct ExchangeLimits {
    std::chrono::milliseconds connect_time_max = std::chrono::seconds(3);  // for each address
    // From the beginning of the exchange to its end, however much comes in between.
    std::chrono::milliseconds time_max = std::chrono::seconds(10);
    std::size_t head_bytes_max = std::size_t{16} << 10U;
    std::size_t head_lines_max = 100;
    std::size_t body_bytes_max = std::size_t{64} << 10U;
};

// Follows no redirects.
class BoundedClient {
  public:
    // `origin`: "https://host:port", without a path.
    BoundedClient(const std::string& origin, const ExchangeLimits& limits);
    ~BoundedClient();
    BoundedClient(const BoundedClient&) = delete;
    BoundedClient& operator=(const BoundedClient&) = delete;

    struct Answer {
        int status = 0;  // 0: none came
        std::string body;
        std::string fault;  // why none came
    };
    // By one thread at a time.
    Answer post(const std::string& path, const std::string& content_type, std::string body);

    // Ends a post() that is under way, and those to come. From any thread.
    void stop();

  private:
    class Timer;
    void note_socket(int socket);
    void let_go_of_socket();
    // The first one counts.
    void cut_off(const std::string& fault);

    const ExchangeLimits limits_;
    std::unique_ptr<httplib::ClientImpl> client_;

    std::mutex mutex_;
    std::condition_variable ended_;
    // Guarded by mutex_.
    bool is_under_way_ = false;
    bool stopped_ = false;
    std::string fault_;  // why the exchange was cut off
    int socket_ = -1;    // a descriptor of our own for that of the exchange
};

}  // namespace threatatlas
