#pragma once

/// @file
/// Random changes of a file, and of the product into which it is imported.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "import/imported_model.hpp"
#include "support/random.hpp"
#include "unit/import/plan_product.hpp"

namespace threatatlas::imports::testing {

using threatatlas::testing::Random;

/// Few different texts, so that objects are alike often.
inline const std::vector<std::string> few_names{"Spoofing", "Theft", "Denial", "Forgery", "Leak"};
inline const std::vector<std::string> few_texts{"", "", "a", "b"};

inline std::string random_key(Random& random) {
    return fmt::format("k{}", random.between(1, 25));
}

inline events::Scoring random_scoring(Random& random) {
    if (random.chance(50)) {
        return {static_cast<events::Severity>(random.below(4)), std::nullopt, std::nullopt};
    }
    const auto likelihood = static_cast<std::uint8_t>(random.between(1, 2));
    const auto impact = static_cast<std::uint8_t>(random.between(1, 2));
    return {events::severity_from(likelihood, impact), likelihood, impact};
}

template <class Texts>
Texts random_texts(Random& random) {
    Texts texts;
    texts.set_at(0, random.pick(few_names));
    for (std::size_t i = 1; i + 1 < Texts::size(); ++i) {
        texts.set_at(i, random.pick(few_texts));
    }
    return texts;
}

/// Another text in a field that may have it.
inline std::string random_text(Random& random, std::size_t field) {
    return random.pick(field == 0 ? few_names : few_texts);
}

template <class Status>
Status random_status(Random& random) {
    return static_cast<Status>(random.below(events::names_of<Status>().size()));
}

/// A file that a person edits with another tool.
class RandomFile {
  public:
    RandomFile(Random& random, bool keeps_external_ids)
        : random_(random), keeps_external_ids_(keeps_external_ids) {}

    void edit() {
        if (random_.chance(5)) {
            change_all_keys();
        }
        for (std::uint64_t edits = random_.below(12); edits > 0; --edits) {
            if (random_.chance(60)) {
                edit_threats();
            } else {
                edit_mitigations();
            }
        }
    }

    ImportedModel model() const {
        ImportedModel model;
        model.keeps_external_ids = keeps_external_ids_;
        std::map<std::uint64_t, std::size_t> places;
        for (const auto& [number, threat] : threats_) {
            places[number] = model.threats.size();
            model.threats.push_back(threat);
        }
        for (const auto& [links, mitigation] : mitigations_) {
            model.mitigations.push_back(mitigation);
            for (const std::uint64_t number : links) {
                if (places.contains(number)) {
                    model.mitigations.back().threats.push_back(places[number]);
                }
            }
        }
        return model;
    }

  private:
    using LinkedMitigation = std::pair<std::set<std::uint64_t>, ImportedMitigation>;

    static const std::string& key_of(const std::pair<const std::uint64_t, ImportedThreat>& threat) {
        return threat.second.key;
    }
    static const std::string& key_of(const LinkedMitigation& mitigation) {
        return mitigation.second.key;
    }

    // Gives the object a key that no other one of the list has.
    template <class Object, class List>
    void give_key(Object& object, const List& others) {
        do {
            object.key = random_key(random_);
            const bool has_external_id = keeps_external_ids_ && random_.chance(50);
            object.texts.set_at(object.texts.size() - 1, has_external_id ? object.key : "");
            if (keeps_external_ids_ && !has_external_id) {
                object.key = "number " + object.key;
            }
        } while (std::count_if(others.begin(), others.end(), [&](const auto& other) {
                     return &key_of(other) != &object.key && key_of(other) == object.key;
                 }) > 0);
    }

    void change_all_keys() {
        for (auto& [number, threat] : threats_) {
            give_key(threat, threats_);
        }
        for (auto& [links, mitigation] : mitigations_) {
            give_key(mitigation, mitigations_);
        }
    }

