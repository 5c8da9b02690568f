// Witnesses that respond endlessly, slowly or not at all: the amount read is limited, and other
// witnesses are asked meanwhile.

#include <atomic>
#include <list>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include "base/write_failures.hpp"
#include "commands/json/command_json.hpp"
#include "http/net/bounded_client.hpp"
#include "http/ops/witnesses.hpp"
#include "projections/audit/rebuild.hpp"
#include "support/eventually.hpp"
#include "support/temp_directory.hpp"
#include "support/test_witness.hpp"

// As both programs do at startup.
static void before_witness_limits() {
    threatatlas::base::ignore_write_signals();
}

BOOST_AUTO_TEST_SUITE(witness_limits_test, *boost::unit_test::fixture(&before_witness_limits))

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::net;
using namespace threatatlas::ops;
using namespace threatatlas::projections;
using namespace threatatlas::sequencer;
using namespace threatatlas::store;
using namespace threatatlas::testing;
using namespace threatatlas::tlog;
using namespace std::chrono_literals;

namespace {

// What is sent to every client: a beginning, and then one piece repeatedly.
struct Hostility {
    std::string beginning;
    std::string piece = {};              // empty: nothing follows
    std::chrono::milliseconds pause{0};  // between two pieces
};

// Listens on a port of 127.0.0.1 and never closes a connection.
class HostileServer {
  public:
    explicit HostileServer(Hostility hostility) : hostility_(std::move(hostility)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        BOOST_REQUIRE(::bind(listener_, plain, length) == 0 && ::listen(listener_, 16) == 0 &&
                      ::getsockname(listener_, plain, &length) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { accept_all(); });
    }
    ~HostileServer() {
        stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        for (Talk& talk : talks_) {
            ::shutdown(talk.socket, SHUT_RDWR);
            talk.thread.join();
            ::close(talk.socket);
        }
        ::close(listener_);
    }
    HostileServer(const HostileServer&) = delete;
    HostileServer& operator=(const HostileServer&) = delete;

    std::string origin(const std::string& scheme = "http") const {
        return scheme + "://127.0.0.1:" + std::to_string(port_);
    }
    std::size_t connections() const { return connections_; }
    std::size_t open_connections() const { return open_; }
    std::size_t bytes_sent() const { return bytes_; }
    void wait_until_all_are_closed() const {
        BOOST_TEST_REQUIRE(eventually([&] { return open_ == 0; }));
    }

  private:
    struct Talk {
        int socket;
        std::thread thread;
    };

    void accept_all() {
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) {
                return;
            }
            ++connections_;
            ++open_;
            talks_.push_back({socket, std::thread([this, socket] {
                                  talk(socket);
                                  --open_;
                              })});
        }
    }

    void talk(int socket) {
        bool is_open = send(socket, hostility_.beginning);
        while (is_open && !hostility_.piece.empty() && !stopping_) {
            is_open = send(socket, hostility_.piece);
            std::this_thread::sleep_for(hostility_.pause);
        }
        // Until the client disconnects.
        char request[4096];
        while (::recv(socket, request, sizeof request, 0) > 0) {
        }
    }

    bool send(int socket, std::string_view bytes) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        bytes_ += sent > 0 ? static_cast<std::size_t>(sent) : 0;
        return sent == static_cast<ssize_t>(bytes.size());
    }

    const Hostility hostility_;
    int listener_;
    int port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<std::size_t> connections_ = 0;
    std::atomic<std::size_t> open_ = 0;
    std::atomic<std::size_t> bytes_ = 0;
    std::list<Talk> talks_;  // used by the thread until it has ended
    std::thread thread_;
};

// Never reached: the other limits apply first.
constexpr std::chrono::hours never{1};
// Upper bound of bytes in transit after the client has stopped reading.
constexpr std::size_t in_buffers_max = std::size_t{32} << 20U;

