#pragma once

// All calls together, as the listener's one handler: finds the route, asks who it is and whether
// they may, lets the call answer, and turns whatever went wrong into a problem.
//
// The order of the checks is part of the contract: 401 and 429, 404 for a path that is none and
// 405, 403 for the role, 404 for a product that the token does not see, and only then the request's
// own faults. So nobody learns anything that they may not know.

#include "http/api/authentication.hpp"
#include "http/api/call.hpp"

namespace threatatlas::api {

struct ApiOptions {
    sequencer::SequencerEnvironment environment;
    bool logs_access = false;
    std::filesystem::path backup_directory = {};  // empty: no backups are made
    ops::TrustedProxies proxies = {};
    std::size_t rate_limit = 0;  // requests a second of one token; 0: any number
    LongReadOptions long_reads = {};
};

// For any thread. A RequestHandler.
class Api {
  public:
    // Backend and log are the caller's and outlive the api and every request that it parked.
    Api(ops::Backend& backend, const ops::Log& log, ApiOptions options);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    // What the listener says of itself, for the metrics. Before the first request.
    void set_listener_stats(std::function<net::ListenerStats()> stats);

    // Ends a backup that is being made, so that it does not hold up the listener's end.
    void stop_backups() { backups_.stop(); }

    // Ends the calls that go on without a worker: before the backend stops, after the listener has.
    void finish_calls();
    // How long calls are going, for suites.
    LongReads& long_reads() { return long_reads_; }

    // Whether a request for this path is answered even while all workers are blocked.
    static bool is_probe(std::string_view path);

    // Writes a line to the access log about a request that never came here: the listener answered.
    void note_refusal(int status, const std::string& remote_ip);

    void answer(const httplib::Request& request, httplib::Response& response,
                net::Exchange& exchange);

  private:
    void route(Call& call);
    void admit(Call& call);
    void count_request(const Call& call);

    ops::Meters meters_;
    ops::Backups backups_;
    ops::OpenThreatCounts open_threats_;
    LongReads long_reads_;
    BackgroundPool long_calls_;
    BackgroundPool event_readers_;
    BackgroundPool body_readers_;
    BackgroundPool scrapers_{{.threads = 1, .waiting_max = ops::limits::scrapes_waiting_max}};
    RateLimits rate_limits_;
    Shares polls_{ops::limits::waiting_polls_max};
    Shares final_waits_{ops::limits::final_waits_max};
    ApiServices services_;
    Authenticator authenticator_;
    Router router_;
};

}  // namespace threatatlas::api
