#pragma once

/// Peers take turns, so that other load on the machine affects all of them.

#include <functional>
#include <string>
#include <vector>

#include "load_client.hpp"
#include "report.hpp"

namespace threatatlas::bench {

struct Peer {
    std::string name;
    std::function<LoadResult(std::chrono::milliseconds turn)> take_turn;
    pid_t server = 0;  ///< 0: its processor time is not measured
};

/// Connections of the rows that measure the gate.
constexpr std::size_t gate_connections = 16;

/// A peer that sends requests to a server over `connections` connections. `next_request`: see
/// LoadPlan.
Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::function<std::string_view(std::size_t)> next_request);
/// The same, with a list of requests that is repeated.
Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::vector<std::string> requests);

/// The result of a peer over all its turns.
struct Reached {
    Figure rate;                          ///< responses per second, median of the turns
    double server_micros_per_answer = 0;  ///< processor time of the server, all threads
    double client_busy = 0;               ///< processor time of the client / elapsed time, maximum
    double slowest_share = 0;             ///< slowest connection / mean of the connections, minimum
};

/// One short warm-up turn per peer, then `rounds` turns. Throws std::runtime_error if a peer
/// responds with an error.
std::vector<Reached> take_turns(const std::vector<Peer>& peers, std::size_t rounds,
                                std::chrono::milliseconds turn);

/// A sentence for the report: processor time per request of both servers, and of the client.
std::string cost_note(const Reached& ours, const Reached& peer);

}  // namespace threatatlas::bench
