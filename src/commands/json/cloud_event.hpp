#pragma once

/// @file
/// The attributes of a CloudEvent 1.0 in its JSON format.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "commands/json/body_json.hpp"

namespace threatatlas::command_json {

/// Checks the attributes that an item of a batch has in addition to those of every item. Keeps the
/// time and the person only.
class CloudEventAttributes {
  public:
    /// Accepts every member, as an extension attribute can have any name.
    void take(Member& member);
    /// Complains about missing attributes. Call after all members.
    void check(const Place& event, Complaints& complaints);

    std::optional<base::Instant> time() const { return time_; }
    /// The extension attribute onbehalfof, which this program's own lines have; empty: not given.
    const std::string& on_behalf_of() const { return on_behalf_of_; }

  private:
    void take_extension(Member& member);

    bool has_specversion_ = false;
    bool has_id_ = false;
    bool has_source_ = false;
    std::optional<base::Instant> time_;
    std::string on_behalf_of_;
    std::vector<std::string_view> extensions_;
};

}  // namespace threatatlas::command_json
