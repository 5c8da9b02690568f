#include "http/api/read_budget.hpp"

#include <algorithm>
#include <utility>

namespace threatatlas::api {
namespace {

constexpr std::size_t small_part = 4;    // of the whole: a quarter
constexpr std::size_t small_share = 16;  // likewise

}  // namespace

ReadBudget::ReadBudget(std::size_t bytes_max, std::size_t waiting_max)
    : small_share_max_(bytes_max / small_share), waiting_max_(waiting_max) {
    parts_[small].bytes_max = bytes_max / small_part;
    parts_[large].bytes_max = bytes_max - parts_[small].bytes_max;
}

std::shared_ptr<ReadBudget::Share> ReadBudget::take(TokenId token, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const Part part = part_of(bytes);
    const bool others_wait =
        std::any_of(waiting_.begin(), waiting_.end(), [&](const Request& request) {
            return part_of(request.bytes) == part &&
                   fit(request.token, request.bytes, nullptr) != Fit::token_has_its_part;
        });
    if (finished_ || others_wait || fit(token, bytes, nullptr) != Fit::fits) {
        return nullptr;
    }
    book(token, bytes);
    return std::shared_ptr<Share>(new Share(*this, token, bytes));
}

bool ReadBudget::ask(Request request) {
    Granted granted;
    {
        const std::lock_guard lock(mutex_);
        waiting_.remove_if([](const Request& waiting) { return !waiting.is_awaited(); });
        if (finished_ || waiting_.size() >= waiting_max_) {
            return false;
        }
        waiting_.push_back(std::move(request));
        granted = grant_waiting();
    }
    tell(std::move(granted));
    return true;
}

void ReadBudget::finish() {
    std::list<Request> dropped;
    const std::lock_guard lock(mutex_);
    finished_ = true;
    dropped.swap(waiting_);
}

ReadBudget::Use ReadBudget::use() const {
    const std::lock_guard lock(mutex_);
    return {parts_[small].bytes + parts_[large].bytes,
            parts_[small].bytes_max + parts_[large].bytes_max, waiting_.size()};
}

bool ReadBudget::grow(Share& share, std::size_t bytes) {
    Granted granted;
    {
        const std::lock_guard lock(mutex_);
        if (bytes <= share.bytes_) {
            return true;
        }
        if (fit(share.token_, bytes, &share) != Fit::fits) {
            return false;
        }
        unbook(share.token_, share.bytes_);
        book(share.token_, bytes);
        share.bytes_ = bytes;
        granted = grant_waiting();  // it may have left the small part
    }
    tell(std::move(granted));
    return true;
}

void ReadBudget::shrink(Share& share, std::size_t bytes) {
    Granted granted;
    {
        const std::lock_guard lock(mutex_);
        if (bytes >= share.bytes_) {
            return;
        }
        unbook(share.token_, share.bytes_);
        // Into the small part only if there is space.
        const bool moves = part_of(bytes) != part_of(share.bytes_);
        share.bytes_ = moves && parts_[small].bytes + bytes > parts_[small].bytes_max
                           ? std::min(share.bytes_, small_share_max_ + 1)
                           : bytes;
        book(share.token_, share.bytes_);
        granted = grant_waiting();
    }
    tell(std::move(granted));
}

void ReadBudget::give_back(Share& share) {
    Granted granted;
    {
        const std::lock_guard lock(mutex_);
        unbook(share.token_, share.bytes_);
        granted = grant_waiting();
    }
    tell(std::move(granted));
}

ReadBudget::Fit ReadBudget::fit(TokenId token, std::size_t bytes, const Share* instead_of) const {
    const Part part = part_of(bytes);
    const PartUse& use = parts_[part];
    const bool is_here = instead_of != nullptr && part_of(instead_of->bytes_) == part;
    const std::size_t own = is_here ? instead_of->bytes_ : 0;
    const auto found = use.tokens.find(token);
    const Held held = found == use.tokens.end() ? Held{} : found->second;
    const bool has_others = held.shares > (is_here ? 1U : 0U);
    if (has_others && held.bytes - own + bytes > use.bytes_max / 2) {
        return Fit::token_has_its_part;
    }
    return use.bytes - own + bytes <= use.bytes_max ? Fit::fits : Fit::part_is_full;
}

void ReadBudget::book(TokenId token, std::size_t bytes) {
    PartUse& use = parts_[part_of(bytes)];
    use.bytes += bytes;
    Held& held = use.tokens[token];
    held.bytes += bytes;
    ++held.shares;
}

void ReadBudget::unbook(TokenId token, std::size_t bytes) {
    PartUse& use = parts_[part_of(bytes)];
    use.bytes -= bytes;
    const auto held = use.tokens.find(token);
    held->second.bytes -= bytes;
    if (--held->second.shares == 0) {
        use.tokens.erase(held);
    }
}

// In the order of asking. Whoever waits for its own token's reads lets others pass.
ReadBudget::Granted ReadBudget::grant_waiting() {
    Granted granted;
    std::array<bool, 2> is_full{};
    for (auto request = waiting_.begin(); request != waiting_.end();) {
        const auto next = std::next(request);
        bool& part_is_full = is_full[part_of(request->bytes)];
        const Fit found =
            part_is_full ? Fit::part_is_full : fit(request->token, request->bytes, nullptr);
        if (found == Fit::fits) {
            book(request->token, request->bytes);
            std::shared_ptr<Share> share(new Share(*this, request->token, request->bytes));
            granted.emplace_back(std::move(*request), std::move(share));
            waiting_.erase(request);
        }
        part_is_full = part_is_full || found == Fit::part_is_full;
        request = next;
    }
    return granted;
}

// Its elements are moved from. NOLINTNEXTLINE(performance-unnecessary-value-param)
void ReadBudget::tell(Granted granted) {
    for (auto& [request, share] : granted) {
        request.granted(std::move(share));
    }
}

}  // namespace threatatlas::api
