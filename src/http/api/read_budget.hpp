#pragma once

// The memory of long reads: what all of them together may hold, from their first row until the last
// byte of their answers was sent.
//
// A quarter is kept for small reads, as most are, so that they need not wait for large ones to be
// read by their clients. In either part one token holds at most half while it has several reads
// there; a single one may take the whole part. Whatever does not fit waits, in the order of asking.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "events/vocabulary.hpp"

namespace threatatlas::api {

// For any thread. Outlives its shares.
class ReadBudget {
  public:
    ReadBudget(std::size_t bytes_max, std::size_t waiting_max);
    ReadBudget(const ReadBudget&) = delete;
    ReadBudget& operator=(const ReadBudget&) = delete;

    // What one read holds of it; given back with the share. For one thread at a time.
    class Share {
      public:
        ~Share() { budget_.give_back(*this); }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        std::size_t bytes() const { return bytes_; }
        // False, and nothing is changed, if so much is not free now. Does not wait: what waits
        // while it holds a share may wait for another one that does the same.
        [[nodiscard]] bool grow(std::size_t bytes) { return budget_.grow(*this, bytes); }
        void shrink(std::size_t bytes) { budget_.shrink(*this, bytes); }

      private:
        friend class ReadBudget;
        Share(ReadBudget& budget, TokenId token, std::size_t bytes)
            : budget_(budget), token_(token), bytes_(bytes) {}

        ReadBudget& budget_;
        const TokenId token_;
        std::size_t bytes_;
    };

    // The largest share of a single read, and the largest one that counts as small.
    std::size_t share_max() const { return parts_[large].bytes_max; }
    std::size_t small_share_max() const { return small_share_max_; }

    // Null if so much is not free, or others wait for it.
    std::shared_ptr<Share> take(TokenId token, std::size_t bytes);

    struct Request {
        TokenId token = 0;
        std::size_t bytes = 0;  // at most share_max()
        // Called once, on the thread that freed the memory or asked for it.
        std::function<void(std::shared_ptr<Share>)> granted;
        // Whether anybody wants it still; cheap.
        std::function<bool()> is_awaited;
    };
    // Grants it now or later. False, and nothing comes of it, where too many wait already.
    [[nodiscard]] bool ask(Request request);

    // Lets go whoever waits, and whoever asks from now on.
    void finish();

    struct Use {
        std::size_t bytes = 0;
        std::size_t bytes_max = 0;
        std::size_t waiting = 0;
    };
    Use use() const;

  private:
    enum Part : std::size_t { small, large };
    struct Held {
        std::size_t bytes = 0;
        std::size_t shares = 0;
    };
    struct PartUse {
        std::size_t bytes_max = 0;
        std::size_t bytes = 0;
        std::map<TokenId, Held> tokens;
    };
    // Why a share is not there.
    enum class Fit { fits, part_is_full, token_has_its_part };

    Part part_of(std::size_t bytes) const { return bytes <= small_share_max_ ? small : large; }
    bool grow(Share& share, std::size_t bytes);
    void shrink(Share& share, std::size_t bytes);
    void give_back(Share& share);

    // All of these under mutex_.
    Fit fit(TokenId token, std::size_t bytes, const Share* instead_of) const;
    void book(TokenId token, std::size_t bytes);
    void unbook(TokenId token, std::size_t bytes);
    using Granted = std::list<std::pair<Request, std::shared_ptr<Share>>>;
    Granted grant_waiting();

    static void tell(Granted granted);

    const std::size_t small_share_max_;
    const std::size_t waiting_max_;
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::array<PartUse, 2> parts_;  // bytes_max of each is constant
    std::list<Request> waiting_;
    bool finished_ = false;
};

}  // namespace threatatlas::api
