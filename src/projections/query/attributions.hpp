#pragma once

// Who recorded what a report shows, on whose behalf, when and why: the event behind the status of a
// threat that somebody decided upon, and the newest event behind each change of the last weeks.

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "projections/tables.hpp"

namespace threatatlas {

struct Attribution {
    Position position = 0;
    Instant recorded_at{};
    std::optional<Instant> occurred_at;
    std::string actor;
    std::string on_behalf_of;  // empty = not given
    std::string reason;        // empty = not given
};

// Mitigated, accepted or not applicable: somebody said that nothing more is to be done.
bool is_decision(ThreatStatus status);

class Attributions {
  public:
    enum class Kind : std::uint8_t { product, threat, mitigation };

    // Who gave the threat its status; null if it is no decision.
    const Attribution* decision(ThreatId id) const;
    // The newest event that changed the field; without a field, the one that added or removed the
    // object. Null if nothing changed it in the span. The id of the product is 0.
    const Attribution* change(Kind kind, std::uint64_t id, std::string_view field = {}) const;
    // The newest event that bears on which mitigations cover a threat, given as it was and is:
    // about one that names it, or sits where it was or is, or about its own place.
    const Attribution* coverage_change(ThreatId id, const Threat& before,
                                       const Threat& after) const;

  private:
    friend class AttributionCollector;

    using Shared = std::shared_ptr<const Attribution>;
    struct Key {
        Kind kind = Kind::product;
        std::uint64_t id = 0;
        std::string field;

        auto operator<=>(const Key&) const = default;
    };

    std::map<ThreatId, Shared> decisions_;
    std::map<Key, Shared> changes_;
    // Changes of what sits on an element and is active.
    std::map<ElementName, Shared> elements_;
};

// Is shown the events of one product, in order, from its first one.
class AttributionCollector {
  public:
    // How far back from the newest event changes are kept.
    explicit AttributionCollector(std::chrono::microseconds span) : span_(span) {}

    // Around the folding of each event into the tables.
    void before(Tables& tables, const Event& event);
    void after(Tables& tables, const Event& event);

    // Once, after the last event.
    Attributions take();

  private:
    using Kind = Attributions::Kind;

    // What an event changes beside texts.
    struct State {
        std::size_t status = 0;  // ThreatStatus or MitigationStatus
        Scoring scoring;
        CoverageScope scope;
        bool is_active = false;
    };
    static State state_of(Tables& tables, const Event& event);

    // The newest time that a mitigation became active or stopped being so, as long as it names the
    // same threats: noted for each of them only when that ends. It may be often, and they many.
    struct Turn {
        Attributions::Shared newest;
        std::vector<ThreatId> named;
    };

    template <class Field, std::size_t count>
    void find_changed_fields(const TextChanges<Field, count>& changes,
                             const Texts<Field, count>& texts);
    void note_changed_fields(Kind kind, std::uint64_t id);
    void note_scoring(ThreatId id, const Scoring& now);
    void note_mitigation(MitigationId id, const State& now);
    void note_coverage(MitigationId id, const State& now);
    void note_turn(MitigationId id);
    void spread(const Turn& turn);
    void note_status(ThreatId id, ThreatStatus status);
    void note(Kind kind, std::uint64_t id, std::string_view field);
    void forget_old_changes();

    const std::chrono::microseconds span_;
    Attributions found_;
    State before_;
    std::vector<std::string_view> changed_fields_;  // texts that the event at hand changes
    Attributions::Shared newest_;                   // of the event at hand
    std::map<MitigationId, Turn> turns_;
    std::size_t noted_ = 0;  // since old changes were last forgotten
};

}  // namespace threatatlas
