#include "http/ops/event_filter.hpp"

#include <algorithm>
#include <charconv>

#include "base/low_priority_thread.hpp"
#include "events/event_log.hpp"
#include "events/limits.hpp"
#include "http/ops/service_limits.hpp"
#include "projections/query/history.hpp"

namespace threatatlas::ops {
namespace {

// Returns the text between the quotes that begin at `from`, and moves `from` past them.
std::optional<std::string_view> take_quoted(std::string_view line, std::size_t& from,
                                            std::string_view key) {
    if (line.substr(from, key.size()) != key) {
        return std::nullopt;
    }
    const std::size_t begin = from + key.size();
    const std::size_t end = line.find('"', begin);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    from = end + 1;
    return line.substr(begin, end - begin);
}

}  // namespace

std::optional<LineHead> head_of(std::string_view line) {
    constexpr std::string_view product_source = "/api/products/";
    std::size_t from = 0;
    if (!take_quoted(line, from, R"({"specversion":")") || !take_quoted(line, from, R"(,"id":")")) {
        return std::nullopt;
    }
    const auto source = take_quoted(line, from, R"(,"source":")");
    const auto type_name = take_quoted(line, from, R"(,"type":")");
    const auto type = type_name ? events::parse_event_type(*type_name) : std::nullopt;
    if (!source || !type) {
        return std::nullopt;
    }
    LineHead head{.product_id = 0, .type = *type};
    if (source->starts_with(product_source)) {
        const std::string_view number = source->substr(product_source.size());
        std::from_chars(number.data(), number.data() + number.size(), head.product_id);
    }
    return head;
}

bool EventFilter::wants(const LineHead& head) const {
    if (types.any() && !types.test(static_cast<std::size_t>(head.type))) {
        return false;
    }
    if (product != 0) {
        return head.product_id == product;
    }
    if (head.product_id != 0) {
        return bearer->sees(head.product_id);
    }
    const bool is_of_token = head.type == events::EventType::token_issued ||
                             head.type == events::EventType::token_revoked;
    return !is_of_token || bearer->role == events::Role::admin;
}

EventPage read_event_page(const store::ReadView& view, const EventFilter& filter, Position after,
                          Position last, std::size_t limit) {
    EventPage page;
    page.looked_at = after;
    const auto visit = [&](Position position, std::string_view line) {
        if (position > last) {
            return false;
        }
        if (page.count == limit || page.lines_scanned == events::limits::event_lines_scanned_max ||
            page.bytes_scanned >= events::limits::event_bytes_scanned_max ||
            page.lines.size() >= limits::page_bytes_max) {
            page.is_cut_off = true;
            return false;
        }
        base::yield_if_due();
        ++page.lines_scanned;
        page.bytes_scanned += line.size();
        page.looked_at = position;
        const auto head = head_of(line);
        if (head && filter.wants(*head)) {
            page.lines += line;
            page.lines += '\n';
            ++page.count;
        }
        return true;
    };
    if (filter.product != 0) {
        query::scan_product_lines(view, filter.product, after, base::Instant::max(), visit);
    } else {
        events::scan_lines(view, after + 1, visit);
    }
    if (!page.is_cut_off) {
        page.looked_at = std::max(after, last);
    }
    return page;
}

}  // namespace threatatlas::ops
