#include "support/test_witness.hpp"

#include <ctime>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/be_bytes.hpp"
#include "support/eventually.hpp"
#include "tlog/merkle.hpp"

namespace threatatlas::testing {
namespace {

constexpr char witness_kind = '\x04';

struct Asked {
    std::uint64_t old_size = 0;
    std::vector<base::Digest> proof;
    std::string note;
};

// Throws if the request is malformed.
Asked read_request(const std::string& body) {
    Asked asked;
    const std::size_t blank = body.find("\n\n");
    std::istringstream head(body.substr(0, blank + 1));
    std::string line;
    std::getline(head, line);
    if (blank == std::string::npos || !line.starts_with("old ")) {
        throw std::invalid_argument("not a request to a witness");
    }
    asked.old_size = std::stoull(line.substr(4));
    while (std::getline(head, line)) {
        asked.proof.push_back(base::digest_of_base64(line).value());
    }
    asked.note = body.substr(blank + 2);
    return asked;
}

}  // namespace

TestWitness::TestWitness(std::string name)
    : name_(std::move(name)), key_(base::bytes_of(base::sha256("witness " + name_))) {
    const std::string typed_key = witness_kind + key_.public_key();
    const base::Digest id = base::sha256({name_, "\n", typed_key});
    key_id_ = static_cast<std::uint32_t>(base::read_be(base::bytes_of(id).substr(0, 4)));
    vkey_ = fmt::format("{}+{:08x}+{}", name_, key_id_, base::base64_of(typed_key));
    server_.Post("/w/add-checkpoint", [this](const auto& request, auto& response) {
        add_checkpoint(request, response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() has no effect before the server is running.
    eventually([&] { return server_.is_running(); });
}

TestWitness::~TestWitness() {
    server_.stop();
    thread_.join();
}

void TestWitness::know(const std::string& log_vkey) {
    const std::lock_guard lock(mutex_);
    const tlog::NoteVerifier log(log_vkey);
    logs_.emplace(log.name(), log);
}

std::string TestWitness::url() const {
    return fmt::format("http://127.0.0.1:{}/w/", port_);
}

std::uint64_t TestWitness::size() const {
    const std::lock_guard lock(mutex_);
    return last_.empty() ? 0 : last_.begin()->second.size;
}

std::uint64_t TestWitness::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

void TestWitness::answer_with(int status, std::string body) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    body_ = std::move(body);
}

std::string TestWitness::cosign(const std::string& text) const {
    const auto seconds = static_cast<std::uint64_t>(std::time(nullptr));
    const std::string message = fmt::format("cosignature/v1\ntime {}\n{}", seconds, text);
    return tlog::signature_line({name_, key_id_, base::be_bytes(seconds) + key_.sign(message)});
}

void TestWitness::add_checkpoint(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex_);
    ++asked_;
    if (status_ != 0) {
        response.status = status_;
        response.body = body_;
        return;
    }
    try {
        const Asked asked = read_request(request.body);
        const tlog::Note note = tlog::parse_note(asked.note);
        const tlog::Checkpoint checkpoint = tlog::parse_checkpoint(note.text);
        const auto log = logs_.find(checkpoint.origin);
        if (log == logs_.end()) {
            response.status = 404;
            return;
        }
        if (note.signatures.empty() || !log->second.verifies(note.text, note.signatures[0])) {
            response.status = 403;
            return;
        }
        const auto last = last_.find(checkpoint.origin);
        const std::uint64_t last_size = last == last_.end() ? 0 : last->second.size;
        if (asked.old_size > checkpoint.size) {
            response.status = 400;
        } else if (asked.old_size != last_size) {
            response.status = 409;
            response.set_content(fmt::format("{}\n", last_size), "text/x.tlog.size");
        } else if (!tlog::proves_consistency(
                       last_size, last == last_.end() ? tlog::empty_tree_root() : last->second.root,
                       checkpoint.size, checkpoint.root, asked.proof)) {
            response.status = 422;
        } else {
            last_[checkpoint.origin] = checkpoint;
            response.set_content(cosign(note.text), "text/plain; charset=utf-8");
        }
    } catch (const std::exception&) {
        response.status = 400;
    }
}

}  // namespace threatatlas::testing
