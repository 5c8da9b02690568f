// Every fact is in all forms of a report or in none.

#include <array>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(report_facts_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;

namespace {

// Inputs in which every text is a unique word, and lists of these words.
struct Marked {
    std::vector<std::string> words;         // all
    std::vector<std::string> threat_words;  // of existing threats and their mitigations
    ReportInputs inputs;

    Marked() {
        EventMaker maker;
        ProductRegistered product;
        mark(product.texts, false);
        maker.add(product);
        ThreatIdentified gone;
        gone.threat_id = 90;
        mark_name(gone.texts);
        maker.add(gone).wait(std::chrono::days{40});
        attribute(maker, words);
        maker.add(ThreatRemoved{90});
        ThreatId id = 0;
        for (std::size_t status = 0; status < threat_status_count; ++status) {
            ThreatIdentified threat;
            threat.threat_id = ++id;
            threat.status = static_cast<ThreatStatus>(status);
            mark(threat.texts, true);
            // The attributes of a decision about a threat belong to the threat.
            attribute(maker, is_decision(threat.status) ? threat_words : words);
            maker.add(threat);
        }
        for (const MitigationStatus status :
             {MitigationStatus::implemented, MitigationStatus::proposed}) {
            MitigationProposed mitigation;
            mitigation.mitigation_id = ++id;
            mitigation.status = status;
            mark(mitigation.texts, false);
            threat_words.emplace_back(mitigation.texts[MitigationField::name]);
            mitigation.scope.threat_ids = {1};
            attribute(maker, words);
            maker.add(mitigation);
        }
        MitigationProposed seated;
        seated.mitigation_id = ++id;
        mark(seated.texts, false);
        seated.scope.diagram = new_word();
        seated.scope.element_id = new_word();
        maker.add(seated);
        AcceptanceRequested request;
        request.acceptance_id = 1;
        request.threat_ids = {1};
        request.severities = {std::nullopt};
        mark(request.texts, false);
        request.valid_until = *parse_day("2026-12-31");
        attribute(maker, words, 2);
        maker.add(request);
        attribute(maker, words, 2);
        maker.add(AcceptanceApproved{1, {std::nullopt}, {}, new_word()});
        attribute(maker, words, 2);
        maker.add(AcceptanceRevoked{1, new_word()});
        inputs = collect(maker.events(), 1, std::nullopt, false);
        words.insert(words.end(), threat_words.begin(), threat_words.end());
        words.push_back(inputs.event_id);
        words.push_back(format_instant(inputs.as_of));
        words.push_back("fail_on_unmitigated_high");
    }

    std::string new_word() {
        words.push_back(fmt::format("Fact{}x", words.size() + threat_words.size()));
        return words.back();
    }
    void mark(auto& texts, bool of_a_threat) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const std::string text = new_word();
            texts.set_at(i, text);
            if (of_a_threat) {
                threat_words.push_back(text);
                words.pop_back();
            }
        }
    }
    // Gives the next events a unique actor, on_behalf_of and reason, and appends these to `facts`.
    // The events of acceptances have notes instead of a reason.
    void attribute(EventMaker& maker, std::vector<std::string>& facts, std::size_t count = 3) {
        std::array<std::string, 3> attributes;
        for (std::size_t i = 0; i < count; ++i) {
            attributes[i] = new_word();
            words.pop_back();
            facts.push_back(attributes[i]);
        }
        maker.by(attributes[0], attributes[1], attributes[2]);
    }
    // A removed threat is reported by its name only.
    void mark_name(ThreatTexts& texts) { texts.set(ThreatField::name, new_word()); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_fact_is_in_every_form, Marked) {
    for (const char* form : {"md", "html", "docx", "json"}) {
        const std::string text = readable(written(inputs, form), form);
        for (const std::string& word : words) {
            BOOST_TEST(text.find(word) != std::string::npos, form << " lacks " << word);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(every_fact_of_a_threat_is_in_the_table, Marked) {
    const std::string text = written(inputs, "csv");
    for (const std::string& word : threat_words) {
        BOOST_TEST(text.find(word) != std::string::npos, word);
    }
    BOOST_TEST(read_csv(text).size() == 1 + threat_status_count);
}

// A chapter is the text from its heading to the next one.
BOOST_FIXTURE_TEST_CASE(accepted_and_excluded_threats_are_listed_separately, Marked) {
    const std::string text = written(inputs, "md");
    const auto chapter = [&](const std::string& title) {
        const auto begin = text.find("\n## " + title + "\n");
        BOOST_REQUIRE(begin != std::string::npos);
        return text.substr(begin, text.find("\n## ", begin + 1) - begin);
    };
    const std::string open = chapter("Threats");
    for (std::size_t status = 0; status < threat_status_count; ++status) {
        const bool is_open = status < 3;
        const std::string id = fmt::format("| T{} |", status + 1);
        BOOST_TEST((open.find(id) != std::string::npos) == is_open);
        BOOST_TEST((chapter("Accepted threats").find(id) != std::string::npos) == (status == 3));
        BOOST_TEST((chapter("Threats not applicable").find(id) != std::string::npos) ==
                   (status == 4));
    }
}

BOOST_AUTO_TEST_SUITE_END()
