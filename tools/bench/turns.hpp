#pragma once

// Peers that are asked in turns: whatever else the machine does meanwhile falls on all of them.

#include <functional>
#include <string>
#include <vector>

#include "load_client.hpp"
#include "report.hpp"

namespace threatatlas::bench {

struct Peer {
    std::string name;
    std::function<LoadResult(std::chrono::milliseconds turn)> take_turn;
    pid_t server = 0;  // 0 = its processor time is not counted
};

// One that asks a server over these connections. `next_request` as in LoadPlan.
Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::function<std::string_view(std::size_t)> next_request);
// The same request, or requests one after the other and then from the first again.
Peer asking(std::string name, int port, pid_t server, std::size_t connections,
            std::vector<std::string> requests);

// What a peer reached over all its turns.
struct Reached {
    Figure rate;                          // answers a second, the median of the turns
    double server_micros_per_answer = 0;  // processor time of the server, all its threads
    double client_busy = 0;               // share of a processor that the client took, at most
    double slowest_share = 0;  // of the mean of the connections: the slowest one, at least
};

// A short turn each that does not count, to warm up; then `rounds` turns. Throws std::runtime_error
// where a peer answers with an error.
std::vector<Reached> take_turns(const std::vector<Peer>& peers, std::size_t rounds,
                                std::chrono::milliseconds turn);

// "server 12.3 us a request (peer 11.0), client 40 % of a processor"
std::string cost_note(const Reached& ours, const Reached& peer);

}  // namespace threatatlas::bench
