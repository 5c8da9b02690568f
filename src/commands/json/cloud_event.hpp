#pragma once

// The attributes of a CloudEvent 1.0 in its JSON format, as far as an item of a batch has them
// beyond those of every item: checked, and let go but for the time and the person.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "commands/json/body_json.hpp"

namespace threatatlas {

class CloudEventAttributes {
  public:
    // Takes every member in, for an extension attribute may have any name.
    void take(Member& member);
    // Complains of what is missing, once all members are taken.
    void check(const Place& event, Complaints& complaints);

    std::optional<Instant> time() const { return time_; }
    // The extension attribute onbehalfof, as this program's own lines have it; empty = not given.
    const std::string& on_behalf_of() const { return on_behalf_of_; }

  private:
    void take_extension(Member& member);

    bool has_specversion_ = false;
    bool has_id_ = false;
    bool has_source_ = false;
    std::optional<Instant> time_;
    std::string on_behalf_of_;
    std::vector<std::string_view> extensions_;
};

}  // namespace threatatlas
