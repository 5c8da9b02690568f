#include "turns.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

#include "process.hpp"

namespace threatatlas::bench {
namespace {

constexpr std::chrono::milliseconds warm_up{300};

// Collects the turns of one peer.
class Gathered {
  public:
    void add(LoadResult result, double server_seconds) {
        rates_.push_back(result.rate());
        answers_ += result.answers;
        server_seconds_ += server_seconds;
        client_busy_ = std::max(client_busy_, result.client_busy);
        latencies_.insert(latencies_.end(), result.latencies_nanos.begin(),
                          result.latencies_nanos.end());
        slowest_share_ = std::min(slowest_share_, result.slowest_share());
    }

    Reached reached() {
        return {{median(rates_), "/s", latency_of(std::move(latencies_))},
                server_seconds_ * 1e6 / static_cast<double>(answers_),
                client_busy_,
                slowest_share_};
    }

  private:
    std::vector<double> rates_;
    std::vector<std::uint32_t> latencies_;
    std::uint64_t answers_ = 0;
    double server_seconds_ = 0;
    double client_busy_ = 0;
    double slowest_share_ = 1;
};

LoadResult take_checked_turn(const Peer& peer, std::chrono::milliseconds turn) {
    LoadResult result = peer.take_turn(turn);
    if (result.errors > 0 || result.answers == 0) {
        throw std::runtime_error(fmt::format("{}: {} of {} responses were errors; the first: {}",
                                             peer.name, result.errors,
                                             result.errors + result.answers, result.first_error));
    }
    return result;
}

}  // namespace

Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::function<std::string_view(std::size_t)> next_request) {
    return {std::move(name),
            [port, connections, next_request = std::move(next_request)](auto turn) {
                return run_load({port, connections, turn, next_request});
            },
            server};
}

Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::vector<std::string> requests) {
    const auto shared = std::make_shared<const std::vector<std::string>>(std::move(requests));
    return asking(std::move(name), port, server, connections,
                  [shared, next = std::size_t{0}](std::size_t) mutable {
                      return std::string_view((*shared)[next++ % shared->size()]);
                  });
}

std::vector<Reached> take_turns(const std::vector<Peer>& peers, std::size_t rounds,
                                std::chrono::milliseconds turn) {
    std::vector<Gathered> gathered(peers.size());
    for (const Peer& peer : peers) {
        take_checked_turn(peer, std::min(turn, warm_up));
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < peers.size(); ++i) {
            const double before = processor_seconds_of(peers[i].server);
            LoadResult result = take_checked_turn(peers[i], turn);
            gathered[i].add(std::move(result), processor_seconds_of(peers[i].server) - before);
        }
    }
    std::vector<Reached> reached;
    reached.reserve(gathered.size());
    for (Gathered& turns : gathered) {
        reached.push_back(turns.reached());
    }
    return reached;
}

std::string cost_note(const Reached& ours, const Reached& peer) {
    return fmt::format(
        "processor time of the server: {} us per request, peer {} us; client: {:.0f} % of a "
        "processor",
        shown(ours.server_micros_per_answer), shown(peer.server_micros_per_answer),
        100 * std::max(ours.client_busy, peer.client_busy));
}

}  // namespace threatatlas::bench
