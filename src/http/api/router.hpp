#pragma once

// Which call a method and a path name.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/vocabulary.hpp"

namespace threatatlas::api {

struct Call;

// Whose calls they are.
enum class Audience : std::uint8_t {
    anyone,    // no token is asked for
    bearers,   // everybody with a token
    gates,     // everybody but monitors
    readers,   // auditor, editor, admin
    writers,   // editor, admin
    auditors,  // auditor, admin
    admins,    // admin
    monitors,  // monitor, admin
};
bool may(events::Role role, Audience audience);

// Who carries a call out.
enum class Pace : std::uint8_t {
    quick,       // the worker that read it: it costs little, or waits elsewhere
    background,  // answer_in_background(): its cost grows with what it is about
    events,      // the same on threads that read pages of events
    scraped,     // on a thread of its own, and without what takes too long
};

struct Route {
    std::string_view method;
    // "/api/products/{product_id}/threats/{threat_id}": the first id is the product's where it is
    // called so, the other one the object's. "/tile/{path...}": one segment at least, and any more.
    std::string_view pattern;
    Audience audience;
    void (*answer)(Call&);
    Pace pace = Pace::quick;
};

// A path taken apart.
struct RouteMatch {
    const Route* route = nullptr;  // none: see `allow`
    std::uint64_t product_id = 0;  // 0 = none in the path
    std::uint64_t object_id = 0;   // 0 = none in the path
    std::string allow;  // where there is no route: the methods that the path has; empty = no path
};

// Constant after construction; for any thread.
class Router {
  public:
    // The routes are the caller's and outlive the router.
    explicit Router(std::span<const Route> routes);

    // `path` is still percent-encoded. HEAD is answered where GET is.
    RouteMatch find(std::string_view method, std::string_view path) const;

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
    static bool matches(const Segments& pattern, const Segments& path, RouteMatch& match);

    std::vector<Entry> entries_;
};

}  // namespace threatatlas::api
