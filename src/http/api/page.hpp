#pragma once

// Lists in pages: limit, after, and the link to the next one (RFC 8288).

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

// The parameters `limit` and `after`. Throws Rejection 422.
PageAsked read_page(const RequestQuery& query);
// `limit` alone, where `after` is no id.
std::size_t read_page_limit(const RequestQuery& query);

// Link: <the same call with this `after`>; rel="next".
void link_next_page(Call& call, const RequestQuery& query, std::string_view after);

// A JSON array that takes objects until the page is full.
class ListPage {
  public:
    explicit ListPage(const PageAsked& asked) : asked_(asked), json_(body_) { json_.begin_array(); }

    // Whether one more fits; where not, the page is marked as cut off.
    bool takes_more();
    // For the object with this id, of which takes_more() said that it fits.
    base::JsonWriter& next(std::uint64_t id);

    // Answers with what was taken.
    void finish(Call& call, const RequestQuery& query);
    // The same where `after` of the next page is made from the last id taken.
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
