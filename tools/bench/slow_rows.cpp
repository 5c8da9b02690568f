// The gate while clients are deliberately slow.

#include <array>
#include <atomic>
#include <thread>

#include <fmt/format.h>

#include "bench.hpp"
#include "log_generator.hpp"
#include "socket.hpp"
#include "turns.hpp"

namespace threatatlas::bench {
namespace {

using enum Target::Sense;

constexpr std::size_t slow_clients = 500;
constexpr Position attacked_log_events = 100'000;
constexpr std::chrono::seconds between_bytes{1};
// Time until the effects of their connecting are over.
constexpr std::chrono::milliseconds connecting{500};
// Too small for a response of some hundred KiB.
constexpr int unread_buffer_bytes = 4'096;

struct Kind {
    std::string name;
    std::string first;  // sent at once
    std::string drop;   // then sent every second
    bool is_deaf = false;
};

// Active between constructor and destructor; reconnects after a disconnect.
class SlowClients {
  public:
    SlowClients(int port, const Kind& kind) : port_(port), kind_(kind) {
        for (std::size_t i = 0; i < slow_clients; ++i) {
            sockets_.push_back(join());
        }
        thread_ = std::thread([this] { run(); });
        std::this_thread::sleep_for(connecting);
    }
    ~SlowClients() {
        over_ = true;
        thread_.join();
    }
    SlowClients(const SlowClients&) = delete;
    SlowClients& operator=(const SlowClients&) = delete;

  private:
    Descriptor join() const {
        Descriptor socket = connect_to(port_, kind_.is_deaf ? unread_buffer_bytes : 0);
        send_at_once(socket, kind_.first);
        return socket;
    }

    // Serves each client once per second, in turn.
    void run() {
        while (!over_) {
            for (std::size_t i = 0; i < sockets_.size() && !over_; ++i) {
                if (!kind_.drop.empty() && !send_at_once(sockets_[i], kind_.drop)) {
                    sockets_[i] = join();
                }
                std::this_thread::sleep_for(std::chrono::microseconds(between_bytes) /
                                            slow_clients);
            }
        }
    }

    const int port_;
    const Kind& kind_;
    std::vector<Descriptor> sockets_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

std::array<Kind, 4> kinds(const GateServer& server) {
    const std::string bearer = fmt::format(
        " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n", server.process().admin_token());
    const std::string large = fmt::format("/api/products/{}/threats?limit=1000", huge_product);
    const std::string small = fmt::format("/api/products/{}/threats", small_product);
    return {{{.name = "say nothing", .first = "", .drop = ""},
             {.name = "send a head byte by byte", .first = "GET /", .drop = "a"},
             {.name = "send a body byte by byte",
              .first = "POST " + small + bearer +
                       "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
              .drop = " "},
             {.name = "never read the answer",
              .first = "GET " + large + bearer + "\r\n",
              .drop = "",
              .is_deaf = true}}};
}

}  // namespace

void measure_slow(Bench& bench) {
    say("slow");
    const GateServer server(bench.small_directory(attacked_log_events));
    const auto all = kinds(server);
    const Peer alone = asking("the gate", server.port(), server.pid(), gate_connections,
                              {server.question(small_product)});
    for (const Kind& kind : all) {
        const Peer beside{fmt::format("the gate beside clients that {}", kind.name),
                          [&](std::chrono::milliseconds turn) {
                              const SlowClients clients(server.port(), kind);
                              return alone.take_turn(turn);
                          },
                          server.pid()};
        const auto reached =
            take_turns({beside, alone}, bench.options().rounds, bench.options().turn);
        const auto p99 = [](const Reached& peer) {
            return Figure{peer.rate.latency->p99_micros, "us", peer.rate.latency};
        };
        bench.report().add(
            "slow", {fmt::format("p99 of the gate beside {} that {}", slow_clients, kind.name),
                     "without them", p99(reached[0]), p99(reached[1]), Target{at_most, 2},
                     fmt::format("{} responses/s; without: {}", shown(reached[0].rate.value),
                                 shown(reached[1].rate.value))});
    }
}

}  // namespace threatatlas::bench