BoundedClient::Answer answer_of(const HostileServer& server, const ExchangeLimits& limits,
                                const std::string& scheme = "http") {
    BoundedClient client(server.origin(scheme), limits);
    return client.post("/w/add-checkpoint", "text/plain", "old 0\n\n");
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

struct TooMuch {
    const char* what;
    std::string beginning;
    std::string piece;
    const char* fault;
};
std::ostream& operator<<(std::ostream& out, const TooMuch& one) {
    return out << one.what;
}

const std::vector<TooMuch> too_much{
    {"a status line", "HTTP/1.1 200 ", std::string(8192, 'x'), "16384 bytes before its body"},
    {"a header line", ok + "X: ", std::string(8192, 'x'), "16384 bytes before its body"},
    {"header lines", ok, "X: y\r\n", "100 lines before its body"},
    {"interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n", "65536 bytes in its body"},
    {"a body", ok + "\r\n", std::string(8192, 'x'), "65536 bytes in its body"},
    {"a body of a length", ok + "Content-Length: 1000000000\r\n\r\n", std::string(8192, 'x'),
     "65536 bytes in its body"},
    {"a body in chunks", ok + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n",
     "65536 bytes in its body"},
    {"the size of a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n", std::string(8192, '0'),
     "the chunks of its answer are not in order"},
    {"a line that is none", "SSH-2.0-x\r\n", "", "its answer is not HTTP/1.1"},
    {"two lengths", ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "",
     "the length of its answer is not a number"},
    {"another coding", ok + "Transfer-Encoding: gzip\r\n\r\n", "",
     "its answer has an unknown transfer coding"},
};

struct TooSlow {
    const char* what;
    const char* scheme;
    std::string beginning;
    std::string piece;
};
std::ostream& operator<<(std::ostream& out, const TooSlow& one) {
    return out << one.what;
}

const std::vector<TooSlow> too_slow{
    {"silence", "http", "", ""},
    {"a dribbled head", "http", ok + "X: ", "x"},
    {"a dribbled body", "http", ok + "\r\n", "x"},
    {"a body that does not end", "http", ok + "Content-Length: 10\r\n\r\nx", ""},
    {"no handshake", "https", "", ""},
    // The header of a handshake record of 16 KiB.
    {"a dribbled handshake", "https", std::string("\x16\x03\x03\x40\x00", 5), "x"},
};

// A signed log and its witnesses.
struct WatchedLog {
    TempDirectory directory;
    std::unique_ptr<Store> store = open();
    Access access;
    LogSealer sealer = caught_up();
    Sequencer sequencer{*store, access, environment(), &sealer};
    const Log log{[] { return Instant{}; }, [](std::string_view) {}};

    std::unique_ptr<Store> open() const {
        auto opened = Store::open(directory / "data", {.create = true, .cache_mebibytes = 8});
        rebuild_projections(*opened);
        return opened;
    }
    LogSealer caught_up() const {
        LogSealer made(*store, {NoteSigner("example.com/log", std::string(32, 'k'))});
        made.catch_up();
        return made;
    }
    static SequencerEnvironment environment() {
        return {.clock = [] { return Instant{1us}; },
                .random = [](std::span<std::byte>) {},
                .report_fault = {}};
    }
    std::unique_ptr<Witnesses> ask(const std::vector<std::string>& options) const {
        WitnessOptions asked{.addresses = {}, .every = 5ms, .limits = {.time_max = never}};
        for (const std::string& option : options) {
            asked.addresses.push_back(parse_witness(option));
        }
        return std::make_unique<Witnesses>(std::move(asked), directory / "cosigned", *store,
                                           sequencer, NoteVerifier(sealer.verifier_key()), log);
    }
    void write() {
        Command command;
        command.items.push_back(parse_register_product(R"({"name":"Payments API"})"));
        sequencer.execute(std::move(command));
    }
};

}  // namespace

BOOST_DATA_TEST_CASE(the_size_of_an_answer_is_limited, boost::unit_test::data::make(too_much),
                     one) {
    const HostileServer server({.beginning = one.beginning, .piece = one.piece});
    const auto answer = answer_of(server, {.time_max = never});
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(answer.body.empty());
    BOOST_TEST(answer.fault.find(one.fault) != std::string::npos, answer.fault);
    server.wait_until_all_are_closed();
    BOOST_TEST(server.bytes_sent() < in_buffers_max);
}

BOOST_DATA_TEST_CASE(the_time_of_an_exchange_is_limited, boost::unit_test::data::make(too_slow),
                     one) {
    const HostileServer server({.beginning = one.beginning, .piece = one.piece, .pause = 5ms});
    const auto answer = answer_of(server, {.time_max = 150ms}, one.scheme);
    BOOST_TEST(answer.status == 0);
    BOOST_TEST(answer.fault == "it did not answer within 150 ms");
    server.wait_until_all_are_closed();
}

