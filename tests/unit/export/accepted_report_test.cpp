// What a report says of accepted risks.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "export/contents.hpp"
#include "unit/export/reports.hpp"

BOOST_AUTO_TEST_SUITE(accepted_report_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::events;
using namespace threatatlas::exports;
using namespace threatatlas::query;
using namespace threatatlas::testing;
using nlohmann::json;

namespace {

EventMaker shop() {
    EventMaker maker;  // begins at 2026-01-05T08:00:00Z, an hour for each event
    ProductRegistered product;
    product.texts.set(ProductField::name, "Shop");
    maker.add(product);
    for (const auto& [id, name] : {std::pair(1, "Spoofing"), std::pair(2, "Tampering")}) {
        ThreatIdentified threat;
        threat.threat_id = static_cast<ThreatId>(id);
        threat.texts.set(ThreatField::name, name);
        threat.scoring.severity = id == 1 ? Severity::critical : Severity::low;
        maker.add(threat);
    }
    MitigationProposed control;
    control.mitigation_id = 7;
    control.texts.set(MitigationField::name, "Monitoring");
    control.status = MitigationStatus::verified;
    return maker.add(control);
}

AcceptanceRequested request_of(AcceptanceId id, std::vector<ThreatId> threats,
                               std::vector<std::optional<Severity>> severities,
                               std::string_view last_day) {
    AcceptanceRequested request;
    request.acceptance_id = id;
    request.threat_ids = std::move(threats);
    request.severities = std::move(severities);
    request.valid_until = *parse_day(last_day);
    request.texts.set(AcceptanceField::justification, "The old terminals are replaced");
    return request;
}

// Approved on 2026-01-05 for both threats, with everything that an acceptance can have.
EventMaker accepting_shop() {
    EventMaker maker = shop();
    AcceptanceRequested request =
        request_of(1, {1, 2}, {Severity::critical, std::nullopt}, "2026-03-31");
    request.texts.set(AcceptanceField::conditions, "Weekly review");
    request.texts.set(AcceptanceField::reference, "RISK-7");
    request.while_mitigations = {7};
    maker.by("editor#2", "Jonas", "").add(request);
    maker.by("approver#5", "Petra", "")
        .add(AcceptanceApproved{
            1, {Severity::critical, Severity::low}, Assurance::persons, "Until spring"});
    return maker.by("editor#2", "", "");
}

ReportInputs at(const EventMaker& maker, std::string_view as_of) {
    return collect(maker.events(), 1, parse_as_of(as_of), true);
}

// The chapter of accepted risks in Markdown; empty if there is none.
std::string chapter(const ReportInputs& inputs) {
    const std::string text = written(inputs, "md");
    const auto begin = text.find("\n## Accepted risks\n");
    return begin == std::string::npos ? ""
                                      : text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string states_in(const ReportInputs& inputs) {
    const ReportView view = make_report_view(inputs, {});
    std::string states;
    for (const AcceptanceView& shown : view.acceptances) {
        states += std::to_string(shown.id) + " " + std::string(name_of(shown.status)) + ", ";
    }
    return states;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_chapter_tells_all_about_an_acceptance_in_force) {
    const std::string text = chapter(at(accepting_shop(), "2026-02-01"));
    BOOST_TEST(
        has(text,
            "| A1 | in force | T1 Spoofing (critical)<br>T2 Tampering (unscored, approved as "
            "low) | 2026-03-31 | 2026-01-05<br>by editor\\#2<br>for Jonas | approved "
            "2026-01-05<br>by approver\\#5<br>for Petra | M7 Monitoring (verified) |\n"),
        text);
    BOOST_TEST(
        has(text,
            "#### A1\n\n**Requested:** 2026-01-05T12:00:00.000000Z by editor\\#2 on behalf of "
            "Jonas.\n\n**Approved:** 2026-01-05T13:00:00.000000Z by approver\\#5 on behalf of "
            "Petra. The log assures that requester and approver were different persons. "
            "Note: Until spring\n\n**Justification:** The old terminals are replaced\n\n"
            "**Conditions:** Weekly review\n\n**Reference:** RISK-7\n"),
        text);
}

BOOST_AUTO_TEST_CASE(the_verdict_and_the_threats_name_what_is_accepted) {
    const std::string text =
        written(at(accepting_shop(), "2026-02-01"), "md", {.fail_on_critical = true});
    BOOST_TEST(has(text, "**PASS**"));
    BOOST_TEST(has(text,
                   "\nThe risk of 2 threats is accepted by 1 acceptance in force, which is valid "
                   "until the end of 2026-03-31 (UTC). fail\\_on\\_critical leaves out 1 of "
                   "them. If nothing changes, the verdict fails from 2026-04-01 on. Without "
                   "acceptances, the verdict would be: failed.\n"),
               text);
    BOOST_TEST(has(text, "| critical | identified<br>risk accepted by A1 until 2026-03-31 |"),
               text);
    // On the day after, the report is one of a failed verdict, although nothing was recorded.
    const std::string later =
        written(at(accepting_shop(), "2026-04-01"), "md", {.fail_on_critical = true});
    BOOST_TEST(has(later, "**FAIL**"));
    BOOST_TEST(!has(later, "risk accepted by"));
    BOOST_TEST(has(later, "| A1 | expired |"));
}

BOOST_AUTO_TEST_CASE(what_ended_more_than_30_days_ago_is_only_counted) {
    BOOST_TEST(has(chapter(at(accepting_shop(), "2026-04-29T12:00:00Z")), "| A1 | expired |"));
    const std::string later = chapter(at(accepting_shop(), "2026-05-02"));
    BOOST_TEST(!has(later, "A1"), later);
    BOOST_TEST(has(later, "in the last 30 days: 0. Acceptances that ended before: 1. "), later);
    // The model in JSON has all of them.
    const auto model = json::parse(written(at(accepting_shop(), "2026-05-02"), "json"));
    BOOST_TEST(model["acceptances"][0]["state"] == "expired");
}

// Otherwise the report would still say "pass" while the gate says "fail".
BOOST_AUTO_TEST_CASE(a_report_about_now_notices_the_end_of_an_acceptance) {
    const EventMaker maker = accepting_shop();
    const auto asked = [&](std::string_view now) {
        ReportCollector collector(1, std::nullopt);
        for (const Event& event : maker.events()) {
            collector.add(event);
        }
        return collector.finish(collector.moment_of_now(*parse_instant(now)));
    };
    BOOST_TEST(format_instant(asked("2026-03-31T23:59:59Z").as_of) ==
               "2026-01-05T13:00:00.000000Z");
    for (const char* now : {"2026-04-01T00:00:00Z", "2027-01-01T00:00:00Z"}) {
        const ReportInputs inputs = asked(now);
        BOOST_TEST(format_instant(inputs.as_of) == "2026-04-01T00:00:00.000000Z");
        BOOST_TEST(written(inputs, "json") == written(at(maker, "2026-04-01T00:00:00Z"), "json"));
        BOOST_TEST(states_in(inputs) == "1 expired, ");
    }
}

BOOST_AUTO_TEST_CASE(every_state_is_shown_or_left_out_by_its_end) {
    EventMaker maker = accepting_shop();
    for (AcceptanceId id = 2; id <= 7; ++id) {
        maker.add(request_of(id, {2}, {Severity::low}, id == 6 ? "2026-01-10" : "2026-12-31"));
    }
    maker.add(AcceptanceApproved{2, {Severity::low}, {}, {}});
    maker.add(AcceptanceRejected{3, "Too long"});
    maker.add(AcceptanceWithdrawn{4});
    AcceptanceRequested again = request_of(8, {2}, {Severity::low}, "2026-12-31");
    again.replaces = 2;
    maker.add(again).add(AcceptanceApproved{8, {Severity::low}, {}, {}});
    maker.add(AcceptanceApproved{7, {Severity::low}, {}, {}});
    maker.add(AcceptanceRevoked{7, "Exploited"});
    maker.add(MitigationStatusChanged{7, MitigationStatus::retired, MitigationStatus::verified});
    const ReportInputs soon = at(maker, "2026-01-20");
    BOOST_TEST(
        states_in(soon) ==
        "1 suspended, 2 replaced, 3 rejected, 4 withdrawn, 5 requested, 6 lapsed, 7 revoked, "
        "8 approved, ");
    const std::string text = chapter(soon);
    BOOST_TEST(
        has(text, "**Rejected:** 2026-01-05T21:00:00.000000Z by editor\\#2. Note: Too long\n"),
        text);
    BOOST_TEST(has(text, "**Replaced:** 2026-01-06T00:00:00.000000Z by editor\\#2. By A8.\n"),
               text);
    BOOST_TEST(
        has(text, "**Revoked:** 2026-01-06T02:00:00.000000Z by editor\\#2. Note: Exploited\n"),
        text);
    BOOST_TEST(has(text, " by editor\\#2. Replaces A2.\n"), text);
    BOOST_TEST(states_in(at(maker, "2026-02-20")) == "1 suspended, 5 requested, 8 approved, ");
    // Removing the threat ends nothing, but leaves nothing to accept.
    maker.add(ThreatRemoved{2});
    const ReportInputs removed = at(maker, "2026-02-20");
    BOOST_TEST(states_in(removed) == "1 suspended, 5 requested, 8 moot, ");
    BOOST_TEST(has(chapter(removed), "| A8 | moot | T2 (low, removed) |"));
}

BOOST_AUTO_TEST_CASE(the_model_in_json_has_the_acceptances_of_the_api) {
    const auto model = json::parse(
        written(at(accepting_shop(), "2026-02-01"), "json", {.fail_on_critical = true}));
    BOOST_TEST_REQUIRE(model["acceptances"].size() == 1U);
    const json& acceptance = model["acceptances"][0];
    BOOST_TEST(acceptance["id"] == 1);
    BOOST_TEST(acceptance["state"] == "approved");
    BOOST_TEST(acceptance["in_force"] == true);
    BOOST_TEST(acceptance["justification"] == "The old terminals are replaced");
    BOOST_TEST(acceptance["decided"]["note"] == "Until spring");
    BOOST_TEST(acceptance["requested"]["on_behalf_of"] == "Jonas");
    BOOST_TEST(model["threats"][0]["acceptance_ids"].dump() == "[1]");
    BOOST_TEST(model["verdict"]["acceptances"]["fails_on"] == "2026-04-01");
}

BOOST_AUTO_TEST_CASE(the_table_has_columns_of_acceptances) {
    const auto rows = read_csv(written(at(accepting_shop(), "2026-02-01"), "csv"));
    BOOST_TEST(rows[0][24] == "accepted_by");
    BOOST_TEST(rows[0][25] == "accepted_until");
    BOOST_TEST(rows[1][24] == "A1");
    BOOST_TEST(rows[1][25] == "2026-03-31");
    const auto later = read_csv(written(at(accepting_shop(), "2026-04-01"), "csv"));
    BOOST_TEST(later[0].size() == 26U);
    BOOST_TEST(later[1][24] == "");
    BOOST_TEST(later[1][25] == "");
}

BOOST_AUTO_TEST_CASE(a_product_that_never_had_an_acceptance_has_nothing_about_them) {
    const ReportInputs inputs = at(shop(), "2026-02-01");
    for (const char* form : {"md", "html", "docx", "csv", "json"}) {
        const std::string text = readable(written(inputs, form), form);
        for (const char* word : {"Accepted risks", "acceptance", "accepted_by"}) {
            BOOST_TEST(!has(text, word), form << " has " << word);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_contents_of_the_word_document_are_its_chapters) {
    for (const EventMaker& maker : {shop(), accepting_shop()}) {
        std::string text;
        for (const auto& [name, part] : read_zip(written(at(maker, "2026-02-01"), "docx"))) {
            text += name == "word/document.xml" ? part : "";
        }
        const ReportInputs inputs = at(maker, "2026-02-01");
        const auto all = chapters_of(make_report_view(inputs, {}));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string bookmark = "\"_Toc" + std::to_string(i + 1) + "\"";
            for (const std::string& place : {"w:anchor=" + bookmark, "w:name=" + bookmark}) {
                const auto at = text.find(place);
                BOOST_TEST_REQUIRE(at != std::string::npos, place);
                BOOST_TEST(text.substr(at, 300).find(all[i].title) != std::string::npos,
                           place << " is not " << all[i].title);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
