#pragma once

/// @file
/// Attribution of what a report shows (actor, on whose behalf, time and reason): the event behind
/// each decision on a threat's status, the assignments of policies and reviews, and the newest
/// event behind each change of the last weeks.

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "projections/tables.hpp"

namespace threatatlas::query {

/// The circumstances under which an event was recorded.
struct Attribution {
    Position position = 0;
    base::Instant recorded_at{};
    std::optional<base::Instant> occurred_at;
    std::string actor;
    std::string on_behalf_of;  ///< empty: not given
    std::string reason;        ///< empty: not given
    std::string note = {};     ///< of a review; empty: not given
};

/// A policy was assigned to the product or taken from it, or somebody reviewed its model.
struct PolicyStep {
    std::shared_ptr<const Attribution> by;  ///< not null
    /// nullopt: a review. An empty name: the product has no policy since then.
    std::optional<projections::PolicyAssignment> assigned;
};
/// Those that attributions have of one product: the newest ones.
inline constexpr std::size_t policy_steps_max = 200;

/// True for mitigated, accepted and not applicable: the statuses that close a threat.
bool is_decision(events::ThreatStatus status);

/// Attributions of one product. Returned pointers are valid as long as this object.
class Attributions {
  public:
    enum class Kind : std::uint8_t { product, threat, mitigation };

    /// The event that gave the threat its status; null if the status is not a decision.
    const Attribution* decision(ThreatId id) const;
    /// The newest event that changed the field or, without a field, the one that added or removed
    /// the object. Null if nothing changed it in the span. For the product, `id` is 0.
    const Attribution* change(Kind kind, std::uint64_t id, std::string_view field = {}) const;
    /// The newest event that may have changed which mitigations cover a threat: an event about a
    /// mitigation that names the threat or is placed on its old or new element, or about the
    /// threat's own element.
    const Attribution* coverage_change(ThreatId id, const projections::Threat& before,
                                       const projections::Threat& after) const;

    /// In order, the newest policy_steps_max, and how many there were before them.
    const std::deque<PolicyStep>& policy_steps() const { return policy_steps_; }
    std::size_t earlier_policy_steps() const { return earlier_policy_steps_; }

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
    /// Changes of active mitigations on an element.
    std::map<projections::ElementName, Shared> elements_;
    std::deque<PolicyStep> policy_steps_;
    std::size_t earlier_policy_steps_ = 0;
};

/// Collects attributions from the events of one product, given in order from the first one.
class AttributionCollector {
  public:
    /// Changes within `span` before the newest event are kept.
    explicit AttributionCollector(std::chrono::microseconds span) : span_(span) {}

    /// Call before and after folding each event into `tables`.
    void before(projections::Tables& tables, const events::Event& event);
    void after(projections::Tables& tables, const events::Event& event);

    /// Call once, after the last event.
    Attributions take();

  private:
    using Kind = Attributions::Kind;

    /// The state of an object, except texts, that an event may change.
    struct State {
        std::size_t status = 0;  ///< a ThreatStatus or MitigationStatus
        events::Scoring scoring;
        events::CoverageScope scope;
        bool is_active = false;
    };
    static State state_of(projections::Tables& tables, const events::Event& event);

    /// The newest activation or deactivation of a mitigation while it names the same threats. It is
    /// recorded for each of these threats only when the list changes, as both the activations and
    /// the threats may be numerous.
    struct Turn {
        Attributions::Shared newest;
        std::vector<ThreatId> named;
    };

    template <class Field, std::size_t count>
    void find_changed_fields(const events::TextChanges<Field, count>& changes,
                             const events::Texts<Field, count>& texts);
    void note_changed_fields(Kind kind, std::uint64_t id);
    void note_scoring(ThreatId id, const events::Scoring& now);
    void note_mitigation(MitigationId id, const State& now);
    void note_coverage(MitigationId id, const State& now);
    void note_turn(MitigationId id);
    void spread(const Turn& turn);
    void note_status(ThreatId id, events::ThreatStatus status);
    void note(Kind kind, std::uint64_t id, std::string_view field);
    void note_policy_step(std::string_view field,
                          std::optional<projections::PolicyAssignment> assigned);
    void forget_old_changes();

    const std::chrono::microseconds span_;
    Attributions found_;
    State before_;
    std::vector<std::string_view> changed_fields_;  ///< texts that the current event changes
    Attributions::Shared newest_;                   ///< the current event
    std::map<MitigationId, Turn> turns_;
    std::size_t noted_ = 0;  ///< number of notes since old changes were last dropped
};

}  // namespace threatatlas::query