BOOST_AUTO_TEST_CASE(a_redirect_is_not_followed) {
    const HostileServer server({.beginning = "HTTP/1.1 302 Found\r\nLocation: /w/add-checkpoint\r\n"
                                             "Content-Length: 0\r\n\r\n"});
    BOOST_TEST(answer_of(server, {.time_max = never}).status == 302);
    BOOST_TEST(server.connections() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_within_the_limits_is_read_completely) {
    const std::string body(65'536, 'x');
    const HostileServer server(
        {.beginning = ok + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body});
    const auto answer = answer_of(server, {.time_max = never});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.fault == "");
    BOOST_TEST((answer.body == body));
}

BOOST_AUTO_TEST_CASE(a_chunked_answer_is_joined) {
    const HostileServer server({.beginning = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok +
                                             "transfer-encoding: Chunked\r\n\r\n"
                                             "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: z\r\n\r\n"});
    const auto answer = answer_of(server, {.time_max = never});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.fault == "");
    BOOST_TEST(answer.body == "abcd");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_current_and_later_exchanges) {
    const HostileServer server({.beginning = ok});
    BoundedClient client(server.origin(), {.time_max = never});
    std::thread stopping([&] {
        eventually([&] { return server.connections() > 0; });
        client.stop();
    });
    BOOST_TEST(client.post("/", "text/plain", "x").fault == "the server is stopping");
    stopping.join();
    BOOST_TEST(client.post("/", "text/plain", "x").fault == "the server is stopping");
    BOOST_TEST(server.connections() == 1U);
}

// One witness never responds and one responds byte by byte; neither request ends before the test
// does.
BOOST_FIXTURE_TEST_CASE(slow_witnesses_do_not_delay_others, WatchedLog) {
    const HostileServer silent({.beginning = ""});
    const HostileServer dribbling({.beginning = ok + "X: ", .piece = "x", .pause = 20ms});
    TestWitness good("witness.example/good");
    const TestWitness first("witness.example/silent");
    const TestWitness second("witness.example/dribbling");
    good.know(sealer.verifier_key());
    const auto witnesses = ask({first.vkey() + " " + silent.origin(),
                                second.vkey() + " " + dribbling.origin(), good.option()});
    for (std::uint64_t events = 1; events <= 5; ++events) {
        write();
        BOOST_TEST_REQUIRE(eventually([&] {
            return witnesses->cosigned() && witnesses->cosigned()->checkpoint.size >= events;
        }));
        const Note note = parse_note(witnesses->cosigned()->note);
        BOOST_TEST(
            require_signed(note, {NoteVerifier(sealer.verifier_key()), NoteVerifier(good.vkey())})
                .size() == 2U);
    }
    const auto states = witnesses->states();
    BOOST_TEST(states[0].fault == "not asked yet");
    BOOST_TEST(states[1].fault == "not asked yet");
    BOOST_TEST(states[2].fault == "");
    BOOST_TEST(states[2].cosigned_size == 5U);
    for (const HostileServer* const server : {&silent, &dribbling}) {
        BOOST_TEST(server->connections() == 1U);
        BOOST_TEST(server->open_connections() == 1U);
    }
}

// Cosignatures of the same checkpoint that arrive later are added, in a fixed order.
BOOST_FIXTURE_TEST_CASE(cosignatures_of_one_checkpoint_are_merged, WatchedLog) {
    TestWitness late("witness.example/late");
    TestWitness early("witness.example/early");
    early.know(sealer.verifier_key());
    const auto witnesses = ask({late.option(), early.option()});
    write();
    const auto signatures = [&] {
        const auto cosigned = witnesses->cosigned();
        return cosigned && cosigned->checkpoint.size == 1 ? parse_note(cosigned->note).signatures
                                                          : std::vector<NoteSignature>();
    };
    BOOST_TEST_REQUIRE(eventually([&] { return signatures().size() == 2; }));
    late.know(sealer.verifier_key());
    BOOST_TEST_REQUIRE(eventually([&] { return signatures().size() == 3; }));
    BOOST_TEST(signatures()[1].key_name == "witness.example/late");
    BOOST_TEST(signatures()[2].key_name == "witness.example/early");
}

BOOST_AUTO_TEST_SUITE_END()
