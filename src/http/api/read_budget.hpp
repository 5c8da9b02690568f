#pragma once

/// The memory budget of all long reads, from their first row until the last byte of their responses
/// was sent.
///
/// A quarter is reserved for small reads, so that they do not have to wait until clients have
/// received large responses. In either part, a token with several reads may use at most half; a
/// token with a single read may use the whole part. Requests that do not fit wait in order.

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

/// Thread-safe. Must outlive its shares.
class ReadBudget {
  public:
    ReadBudget(std::size_t bytes_max, std::size_t waiting_max);
    ReadBudget(const ReadBudget&) = delete;
    ReadBudget& operator=(const ReadBudget&) = delete;

    /// The memory reserved for one read, released by the destructor. For use by one thread at a
    /// time.
    class Share {
      public:
        ~Share() { budget_.give_back(*this); }
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;

        std::size_t bytes() const { return bytes_; }
        /// Grows the share to `bytes`. Returns false and changes nothing if the memory is not free.
        /// Does not wait, because reads that wait while they hold shares could deadlock.
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

    /// The largest share of a single read, and the largest share that counts as small.
    std::size_t share_max() const { return parts_[large].bytes_max; }
    std::size_t small_share_max() const { return small_share_max_; }

    /// Returns null if the memory is not free or earlier requests wait for it.
    std::shared_ptr<Share> take(TokenId token, std::size_t bytes);

    struct Request {
        TokenId token = 0;
        std::size_t bytes = 0;  // at most share_max()
        /// Called once, on the thread that freed the memory or called ask().
        std::function<void(std::shared_ptr<Share>)> granted;
        /// Returns false if the request is no longer needed. Must be fast.
        std::function<bool()> is_awaited;
    };
    /// Grants the request now or later. Returns false and drops the request if too many are waiting
    /// or the budget has finished.
    [[nodiscard]] bool ask(Request request);

    /// Drops the waiting requests and rejects all later ones.
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
    // Whether a share fits and, if not, why.
    enum class Fit { fits, part_is_full, token_has_its_part };

    Part part_of(std::size_t bytes) const { return bytes <= small_share_max_ ? small : large; }
    bool grow(Share& share, std::size_t bytes);
    void shrink(Share& share, std::size_t bytes);
    void give_back(Share& share);

    // Call with mutex_ locked.
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
