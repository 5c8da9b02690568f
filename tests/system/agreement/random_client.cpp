#include "system/agreement/random_client.hpp"

#include "events/event_line.hpp"
#include "support/random_event.hpp"

namespace threatatlas::testing {
namespace {

using nlohmann::json;

constexpr std::uint64_t shared_ids = 12;  // threats and mitigations to pick from

std::string product_target(ProductId product) {
    return "/api/products/" + std::to_string(product);
}

// The data of the event, as in its line.
json data_of(const events::Event& event) {
    std::string line;
    events::append_line(line, event);
    return json::parse(line).at("data");
}

// Adds reason and on_behalf_of to a body.
void add_attributes(json& object, const events::Event& event) {
    if (!event.reason.empty()) {
        object["reason"] = event.reason;
    }
    if (!event.on_behalf_of.empty()) {
        object["on_behalf_of"] = event.on_behalf_of;
    }
}

json bulk_item(const events::Event& event) {
    json item{{"type", events::name_of(event.type())}, {"data", data_of(event)}};
    add_attributes(item, event);
    return item;
}

// The body of a PATCH that makes the event's change.
json patch_of(const events::Event& event) {
    json body = data_of(event);
    for (const char* member : {"threat_id", "mitigation_id", "from", "occurred_at"}) {
        body.erase(member);
    }
    if (event.type() == events::EventType::threat_scored && body.at("severity").is_null()) {
        body["likelihood"] = nullptr;
        body["impact"] = nullptr;
    }
    if (event.type() == events::EventType::mitigation_linked) {
        body.emplace("threat_ids", json::array());
        body.emplace("diagram", nullptr);
        body.emplace("element_id", nullptr);
    }
    add_attributes(body, event);
    // Not every value is a string: the status of a product may be null.
    const json status = body.value("status", json());
    if (status == "accepted" || status == "not_applicable") {
        body.emplace("reason", "no random one");
    }
    return body;
}

}  // namespace

RandomClient::RandomClient(std::uint64_t seed, ProductId shared_product)
    : history_(seed, {.products_max = 2,
                      .threats_wanted = 10,
                      .with_tokens = false,
                      .with_imports = false,
                      .with_acceptances = false,
                      .shares_external_ids = false}),
      random_(seed + 1),
      shared_product_(shared_product) {}

void RandomClient::write(httplib::Client client, std::size_t requests) {
    for (; requests > 0 && complaint_.empty(); --requests) {
        if (random_.chance(30)) {
            change_shared_product(client);
        } else {
            live_on(client);
        }
    }
}

void RandomClient::live_on(httplib::Client& client) {
    const std::vector<events::Event> events = history_.next_transaction();
    const events::Event& first = events.front();
    if (!events::defined_policy_of(first).empty()) {
        if (!send(client, policy_change(first))) {
            history_.take_back();
        }
        return;
    }
    if (first.product_id == 0) {
        return;
    }
    const auto known = products_.find(first.product_id);
    const ProductId product = known != products_.end() ? known->second : 0;
    const auto path_of = [](const events::Event& event) {
        const std::string threat = std::to_string(events::threat_of(event));
        const std::string mitigation = std::to_string(events::mitigation_of(event));
        return events::threat_of(event) != 0       ? "/threats/" + threat
               : events::mitigation_of(event) != 0 ? "/mitigations/" + mitigation
                                                   : std::string();
    };
    bool accepted = false;
    switch (first.type()) {
        case events::EventType::product_registered:
            accepted = send_registration(client, first);
            break;
        case events::EventType::product_archived:
            accepted = send(client, {"DELETE", product_target(product)});
            break;
        case events::EventType::product_policy_assigned:
        case events::EventType::product_reviewed:
            accepted = send(client, governance(product, first));
            break;
        default: {
            const bool creates = first.type() == events::EventType::threat_identified ||
                                 first.type() == events::EventType::mitigation_proposed;
            const bool removes = first.type() == events::EventType::threat_removed ||
                                 first.type() == events::EventType::mitigation_removed;
            if (events.size() > 1 || creates || random_.chance(30)) {
                Request bulk{"POST", product_target(product) + "/events", json::array()};
                for (const events::Event& event : events) {
                    bulk.body.push_back(bulk_item(event));
                }
                accepted = send(client, bulk);
            } else if (removes) {
                accepted = send(client, {"DELETE", product_target(product) + path_of(first)});
            } else {
                accepted = send(
                    client, {"PATCH", product_target(product) + path_of(first), patch_of(first)});
            }
        }
    }
    if (!accepted) {
        history_.take_back();
    }
}

void RandomClient::change_shared_product(httplib::Client& client) {
    Request request = random_.chance(10)   ? shared_policy_change()
                      : random_.chance(55) ? shared_threat_change()
                                           : shared_mitigation_change();
    request.path.insert(0, product_target(shared_product_));
    send(client, request);
}

RandomClient::Request RandomClient::shared_threat_change() {
    const std::string one = "/threats/" + std::to_string(random_.between(1, shared_ids));
    switch (random_.below(5)) {
        case 0:
        case 1: {
            json body = random_place();
            body["name"] = "shared threat";
            body["severity"] = events::name_of(random_name<events::Severity>(random_));
            return {"POST", "/threats", body};
        }
        case 2:
            return {"PATCH",
                    one,
                    {{"likelihood", random_.between(1, 5)},
                     {"impact", random_.between(1, 5)},
                     {"status", events::name_of(random_name<events::ThreatStatus>(random_))},
                     {"reason", "shared"}}};
        case 3:
            return {"PATCH", one, random_place()};
        default:
            return {"DELETE", random_.chance(30) ? one : "/threats/1000000"};
    }
}

RandomClient::Request RandomClient::shared_mitigation_change() {
    const std::string one = "/mitigations/" + std::to_string(random_.between(1, shared_ids));
    const auto status = events::name_of(random_name<events::MitigationStatus>(random_));
    switch (random_.below(5)) {
        case 0:
        case 1: {
            json body = random_place();
            body["name"] = "shared control";
            body["status"] = status;
            if (random_.chance(40)) {
                body["threat_ids"] = {random_.between(1, shared_ids)};
            }
            return {"POST", "/mitigations", body};
        }
        case 2:
            return {"PATCH", one, {{"status", status}}};
        case 3:
            return {"PATCH",
                    one,
                    {{"threat_ids", random_.chance(30)
                                        ? json::array()
                                        : json::array({random_.between(1, shared_ids)})}}};
        default:
            return {"DELETE", random_.chance(30) ? one : "/mitigations/1000000"};
    }
}

RandomClient::Request RandomClient::shared_policy_change() {
    if (random_.chance(30)) {
        return {"POST", "/reviews", json::object()};
    }
    return {
        "PUT",
        "/policy",
        {{"policy", random_.chance(20) ? json() : json("web")}, {"enforced", random_.chance(30)}}};
}

// A policy of all clients, which may be removed or redefined by another one.
RandomClient::Request RandomClient::policy_change(const events::Event& event) {
    json body = data_of(event);
    const std::string path = "/api/policies/" + body.at("policy").get<std::string>();
    if (event.type() == events::EventType::policy_removed) {
        return {"DELETE", path};
    }
    for (const char* member : {"policy", "version", "occurred_at"}) {
        body.erase(member);
    }
    add_attributes(body, event);
    return {"PUT", path, body};
}

RandomClient::Request RandomClient::governance(ProductId product, const events::Event& event) {
    json body = json::object();
    add_attributes(body, event);
    if (const auto* assigned = std::get_if<events::PolicyAssigned>(&event.data)) {
        body["policy"] = assigned->policy.empty() ? json() : json(assigned->policy);
        body["enforced"] = assigned->enforced;
        return {"PUT", product_target(product) + "/policy", body};
    }
    const auto& reviewed = std::get<events::ProductReviewed>(event.data);
    if (!reviewed.note.empty()) {
        body["note"] = reviewed.note;
    }
    return {"POST", product_target(product) + "/reviews", body};
}

// Picks one of a few elements, so that many objects share one.
json RandomClient::random_place() {
    json place{{"element_id", "node-" + std::to_string(random_.between(1, 3))}};
    if (random_.chance(70)) {
        place["diagram"] = "Checkout";
    }
    return place;
}

bool RandomClient::send_registration(httplib::Client& client, const events::Event& event) {
    json body = data_of(event);
    body.erase("occurred_at");
    add_attributes(body, event);
    const auto answer = client.Post("/api/products", body.dump(), "application/json");
    if (!judge("registration", answer)) {
        return false;
    }
    products_[event.product_id] = json::parse(answer->body).at("id");
    return true;
}

bool RandomClient::send(httplib::Client& client, const Request& request) {
    httplib::Request wanted;
    wanted.method = request.method;
    wanted.path = request.path;
    if (!request.body.is_null()) {
        wanted.body = request.body.dump();
        wanted.set_header("Content-Type", "application/json");
    }
    if (random_.chance(20)) {
        wanted.set_header("Idempotency-Key", "key-" + std::to_string(random_.number()));
    }
    return judge(request.method + " " + wanted.path + " " + wanted.body, client.send(wanted));
}

bool RandomClient::judge(const std::string& what, const httplib::Result& answer) {
    if (answer && answer->status / 100 == 2) {
        ++accepted_;
        return true;
    }
    // Expected refusals: another client was first, the external_id is taken, or a random text is
    // too long for a line.
    const bool is_refusal =
        answer && (answer->status == 404 || answer->status == 409 || answer->status == 422);
    if (is_refusal) {
        ++refused_;
    } else {
        complaint_ = what + ": " + (answer ? answer->body : httplib::to_string(answer.error()));
    }
    return false;
}

}  // namespace threatatlas::testing
