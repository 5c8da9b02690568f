// The history of one threat: its own events, events of mitigations while their scope includes it,
// and events of acceptances of its risk. THREATATLAS_SEED reproduces the random history,
// THREATATLAS_ROUNDS sets its number of transactions.

#include "projections/query/threat_history.hpp"

#include <algorithm>
#include <set>

#include <boost/test/unit_test.hpp>

#include "support/made_up_log.hpp"
#include "support/random_history.hpp"
#include "support/twin.hpp"

BOOST_AUTO_TEST_SUITE(threat_history_test)

using namespace threatatlas;
using namespace threatatlas::audit;
using namespace threatatlas::events;
using namespace threatatlas::query;
using namespace threatatlas::store;
using namespace threatatlas::testing;

namespace {

using Positions = std::vector<Position>;

std::unique_ptr<Store> store_with(const std::filesystem::path& data,
                                  const std::vector<std::string>& lines) {
    auto store = Store::open(data, {.create = true, .cache_mebibytes = 8});
    std::size_t next = 0;
    import_lines(*store, [&]() -> std::optional<std::string_view> {
        return next < lines.size() ? std::optional<std::string_view>(lines[next++]) : std::nullopt;
    });
    return store;
}

Positions history_of(const Store& store, ProductId product, ThreatId threat_id) {
    Positions found;
    const ReadView view(store);
    scan_threat_history(view, product, threat_id, [&](Position position, std::string_view line) {
        BOOST_REQUIRE_EQUAL(line, line_at(view, position).value());
        found.push_back(position);
        return true;
    });
    return found;
}

// A log with threats 1 and 2 of product 1; the events of a test case begin at position 4.
struct Told {
    Told() {
        log.record(1, {product_named("Shop")});
        log.record(1, {threat(1, Severity::high, ThreatStatus::identified, "node-1")});
        log.record(1, {threat(2, Severity::low)});
    }

    // Records facts about product 1 and returns the position of the last one.
    Position tell(EventData fact) { return tell(std::vector<EventData>{std::move(fact)}); }
    Position tell(std::vector<EventData> facts) {
        log.record(1, std::move(facts));
        return log.lines().size();
    }
    Position link(MitigationId id, std::vector<ThreatId> ids, std::string_view element = {}) {
        return tell(MitigationLinked{
            id, {std::move(ids), element.empty() ? "" : "Checkout", std::string(element)}});
    }
    Position rename(MitigationId id) {
        MitigationDescribed described{id, {}};
        described.changes.set(MitigationField::name, "Another name");
        return tell(described);
    }
    Position change(MitigationId id, MitigationStatus from, MitigationStatus to) {
        return tell(MitigationStatusChanged{id, to, from});
    }
    Position move(ThreatId id, std::string_view diagram, std::string_view element) {
        ThreatDescribed described{id, {}};
        described.changes.set(ThreatField::diagram, diagram);
        described.changes.set(ThreatField::element_id, element);
        return tell(described);
    }

    Positions history(ThreatId id = 1, ProductId product = 1) {
        const TempDirectory directory;
        return history_of(*store_with(directory / "data", log.lines()), product, id);
    }
    void require_history(const Positions& wanted) {
        const Positions found = history();
        BOOST_TEST(found == wanted, boost::test_tools::per_element());
    }

