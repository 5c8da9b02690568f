#include "http/net/connection.hpp"

#include <algorithm>
#include <utility>

#include "http/net/parked_request.hpp"

namespace threatatlas::net {
namespace {

/// A larger buffer is freed when it becomes empty.
constexpr std::size_t idle_buffer_bytes_max = 4'096;
/// Longer pieces are offered to the socket before they are copied to the buffer.
constexpr std::size_t copied_bytes_max = 65'536;

void clear(std::string& buffer, std::size_t& begin) {
    begin = 0;
    buffer.clear();
    if (buffer.capacity() > idle_buffer_bytes_max) {
        buffer.shrink_to_fit();
    }
}

}  // namespace

std::size_t OutputBudget::grow(std::size_t held, std::size_t wanted) {
    const auto more = booked(held + wanted) - booked(held);
    if (more == 0) {
        return wanted;
    }
    const auto before = booked_bytes_.fetch_add(more, std::memory_order_relaxed);
    const auto free = before < bytes_max_ ? bytes_max_ - before : 0;
    if (more <= free) {
        return wanted;
    }
    booked_bytes_.fetch_sub(more - free, std::memory_order_relaxed);
    return wanted - (more - free);
}

void OutputBudget::shrink(std::size_t from, std::size_t to) {
    if (const auto less = booked(from) - booked(to); less > 0) {
        booked_bytes_.fetch_sub(less, std::memory_order_relaxed);
    }
}

Connection::Connection(std::unique_ptr<Transport> transport, Addresses addresses,
                       const HeadLimits& limits, OutputBudget& budget)
    : scanner(limits),
      transport_(std::move(transport)),
      addresses_(std::move(addresses)),
      budget_(budget) {}

Connection::~Connection() {
    if (parked) {
        parked->abandon();
    }
    budget_.shrink(output_.size() - output_begin_, 0);
}

void Connection::consume(std::size_t bytes) {
    input_begin_ += bytes;
    if (input_begin_ == input_.size()) {
        clear(input_, input_begin_);
    }
}

Transfer Connection::fill(std::span<char> scratch) {
    const auto transfer = transport_->read(scratch);
    if (transfer.status == Transfer::Status::moved) {
        input_.erase(0, std::exchange(input_begin_, 0));
        input_.append(scratch.data(), transfer.bytes);
    }
    return transfer;
}

std::optional<std::size_t> Connection::write(std::string_view bytes) {
    std::size_t written = 0;
    if (bytes.size() > copied_bytes_max) {
        const auto status = flush();
        if (status == Transfer::Status::failed) {
            return std::nullopt;
        }
        if (status == Transfer::Status::moved) {
            const auto transfer = transport_->write(bytes);
            if (transfer.status == Transfer::Status::failed) {
                return std::nullopt;
            }
            written = transfer.bytes;
        }
    }
    const auto held = output_.size() - output_begin_;
    const auto room = budget_.grow(held, bytes.size() - written);
    if (output_begin_ > held) {
        output_.erase(0, std::exchange(output_begin_, 0));
    }
    output_.append(bytes.substr(written, room));
    return written + room;
}

Transfer::Status Connection::flush() {
    while (output_begin_ < output_.size()) {
        const auto waiting = std::string_view(output_).substr(output_begin_);
        const auto transfer = transport_->write(waiting);
        if (transfer.status != Transfer::Status::moved) {
            return transfer.status;
        }
        budget_.shrink(waiting.size(), waiting.size() - transfer.bytes);
        output_begin_ += transfer.bytes;
    }
    clear(output_, output_begin_);
    return flush_attached();
}

Transfer::Status Connection::flush_attached() {
    while (attached_begin_ < attached_.size()) {
        const auto transfer =
            transport_->write(std::string_view(attached_).substr(attached_begin_));
        if (transfer.status != Transfer::Status::moved) {
            return transfer.status;
        }
        attached_begin_ += transfer.bytes;
    }
    if (held_) {
        attach({}, nullptr);
    }
    return Transfer::Status::moved;
}

void Connection::attach(std::string bytes, std::shared_ptr<void> held) {
    attached_begin_ = 0;
    std::string().swap(attached_);  // freed before `held_`, which accounts for its memory
    attached_ = std::move(bytes);
    held_ = std::move(held);
}

}  // namespace threatatlas::net