    void edit_threats() {
        if (threats_.size() < 3 || (threats_.size() < 9 && random_.chance(25))) {
            ImportedThreat threat;
            give_key(threat, threats_);
            threat.texts = with_external_id(random_texts<events::ThreatTexts>(random_), threat);
            threat.scoring = random_scoring(random_);
            threat.status = random_status<events::ThreatStatus>(random_);
            threats_.emplace(++last_number_, std::move(threat));
            return;
        }
        const auto chosen = std::next(threats_.begin(),
                                      static_cast<std::ptrdiff_t>(random_.below(threats_.size())));
        ImportedThreat& threat = chosen->second;
        switch (random_.below(12)) {
            case 0: {
                dropped_threats_.push_back(threat);
                threats_.erase(chosen);
                break;
            }
            case 1:
                threat.scoring = random_scoring(random_);
                break;
            case 2:
                threat.status = random_status<events::ThreatStatus>(random_);
                break;
            case 3:
                give_key(threat, threats_);
                break;
            case 4:
                bring_back();
                break;
            default: {
                const std::size_t field = random_.below(events::threat_field_count - 1);
                threat.texts.set_at(field, random_text(random_, field));
            }
        }
    }

    // A threat that was dropped before is in the file again.
    void bring_back() {
        if (dropped_threats_.empty()) {
            return;
        }
        const ImportedThreat threat = random_.pick(dropped_threats_);
        if (std::none_of(threats_.begin(), threats_.end(),
                         [&](const auto& other) { return other.second.key == threat.key; })) {
            threats_.emplace(++last_number_, threat);
        }
    }

    void edit_mitigations() {
        if (mitigations_.size() < 2 || (mitigations_.size() < 6 && random_.chance(25))) {
            ImportedMitigation mitigation;
            give_key(mitigation, mitigations_);
            mitigation.texts =
                with_external_id(random_texts<events::MitigationTexts>(random_), mitigation);
            mitigation.status = random_status<events::MitigationStatus>(random_);
            mitigation.diagram = random_.pick(few_texts);
            mitigation.element_id = random_.pick(few_texts);
            mitigations_.emplace_back(random_links(), std::move(mitigation));
            return;
        }
        const std::size_t chosen = random_.below(mitigations_.size());
        auto& [links, mitigation] = mitigations_[chosen];
        switch (random_.below(14)) {
            case 0: {
                dropped_mitigation_ = mitigations_[chosen];
                mitigations_.erase(mitigations_.begin() + static_cast<std::ptrdiff_t>(chosen));
                break;
            }
            case 1:
                mitigation.status = random_status<events::MitigationStatus>(random_);
                break;
            case 2:
                links = random_links();
                break;
            case 3:
                mitigation.element_id = random_.pick(few_texts);
                break;
            case 4:
                give_key(mitigation, mitigations_);
                break;
            case 5: {
                if (dropped_mitigation_ &&
                    std::none_of(mitigations_.begin(), mitigations_.end(), [&](const auto& other) {
                        return key_of(other) == key_of(*dropped_mitigation_);
                    })) {
                    mitigations_.push_back(*dropped_mitigation_);
                }
                break;
            }
            default: {
                const std::size_t field = random_.below(events::mitigation_field_count - 1);
                mitigation.texts.set_at(field, random_text(random_, field));
            }
        }
    }

    std::set<std::uint64_t> random_links() {
        std::set<std::uint64_t> links;
        for (const auto& [number, threat] : threats_) {
            if (random_.chance(25)) {
                links.insert(number);
            }
        }
        return links;
    }

    // The texts, with the external_id that give_key() has given.
    template <class Texts, class Object>
    static Texts with_external_id(Texts texts, const Object& object) {
        texts.set_at(Texts::size() - 1, object.texts.at(Texts::size() - 1));
        return texts;
    }

