#pragma once

/// Maps a method and a path to a call.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/vocabulary.hpp"

namespace threatatlas::api {

struct Call;

/// Which roles may use a route.
enum class Audience : std::uint8_t {
    anyone,     // no token required
    bearers,    // any role except badge
    gates,      // any role except monitor and badge
    badges,     // any role except monitor; the token may be in the address
    readers,    // auditor, approver, editor, admin
    writers,    // editor, admin
    auditors,   // auditor, approver, admin
    approvers,  // approver, admin
    admins,     // admin
    monitors,   // monitor, admin
};
bool may(events::Role role, Audience audience);

/// Which thread runs a call.
enum class Pace : std::uint8_t {
    quick,       // the worker that read the request; cheap, or answered later
    background,  // answer_long_read(); the cost grows with the data
    events,      // answer_in_background() on the threads for pages of events
    scraped,     // answer_scraper(), on the thread for metrics
};

struct Route {
    std::string_view method;
    /// For example "/api/products/{product_id}/threats/{threat_id}". {product_id} is the product's
    /// id, {key} any text, and any other placeholder the id of an object. "/tile/{path...}" matches
    /// one or more further segments.
    std::string_view pattern;
    Audience audience;
    void (*answer)(Call&);
    Pace pace = Pace::quick;
};

/// A path that ends with a slash means the same without it.
inline std::string_view without_last_slash(std::string_view path) {
    return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

/// The result of a lookup.
struct RouteMatch {
    const Route* route = nullptr;  // null: see `allow`
    std::uint64_t product_id = 0;  // 0 = none in the path
    std::uint64_t object_id = 0;   // 0 = none in the path
    std::string key;    // the segment of {key}, still percent-encoded; empty = none in the path
    std::string allow;  // if there is no route: the methods of the path; empty if it is unknown
};

/// A placeholder of a route whose segment is empty in a path.
struct EmptyPlaceholder {
    std::string_view name;     // for example "product_id"; empty = there is none
    std::string_view pattern;  // of the route
};

/// Immutable, and therefore thread-safe.
class Router {
  public:
    /// `routes` must outlive the router.
    explicit Router(std::span<const Route> routes);

    /// `path` is still percent-encoded. HEAD matches the routes of GET.
    RouteMatch find(std::string_view method, std::string_view path) const;

    /// Explains a path without a route: "/api/products//threats" lacks the product_id. Scripts ask
    /// for such paths if a variable is not set.
    EmptyPlaceholder find_empty_placeholder(std::string_view path) const;

  private:
    static constexpr std::size_t segments_max = 10;
    struct Segments {
        std::array<std::string_view, segments_max> parts;
        std::size_t count = 0;
    };
    struct Entry {
        const Route* route;
        Segments segments;
    };

    static bool split(std::string_view path, Segments& segments);
    // `path` is decoded.
    static bool matches(const Segments& pattern, const Segments& path, const Segments& encoded,
                        RouteMatch& match);
    static std::string_view empty_placeholder_in(const Segments& path, const Segments& pattern);

    std::vector<Entry> entries_;
};

}  // namespace threatatlas::api
