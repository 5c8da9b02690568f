#include "system/durability/log_witness.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace threatatlas::testing {
namespace {

using nlohmann::json;

void require(bool condition, const char* what, std::string_view line) {
    if (!condition) {
        throw std::runtime_error(std::string(what) + ": " + std::string(line));
    }
}

}  // namespace

void LogWitness::read_on(const ServerProcess& server) {
    for (;;) {
        const httplib::Response page =
            server.ask("GET", "/api/events?limit=1000&after=" + std::to_string(last_position_));
        require(page.status == 200, "the log cannot be read", page.body);
        if (page.body.empty()) {
            return;
        }
        std::string_view rest = page.body;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            require(end != std::string_view::npos, "a line without its end", rest);
            take(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
    }
}

void LogWitness::take(std::string_view line) {
    const json event = json::parse(line);
    require(event.at("position") == last_position_ + 1, "a gap before", line);
    ++last_position_;

    const std::string time = event.at("time");
    const std::string reason = event.value("reason", "");
    const bool same_write = !reason.empty() && reason == last_reason_;
    require(same_write ? time == last_time_ : time > last_time_, "a time out of order", line);
    require(same_write || reason.empty() || !traces_.contains(reason), "a write twice", line);
    last_time_ = time;
    last_reason_ = reason;

    Trace& trace = traces_[reason];
    ++trace.events;
    trace.last_position = last_position_;
    ++counts_[event.at("source").get<std::string>() + " " + event.at("type").get<std::string>()];
    lines_.append(line).append("\n");
    tree_.append(line);
}

LogWitness::Trace LogWitness::trace_of(const std::string& reason) const {
    const auto found = traces_.find(reason);
    return found == traces_.end() ? Trace{} : found->second;
}

std::size_t LogWitness::count(std::uint64_t product, const std::string& type) const {
    const auto found =
        counts_.find("/api/products/" + std::to_string(product) + " threatatlas." + type + ".v1");
    return found == counts_.end() ? 0 : found->second;
}

}  // namespace threatatlas::testing
