#include "system/durability/writer.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace threatatlas::testing {
namespace {

using nlohmann::json;

constexpr std::uint64_t bulk_items_max = 60;
constexpr int busy_status = 503;

std::string target_in(std::uint64_t product) {
    return "/api/products/" + std::to_string(product);
}

}  // namespace

std::optional<httplib::Response> send_write(httplib::Client& client, const Write& write) {
    httplib::Request request;
    request.method = write.method;
    request.path = write.target;
    request.body = write.body;
    request.set_header("Content-Type", write.content_type);
    if (!write.idempotency_key.empty()) {
        request.set_header("Idempotency-Key", write.idempotency_key);
    }
    const auto answer = client.send(request);
    return answer ? std::optional(*answer) : std::nullopt;
}

CutOffWriter::CutOffWriter(std::string name, std::vector<std::uint64_t> products,
                           std::uint64_t seed)
    : name_(std::move(name)), products_(std::move(products)), random_(seed) {}

void CutOffWriter::write_until_cut_off(httplib::Client client) {
    bool connected = true;
    while (connected && complaint_.empty()) {
        const Write write = open_ ? *std::exchange(open_, std::nullopt) : next_write();
        connected = perform(client, write);
    }
}

bool CutOffWriter::perform(httplib::Client& client, const Write& write) {
    const auto answer = send_write(client, write);
    if (!answer || answer->status == busy_status) {
        leave_open(write);
        return answer.has_value();
    }
    if (answer->status == 200 || answer->status == 201) {
        keep(write, *answer);
    } else {
        complaint_ = write.method + " " + write.target + " " + write.body + " was answered " +
                     std::to_string(answer->status) + " " + answer->body;
    }
    return true;
}

void CutOffWriter::leave_open(const Write& write) {
    if (write.idempotency_key.empty()) {
        unknown_.push_back(write);
    } else {
        open_ = write;
    }
}

void CutOffWriter::keep(const Write& write, const httplib::Response& answer) {
    const json body = json::parse(answer.body);
    const bool bulk = body.contains("last_position");
    const std::uint64_t last_position =
        bulk ? body.at("last_position").get<std::uint64_t>()
             : std::stoull(answer.get_header_value("X-Log-Position"));
    if (answer.status == 201) {
        unscored_.push_back({body.at("product_id"), body.at("id")});
    }
    promises_.push_back({write, answer.status, answer.body, last_position});
}

Write CutOffWriter::next_write() {
    const std::string reason = name_ + "/" + std::to_string(++writes_);
    Write write;
    switch (below(4)) {
        case 0:
            write = bulk_write(reason);
            break;
        case 1:
            write = unscored_.empty() ? single_write(reason) : patch_write(reason);
            break;
        default:
            write = single_write(reason);
    }
    write.reason = reason;
    if (below(2) == 0) {
        write.idempotency_key = "key-" + reason;
    }
    return write;
}

Write CutOffWriter::single_write(const std::string& reason) {
    const json body = {{"name", "threat of " + reason}, {"reason", reason}};
    return {"POST", target_in(any_product()) + "/threats", "application/json", body.dump(), {}, {},
            1};
}

Write CutOffWriter::bulk_write(const std::string& reason) {
    const std::size_t items = 1 + below(bulk_items_max);
    std::string body;
    for (std::size_t i = 0; i < items; ++i) {
        const json item = {{"type", "threat.identified"},
                           {"data", {{"name", "threat of " + reason}}},
                           {"reason", reason}};
        body += item.dump() + "\n";
    }
    return {"POST", target_in(any_product()) + "/events", "application/x-ndjson", body, {}, {},
            items};
}

// Fields of two kinds make two events, which a crash must not separate.
Write CutOffWriter::patch_write(const std::string& reason) {
    const std::size_t chosen = below(unscored_.size());
    const Threat threat = std::exchange(unscored_[chosen], unscored_.back());
    unscored_.pop_back();
    const json body = {{"severity", "high"}, {"status", "mitigated"}, {"reason", reason}};
    return {"PATCH",
            target_in(threat.product) + "/threats/" + std::to_string(threat.id),
            "application/json",
            body.dump(),
            {},
            {},
            2};
}

std::vector<Promise> CutOffWriter::take_promises() {
    return std::exchange(promises_, {});
}

std::vector<Write> CutOffWriter::take_unknown() {
    return std::exchange(unknown_, {});
}

std::uint64_t CutOffWriter::below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
}

}  // namespace threatatlas::testing