    Random& random_;
    bool keeps_external_ids_;
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, ImportedThreat> threats_;  ///< numbered, as mitigations name them
    std::vector<LinkedMitigation> mitigations_;
    std::vector<ImportedThreat> dropped_threats_;
    std::optional<LinkedMitigation> dropped_mitigation_;
};

/// What people do with the product between imports.
class RandomPeople {
  public:
    RandomPeople(Random& random, PlanProduct& product) : random_(random), product_(product) {}

    void edit() {
        for (std::uint64_t edits = random_.below(12); edits > 0; --edits) {
            if (random_.chance(60)) {
                edit_threats();
            } else {
                edit_mitigations();
            }
        }
    }

  private:
    std::string random_external_id() {
        const std::vector<std::string> prefixes{"first/", "second/", "", "JIRA-"};
        return random_.chance(30) ? "" : random_.pick(prefixes) + random_key(random_);
    }

    // A change of one text.
    template <class Changes>
    Changes random_change() {
        Changes changes;
        const std::size_t field = random_.below(Changes::size());
        changes.set_at(field, field + 1 == Changes::size() ? random_external_id()
                                                           : random_text(random_, field));
        return changes;
    }

    template <class Texts>
    Texts random_object() {
        auto texts = random_texts<Texts>(random_);
        texts.set_at(Texts::size() - 1, random_external_id());
        return texts;
    }

    events::CoverageScope random_scope() {
        events::CoverageScope scope{{}, random_.pick(few_texts), random_.pick(few_texts)};
        for (const auto& [id, threat] : product_.threats) {
            if (random_.chance(15)) {
                scope.threat_ids.push_back(id);
            }
        }
        return scope;
    }

    template <class Objects>
    auto& random_of(Objects& objects) {
        const auto place = static_cast<std::ptrdiff_t>(random_.below(objects.size()));
        return std::next(objects.begin(), place)->second;
    }

    void edit_threats() {
        if (product_.threats.empty() || (product_.threats.size() < 12 && random_.chance(25))) {
            product_.apply(events::ThreatIdentified{
                product_.last_threat_id + 1, random_object<events::ThreatTexts>(),
                random_scoring(random_), random_status<events::ThreatStatus>(random_)});
            return;
        }
        const CurrentThreat& threat = random_of(product_.threats);
        switch (random_.below(8)) {
            case 0:
                product_.apply(events::ThreatRemoved{threat.id});
                break;
            case 1: {
                product_.apply(events::ThreatScored{threat.id, random_scoring(random_)});
                break;
            }
            case 2: {
                const auto status = random_status<events::ThreatStatus>(random_);
                if (status != threat.status) {
                    product_.apply(events::ThreatStatusChanged{threat.id, status, threat.status});
                }
                break;
            }
            default: {
                product_.apply(
                    events::ThreatDescribed{threat.id, random_change<events::ThreatChanges>()});
            }
        }
    }

    void edit_mitigations() {
        if (product_.mitigations.empty() ||
            (product_.mitigations.size() < 8 && random_.chance(25))) {
            product_.apply(events::MitigationProposed{
                product_.last_mitigation_id + 1, random_object<events::MitigationTexts>(),
                random_status<events::MitigationStatus>(random_), random_scope()});
            return;
        }
        const CurrentMitigation& mitigation = random_of(product_.mitigations);
        switch (random_.below(8)) {
            case 0:
                product_.apply(events::MitigationRemoved{mitigation.id});
                break;
            case 1:
                product_.apply(events::MitigationLinked{mitigation.id, random_scope()});
                break;
            case 2: {
                const auto status = random_status<events::MitigationStatus>(random_);
                if (status != mitigation.status) {
                    product_.apply(
                        events::MitigationStatusChanged{mitigation.id, status, mitigation.status});
                }
                break;
            }
            default: {
                product_.apply(events::MitigationDescribed{
                    mitigation.id, random_change<events::MitigationChanges>()});
            }
        }
    }

    Random& random_;
    PlanProduct& product_;
};

}  // namespace threatatlas::imports::testing
