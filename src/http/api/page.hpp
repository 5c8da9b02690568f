#pragma once

/// Paged lists: `limit`, `after`, and the link to the next page (RFC 8288).

#include <cstdint>
#include <string>

#include "base/json_writer.hpp"
#include "http/api/call.hpp"
#include "http/api/request_query.hpp"

namespace threatatlas::api {

struct PageAsked {
    std::uint64_t after = 0;
    std::size_t limit = 0;
};

/// Reads the parameters `limit` and `after`. Throws Rejection 422.
PageAsked read_page(const RequestQuery& query);
/// Reads only `limit`, for calls whose `after` is not an id.
std::size_t read_page_limit(const RequestQuery& query);

/// Adds the header Link with rel="next": the same request with this value of `after`.
void link_next_page(Call& call, const RequestQuery& query, std::string_view after);

/// Builds the JSON array of one page.
class ListPage {
  public:
    explicit ListPage(const PageAsked& asked) : asked_(asked), json_(body_) { json_.begin_array(); }

    /// Returns true if one more object fits. Otherwise marks the page as cut off.
    bool takes_more();
    /// Marks the page as cut off. Call only if the page has an object.
    void cut_off() { is_cut_off_ = true; }
    /// Returns the writer for the next object. Call only after takes_more() has returned true.
    base::JsonWriter& next(std::uint64_t id);

    /// Answers with the page, and with a link to the next one if it is cut off.
    void finish(Call& call, const RequestQuery& query);
    /// The same, with the next page's `after` computed from the last id.
    template <class MakeAfter>
    void finish(Call& call, const RequestQuery& query, const MakeAfter& make_after) {
        json_.end_array();
        if (is_cut_off_) {
            link_next_page(call, query, make_after(last_id_));
        }
        answer(call.response, std::move(body_));
    }

  private:
    PageAsked asked_;
    std::string body_;
    base::JsonWriter json_;
    std::size_t count_ = 0;
    std::uint64_t last_id_ = 0;
    bool is_cut_off_ = false;
};

}  // namespace threatatlas::api