    MadeUpLog log;
};

AcceptanceRequested requested(AcceptanceId id, std::vector<ThreatId> threats) {
    AcceptanceRequested request;
    request.acceptance_id = id;
    request.severities.resize(threats.size());
    request.threat_ids = std::move(threats);
    request.texts.set(AcceptanceField::justification, "Too costly");
    request.valid_until = base::parse_day("2026-12-31").value();
    return request;
}

constexpr auto proposed = MitigationStatus::proposed;
constexpr auto implemented = MitigationStatus::implemented;
constexpr auto retired = MitigationStatus::retired;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(one_threat, Told)

BOOST_AUTO_TEST_CASE(a_history_has_all_events_of_its_threat_and_no_others) {
    Positions wanted{2};
    tell(ThreatScored{2, {Severity::critical, {}, {}}});
    wanted.push_back(tell(ThreatScored{1, {Severity::critical, {}, {}}}));
    ProductDescribed described;
    described.changes.set(ProductField::name, "Shop 2");
    tell(described);
    wanted.push_back(
        tell(ThreatStatusChanged{1, ThreatStatus::accepted, ThreatStatus::identified}));
    wanted.push_back(move(1, "", ""));
    wanted.push_back(tell({ThreatRemoved{2}, ThreatRemoved{1}}));
    tell(ProductArchived{});
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(a_mitigation_proposed_with_a_link_belongs_from_the_start) {
    Positions wanted{2};
    wanted.push_back(tell(mitigation(1, proposed, {1, 2})));
    tell(mitigation(2, proposed, {2}));
    wanted.push_back(rename(1));
    rename(2);
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(events_between_linking_and_unlinking_belong) {
    Positions wanted{2};
    tell(mitigation(1, implemented, {2}));
    rename(1);
    wanted.push_back(link(1, {1, 2}));
    wanted.push_back(rename(1));
    // The event that removes the link is the last one in the history.
    wanted.push_back(link(1, {2}));
    rename(1);
    change(1, implemented, retired);
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(retiring_and_activating_belong_while_the_scope_stays) {
    Positions wanted{2};
    wanted.push_back(tell(mitigation(1, proposed, {1})));
    wanted.push_back(change(1, proposed, implemented));
    wanted.push_back(change(1, implemented, retired));
    wanted.push_back(rename(1));
    wanted.push_back(change(1, retired, MitigationStatus::verified));
    wanted.push_back(tell(MitigationRemoved{1}));
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(a_mitigation_on_its_element_belongs_and_one_elsewhere_does_not) {
    Positions wanted{2};
    wanted.push_back(tell(mitigation(1, implemented, {}, "node-1")));
    tell(mitigation(2, implemented, {}, "node-2"));
    // The same element_id in another diagram, or without a diagram, is another element.
    MitigationProposed elsewhere = mitigation(3, implemented, {}, "node-1");
    elsewhere.scope.diagram = "Back office";
    tell(elsewhere);
    elsewhere.mitigation_id = 4;
    elsewhere.scope.diagram = "";
    tell(elsewhere);
    // A scope with only a diagram, or an empty scope, covers nothing.
    elsewhere.mitigation_id = 5;
    elsewhere.scope = {{}, "Checkout", ""};
    tell(elsewhere);
    tell(mitigation(6, implemented, {}));
    for (const MitigationId id : {2, 3, 4, 5, 6}) {
        rename(id);
    }
    wanted.push_back(rename(1));
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(a_threat_without_an_element_is_covered_by_no_element) {
    tell(mitigation(1, implemented, {}, "node-1"));
    tell(mitigation(2, implemented, {}));
    const Position named = tell(mitigation(3, implemented, {2}));
    const Positions found = history(2);
    BOOST_TEST(found == (Positions{3, named}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mitigation_on_its_element_that_names_others_does_not_belong) {
    Positions wanted{2};
    tell(mitigation(1, implemented, {2}, "node-1"));
    rename(1);
    // Without links it covers the element; with a link, only the linked threat.
    wanted.push_back(link(1, {}, "node-1"));
    wanted.push_back(rename(1));
    wanted.push_back(link(1, {2}, "node-1"));
    rename(1);
    require_history(wanted);
}

// Losing a link must never widen what a control covers.
BOOST_AUTO_TEST_CASE(a_mitigation_of_a_removed_threat_does_not_cover_its_element) {
    tell(mitigation(1, implemented, {2}, "node-1"));
    tell(ThreatRemoved{2});
    rename(1);
    change(1, implemented, retired);
    require_history({2});
}

BOOST_AUTO_TEST_CASE(a_moved_threat_has_the_mitigations_of_its_new_element) {
    Positions wanted{2};
    wanted.push_back(tell(mitigation(1, implemented, {}, "node-1")));
    tell(mitigation(2, implemented, {}, "node-2"));
    wanted.push_back(move(1, "Checkout", "node-2"));
    rename(1);
    wanted.push_back(rename(2));
    wanted.push_back(move(1, "Back office", "node-2"));
    rename(1);
    rename(2);
    wanted.push_back(move(1, "Checkout", "node-1"));
    wanted.push_back(rename(1));
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(a_mitigation_that_moves_belongs_while_it_is_on_the_element) {
    Positions wanted{2};
    tell(mitigation(1, implemented, {}, "node-2"));
    wanted.push_back(link(1, {}, "node-1"));
    wanted.push_back(rename(1));
    wanted.push_back(link(1, {}, "node-2"));
    rename(1);
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(removed_objects_neither_cover_nor_are_covered) {
    Positions wanted{2};
    wanted.push_back(tell(mitigation(1, implemented, {1})));
    wanted.push_back(tell(mitigation(2, implemented, {}, "node-1")));
    wanted.push_back(tell(MitigationRemoved{2}));
    wanted.push_back(tell(ThreatRemoved{1}));
    // The dead link is still recorded.
    rename(1);
    change(1, implemented, retired);
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(events_of_acceptances_that_name_it_belong) {
    Positions wanted{2};
    wanted.push_back(tell(requested(1, {1, 2})));
    tell(requested(2, {2}));
    wanted.push_back(tell(AcceptanceApproved{1, {Severity::high, Severity::low}, {}, {}}));
    tell(AcceptanceRejected{2, {}});
    wanted.push_back(tell(requested(3, {1})));
    wanted.push_back(tell(AcceptanceWithdrawn{3}));
    wanted.push_back(tell(ThreatRemoved{1}));
    // What was decided about it is still about it.
    wanted.push_back(tell(AcceptanceRevoked{1, "Exploited"}));
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(an_approval_that_replaces_an_acceptance_of_it_belongs) {
    Positions wanted{2};
    AcceptanceRequested other = requested(2, {2});
    other.replaces = 1;
    wanted.push_back(tell(requested(1, {1})));
    wanted.push_back(tell(AcceptanceApproved{1, {Severity::high}, {}, {}}));
    tell(other);
    wanted.push_back(tell(AcceptanceApproved{2, {Severity::low}, {}, {}}));
    tell(AcceptanceRevoked{2, {}});
    // One that has ended before is not replaced any more.
    other.acceptance_id = 3;
    tell(other);
    tell(AcceptanceApproved{3, {Severity::low}, {}, {}});
    require_history(wanted);
}

BOOST_AUTO_TEST_CASE(ids_of_another_product_are_different_objects) {
    log.record(2, {product_named("Bank"), threat(1, Severity::high)});
    log.record(2, {mitigation(1, implemented, {1})});
    require_history({2});
    const Positions found = history(1, 2);
    BOOST_TEST(found == (Positions{5, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_scan_can_be_ended) {
    tell(mitigation(1, implemented, {1}));
    rename(1);
    const TempDirectory directory;
    const auto store = store_with(directory / "data", log.lines());
    std::size_t visits = 0;
    BOOST_TEST(scan_threat_history(ReadView(*store), 1, 1, [&](Position, std::string_view) {
        ++visits;
        return visits < 2;
    }));
    BOOST_TEST(visits == 2U);
}

BOOST_AUTO_TEST_CASE(a_threat_that_never_existed_is_reported) {
    tell(ThreatRemoved{1});
    const TempDirectory directory;
    const auto store = store_with(directory / "data", log.lines());
    const auto was_there = [&](ProductId product, ThreatId id) {
        return scan_threat_history(ReadView(*store), product, id,
                                   [](Position, std::string_view) { return true; });
    };
    BOOST_TEST(was_there(1, 1));
    BOOST_TEST(was_there(1, 2));
    BOOST_TEST(!was_there(1, 3));
    BOOST_TEST(!was_there(1, 0));
    BOOST_TEST(!was_there(2, 1));
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

// The contract's definition, applied to the slow twin: both exist, and the mitigation names the
// threat, or names none and is on the threat's element.
bool takes_in(const TwinProduct& product, MitigationId mitigation_id, ThreatId threat_id) {
    const auto threat = product.threats.find(threat_id);
    const auto mitigation = product.mitigations.find(mitigation_id);
    if (threat == product.threats.end() || mitigation == product.mitigations.end()) {
        return false;
    }
    const CoverageScope& scope = mitigation->second.scope;
    if (!scope.threat_ids.empty()) {
        return std::count(scope.threat_ids.begin(), scope.threat_ids.end(), threat_id) > 0;
    }
    const ThreatTexts& texts = threat->second.texts;
    return !scope.element_id.empty() && scope.element_id == texts[ThreatField::element_id] &&
           scope.diagram == texts[ThreatField::diagram];
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_histories_equal_those_of_the_twin) {
    RandomHistory history(test_seed(), {.products_max = 2, .threats_wanted = 6});
    Twin twin;
    std::vector<std::string> lines;
    std::map<std::pair<ProductId, ThreatId>, Positions> wanted;
    std::size_t by_coverage = 0;
    std::size_t by_acceptance = 0;
    for (auto round = test_rounds(250); round > 0; --round) {
        for (const Event& event : history.next_transaction()) {
            append_line(lines.emplace_back(), event);
            const TwinProduct before = twin.products().contains(event.product_id)
                                           ? twin.product(event.product_id)
                                           : TwinProduct{};
            twin.add(event);
            if (event.product_id == 0) {
                continue;
            }
            const TwinProduct& after = twin.product(event.product_id);
            if (threat_of(event) != 0) {
                wanted[{event.product_id, threat_of(event)}].push_back(event.position);
            }
            for (const auto& [id, threat] : after.threats) {
                const MitigationId mitigation_id = mitigation_of(event);
                if (takes_in(before, mitigation_id, id) || takes_in(after, mitigation_id, id)) {
                    wanted[{event.product_id, id}].push_back(event.position);
                    ++by_coverage;
                }
            }
            std::set<ThreatId> accepted;
            const AcceptanceId acceptance_id = acceptance_of(event);
            for (const auto& [id, acceptance] : after.acceptances) {
                const bool is_replaced = acceptance.replaced_by == acceptance_id &&
                                         before.acceptances.contains(id) &&
                                         before.acceptances.at(id).replaced_by == 0;
                if (acceptance_id != 0 && (id == acceptance_id || is_replaced)) {
                    accepted.insert(acceptance.request.threat_ids.begin(),
                                    acceptance.request.threat_ids.end());
                }
            }
            for (const ThreatId id : accepted) {
                wanted[{event.product_id, id}].push_back(event.position);
                ++by_acceptance;
            }
        }
    }
    const TempDirectory directory;
    const auto store = store_with(directory / "data", lines);
    for (const auto& [key, positions] : wanted) {
        BOOST_REQUIRE_MESSAGE(history_of(*store, key.first, key.second) == positions,
                              "product " << key.first << ", threat " << key.second);
    }
    BOOST_TEST(by_coverage > 0U);
    BOOST_TEST(by_acceptance > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
