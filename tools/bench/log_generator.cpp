#include "log_generator.hpp"

#include <algorithm>
#include <array>

#include "base/uuid.hpp"

namespace threatatlas::bench {
namespace {

constexpr std::uint64_t small_threats = 10;
constexpr std::uint64_t huge_threats_most = 100'000;
// Facts per load of the huge product.
constexpr std::uint64_t huge_load_facts = 2'000;
// Mean number of events per product.
constexpr std::uint64_t events_per_product = 300;

std::string make_event_id(Random& random, base::Instant time) {
    std::array<std::byte, base::uuid_random_bytes> bytes{};
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i % 8 == 0) {
            bits = random();
        }
        bytes[i] = static_cast<std::byte>(bits >> (8 * (i % 8)));
    }
    return base::make_uuid_v7(time, bytes);
}

std::string_view any_actor(Random& random) {
    constexpr std::array<std::string_view, 5> actors{
        "ci-bot#3", "modelling-import#4", "security-team#5", "review-board#6", "payments-squad#7"};
    return actors[below(random, actors.size())];
}

}  // namespace

LogGenerator::LogGenerator(std::uint64_t seed, Position events)
    : random_(seed),
      events_(events),
      huge_threats_(std::min(huge_threats_most, events / 5)),
      products_due_(long_product + std::max<std::uint64_t>(events / events_per_product, 1)) {}

std::span<const events::Event> LogGenerator::next_transaction() {
    transaction_.clear();
    if (position_ >= events_) {
        return transaction_;
    }
    if (products_.size() < long_product) {
        open_special_product(products_.size() + 1);
    } else if (products_[huge_product - 1].threats() < huge_threats_) {
        grow_huge_product();
    } else if (long_product_changes_ < position_ / 10) {
        ++long_product_changes_;
        ProductHistory& product = products_[long_product - 1];
        add(product, product.change(random_));
    } else {
        live_on();
    }
    // The last transaction may be cut, because half a load is also valid.
    const Position left = events_ - position_;
    if (transaction_.size() > left) {
        transaction_.resize(left);
    }

    const auto step = (log_ends - log_begins) / static_cast<std::int64_t>(events_ + 1);
    const base::Instant time = log_begins + step * static_cast<std::int64_t>(position_ + 1);
    const std::string_view actor = any_actor(random_);
    const bool has_reason = chance(random_, 10);
    for (events::Event& event : transaction_) {
        event.position = ++position_;
        event.time = time;
        event.id = make_event_id(random_, time);
        event.actor = actor;
        if (has_reason) {
            event.reason = "Review of the quarter";
        }
    }
    return transaction_;
}

void LogGenerator::open_special_product(ProductId id) {
    ProductHistory& product = products_.emplace_back(id);
    add(product, product.registration(random_));
    if (id == small_product || id == long_product) {
        for (std::uint64_t i = 0; i < small_threats; ++i) {
            add(product, product.new_threat(random_));
        }
    }
}

void LogGenerator::grow_huge_product() {
    ProductHistory& product = products_[huge_product - 1];
    const std::uint64_t load = std::min(huge_load_facts, huge_threats_ - product.threats());
    for (std::uint64_t i = 0; i < load; ++i) {
        add(product, product.new_threat(random_));
        if (chance(random_, 5)) {
            add(product, product.new_mitigation(random_));
        }
    }
}

void LogGenerator::live_on() {
    ProductHistory& product = any_product();
    if (!product.is_registered()) {
        add(product, product.registration(random_));
        import_model(product, 5 + below(random_, 60));
    } else if (chance(random_, 1)) {
        import_model(product, 3 + below(random_, 20));
    } else {
        const std::uint64_t facts = 1 + below(random_, 3);
        for (std::uint64_t i = 0; i < facts; ++i) {
            add(product, product.change(random_));
        }
    }
}

// Work comes in bursts: some consecutive transactions concern the same product. Otherwise it is a
// new product, occasionally the huge one, or an existing one, older ones more often.
ProductHistory& LogGenerator::any_product() {
    if (burst_left_ > 0) {
        --burst_left_;
        return products_[burst_product_];
    }
    const std::uint64_t due = long_product + (products_due_ - long_product) * position_ / events_;
    if (products_.size() <= due) {
        burst_product_ = products_.size();
        products_.emplace_back(products_.size() + 1);
    } else if (chance(random_, 2)) {
        burst_product_ = huge_product - 1;
    } else {
        const std::uint64_t others = products_.size() - long_product;
        const std::uint64_t reach = 1 + below(random_, others);
        burst_product_ = long_product + below(random_, reach);
    }
    burst_left_ = below(random_, 6);
    return products_[burst_product_];
}

void LogGenerator::import_model(ProductHistory& product, std::uint64_t facts) {
    for (std::uint64_t i = 0; i < facts; ++i) {
        add(product,
            chance(random_, 75) ? product.new_threat(random_) : product.new_mitigation(random_));
    }
}

void LogGenerator::add(ProductHistory& product, events::EventData data) {
    events::Event& event = transaction_.emplace_back();
    event.product_id = product.id();
    event.data = std::move(data);
}

}  // namespace threatatlas::bench
