#include "commands/json/command_json.hpp"

#include <boost/test/unit_test.hpp>

#include "support/bodies.hpp"
#include "support/refused.hpp"

BOOST_AUTO_TEST_SUITE(command_json_test)

using namespace threatatlas;
using namespace threatatlas::base;
using namespace threatatlas::command_json;
using namespace threatatlas::commands;
using namespace threatatlas::events;
using namespace threatatlas::testing;

namespace {

template <class Change>
Change change_of(const Item& item) {
    BOOST_REQUIRE(std::holds_alternative<Change>(item.change));
    return std::get<Change>(item.change);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_threat_with_only_a_name) {
    const Item item = parse_identify_threat(R"( {"name":"Replay"} )");
    const auto threat = change_of<IdentifyThreat>(item);
    BOOST_TEST(!threat.threat_id);
    BOOST_TEST(threat.texts[ThreatField::name] == "Replay");
    BOOST_TEST(threat.scoring.empty());
    BOOST_TEST((threat.status == ThreatStatus::identified));
    BOOST_TEST(item.pointer.empty());
    BOOST_TEST(item.reason.empty());
    BOOST_TEST(!item.occurred_at);
}

BOOST_AUTO_TEST_CASE(a_threat_with_every_field) {
    const Item item = parse_identify_threat(
        R"({"external_id":"X-1","comments":"co","status":"accepted","impact":5,"likelihood":1,)"
        R"("severity":"low","element_name":"Login","element_id":"node-7","diagram":"Checkout",)"
        R"("category":"c","description":"d","name":"n","reason":"why","on_behalf_of":"Ada"})");
    const auto threat = change_of<IdentifyThreat>(item);
    const ThreatTexts texts{{"n", "d", "c", "Checkout", "node-7", "Login", "co", "X-1"}};
    BOOST_TEST((threat.texts == texts));
    BOOST_TEST((threat.scoring.severity == std::optional(std::optional(Severity::low))));
    BOOST_TEST((threat.scoring.likelihood == std::optional(std::optional<std::uint8_t>(1))));
    BOOST_TEST((threat.scoring.impact == std::optional(std::optional<std::uint8_t>(5))));
    BOOST_TEST((threat.status == ThreatStatus::accepted));
    BOOST_TEST(item.reason == "why");
    BOOST_TEST(item.on_behalf_of == "Ada");
}

BOOST_AUTO_TEST_CASE(null_is_absent_in_a_new_object) {
    const Item item = parse_identify_threat(
        R"({"name":"n","description":null,"category":null,"diagram":null,"element_id":null,)"
        R"("element_name":null,"severity":null,"likelihood":null,"impact":null,"status":null,)"
        R"("comments":null,"external_id":null,"reason":null,"on_behalf_of":null})");
    const auto threat = change_of<IdentifyThreat>(item);
    ThreatTexts texts;
    texts.set(ThreatField::name, "n");
    BOOST_TEST((threat.texts == texts));
    BOOST_TEST(threat.scoring.empty());
    BOOST_TEST((threat.status == ThreatStatus::identified));

    const auto mitigation = change_of<ProposeMitigation>(parse_propose_mitigation(
        R"({"name":"n","status":null,"threat_ids":null,"diagram":null,"element_id":null})"));
    BOOST_TEST((mitigation.scope == CoverageScope{}));
    BOOST_TEST((mitigation.status == MitigationStatus::proposed));

    const auto product = change_of<RegisterProduct>(
        parse_register_product(R"({"name":"n","status":null,"owner_email":null})"));
    BOOST_TEST(product.texts[ProductField::status].empty());
}

BOOST_AUTO_TEST_CASE(an_ensured_product_has_the_key_and_by_default_its_name) {
    const auto texts_of = [](std::string_view body) {
        return change_of<EnsureProduct>(parse_ensure_product(body, "git/shop")).product.texts;
    };
    ProductTexts least;
    least.set(ProductField::name, "git/shop");
    least.set(ProductField::external_id, "git/shop");
    for (const char* body :
         {"", "{}", R"({"external_id":"git/shop"})", R"({"external_id":null})"}) {
        BOOST_TEST((texts_of(body) == least), body);
    }
    const ProductTexts named = texts_of(R"({"status":"testing","name":"Shop"})");
    BOOST_TEST(named[ProductField::name] == "Shop");
    BOOST_TEST(named[ProductField::status] == "testing");
    BOOST_TEST(named[ProductField::external_id] == "git/shop");
    check_unacceptable([&] { texts_of(R"({"external_id":"git/shops"})"); }, "/external_id");
    check_unacceptable([&] { texts_of(R"({"external_id":""})"); }, "/external_id");
    check_unacceptable([&] { texts_of(R"({"name":null})"); }, "/name");
    check_unacceptable([&] { texts_of(R"({"name":" "})"); }, "/name");
    check_unacceptable([&] { texts_of(R"({"nam":"x"})"); }, "/nam");
    BOOST_CHECK(kind_of([&] { texts_of(" "); }) == RefusalKind::malformed);
    BOOST_CHECK(kind_of([&] { texts_of("[]"); }) == RefusalKind::unacceptable);
}

BOOST_AUTO_TEST_CASE(texts_are_measured_in_code_points_and_kept_as_they_are) {
    const std::string shield = "\xf0\x9f\x9b\xa1";
    for (const auto& [field, points] : std::vector<std::pair<std::string, std::size_t>>{
             {"name", 500}, {"description", 10'000}, {"comments", 10'000}, {"category", 500}}) {
        const std::string text = repeated(shield, points);
        const auto threat =
            change_of<IdentifyThreat>(parse_identify_threat(with_text(field, text)));
        BOOST_TEST(threat.texts[parse_name<ThreatField>(field).value()] == text);
    }
    const auto escaped = change_of<IdentifyThreat>(
        parse_identify_threat(R"({"name":"\ud83d\udee1 a\nb\tc \"q\" \\ \u00a0"})"));
    BOOST_TEST(escaped.texts[ThreatField::name] == shield + " a\nb\tc \"q\" \\ \xc2\xa0");

    const Item item =
        parse_identify_threat(R"({"name":"n","reason":")" + repeated(shield, 1'000) +
                              R"(","on_behalf_of":")" + repeated(shield, 200) + R"("})");
    BOOST_TEST(item.reason.size() == 4'000U);
    BOOST_TEST(item.on_behalf_of.size() == 800U);
}

// The fast check examines eight bytes at a time: every character is tested at every offset.
BOOST_AUTO_TEST_CASE(control_characters_are_found_at_any_position) {
    for (unsigned character = 1; character < 0x80; ++character) {
        const bool is_allowed = character == '\n' || character == '\t' ||
                                character == '\r' ||  // becomes a newline
                                (character >= 0x20 && character != 0x7f);
        for (std::size_t place = 0; place < 17; ++place) {
            std::string text(17, 'a');
            text[place] = static_cast<char>(character);
            const auto refusal = refused([&] { checked_reason(text, "reason"); });
            BOOST_TEST(refusal.has_value() != is_allowed,
                       "character " << character << " at " << place);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_change_distinguishes_absent_and_cleared_fields) {
    const Item item = parse_change_threat(
        R"({"name":"m","comments":null,"severity":null,"likelihood":2,"status":"mitigated"})", 7);
    const auto threat = change_of<ChangeThreat>(item);
    BOOST_TEST(threat.threat_id == 7U);
    BOOST_TEST((threat.changes[ThreatField::name] == std::optional<std::string_view>("m")));
    BOOST_TEST((threat.changes[ThreatField::comments] == std::optional<std::string_view>("")));
    BOOST_TEST(!threat.changes[ThreatField::description]);
    BOOST_REQUIRE(threat.scoring.severity);
    BOOST_TEST(!*threat.scoring.severity);
    BOOST_TEST((threat.scoring.likelihood == std::optional(std::optional<std::uint8_t>(2))));
    BOOST_TEST(!threat.scoring.impact);
    BOOST_TEST((threat.status == std::optional(ThreatStatus::mitigated)));
    BOOST_TEST(!threat.from);
}

BOOST_AUTO_TEST_CASE(an_empty_change_is_accepted) {
    const auto threat = change_of<ChangeThreat>(parse_change_threat("{}", 1));
    BOOST_TEST(threat.changes.empty());
    BOOST_TEST(threat.scoring.empty());
    BOOST_TEST(!threat.status);
    const auto mitigation = change_of<ChangeMitigation>(parse_change_mitigation("{}", 1));
    BOOST_TEST(mitigation.changes.empty());
    BOOST_TEST(mitigation.scope.empty());
    BOOST_TEST(change_of<DescribeProduct>(parse_describe_product("{}")).changes.empty());
}

BOOST_AUTO_TEST_CASE(a_mitigation_with_every_field) {
    const auto mitigation = change_of<ProposeMitigation>(parse_propose_mitigation(
        R"({"name":"n","description":"d","category":"c","status":"verified",)"
        R"("threat_ids":[9007199254740991,3,1,2],"diagram":"D","element_id":"e",)"
        R"("comments":"co","external_id":"X"})"));
    const MitigationTexts texts{{"n", "d", "c", "co", "X"}};
    BOOST_TEST((mitigation.texts == texts));
    BOOST_TEST((mitigation.status == MitigationStatus::verified));
    const CoverageScope scope{{1, 2, 3, 9'007'199'254'740'991U}, "D", "e"};
    BOOST_TEST((mitigation.scope == scope));
    BOOST_TEST(!mitigation.mitigation_id);
}

BOOST_AUTO_TEST_CASE(a_mitigation_may_name_a_thousand_threats) {
    std::string ids;
    for (int id = 1'000; id >= 1; --id) {
        ids += std::to_string(id) + (id > 1 ? "," : "");
    }
    const auto mitigation = change_of<ProposeMitigation>(
        parse_propose_mitigation(R"({"name":"n","threat_ids":[)" + ids + "]}"));
    BOOST_REQUIRE(mitigation.scope.threat_ids.size() == 1'000U);
    BOOST_TEST(mitigation.scope.threat_ids.front() == 1U);
    BOOST_TEST(mitigation.scope.threat_ids.back() == 1'000U);
}

BOOST_AUTO_TEST_CASE(the_scope_of_a_mitigation_changes_by_its_parts) {
    const auto mitigation = change_of<ChangeMitigation>(parse_change_mitigation(
        R"({"threat_ids":null,"element_id":null,"status":"retired","category":null})", 9));
    BOOST_TEST(mitigation.mitigation_id == 9U);
    BOOST_REQUIRE(mitigation.scope.threat_ids);
    BOOST_TEST(mitigation.scope.threat_ids->empty());
    BOOST_TEST(!mitigation.scope.diagram);
    BOOST_TEST((mitigation.scope.element_id == std::optional<std::string>("")));
    BOOST_TEST((mitigation.status == std::optional(MitigationStatus::retired)));
    BOOST_TEST(
        (mitigation.changes[MitigationField::category] == std::optional<std::string_view>("")));

    for (const BadBody& bad : std::vector<BadBody>{{R"({"name":null})", "/name"},
                                                   {R"({"status":null})", "/status"},
                                                   {R"({"threat_ids":[2,2]})", "/threat_ids/1"},
                                                   {R"({"element_name":"e"})", "/element_name"}}) {
        check_unacceptable([&] { parse_change_mitigation(bad.body, 1); }, bad.pointer);
    }
}

BOOST_AUTO_TEST_CASE(a_product_with_every_field) {
    const auto product = change_of<RegisterProduct>(parse_register_product(
        R"({"name":"n","description":"d","status":"production","business_area":"b",)"
        R"("owner_name":"o","owner_email":"o@e","repository_url":"r","application_url":"a",)"
        R"("confluence_url":"c","external_id":"x"})"));
    const ProductTexts texts{{"n", "d", "production", "b", "o", "o@e", "r", "a", "c", "x"}};
    BOOST_TEST((product.texts == texts));
}

BOOST_AUTO_TEST_CASE(the_details_of_a_product_may_be_cleared_but_not_its_name) {
    const auto product = change_of<DescribeProduct>(parse_describe_product(
        R"({"status":null,"owner_name":null,"description":"d","external_id":null})"));
    BOOST_TEST((product.changes[ProductField::external_id] == std::optional<std::string_view>("")));
    BOOST_TEST((product.changes[ProductField::status] == std::optional<std::string_view>("")));
    BOOST_TEST((product.changes[ProductField::owner_name] == std::optional<std::string_view>("")));
    BOOST_TEST(
        (product.changes[ProductField::description] == std::optional<std::string_view>("d")));
    BOOST_TEST(!product.changes[ProductField::name]);
    check_unacceptable([] { parse_describe_product(R"({"name":null})"); }, "/name");
    check_unacceptable([] { parse_describe_product(R"({"status":"dead"})"); }, "/status");
    check_unacceptable([] { parse_describe_product(R"({"external_id":""})"); }, "/external_id");
    check_unacceptable(
        [] {
            parse_register_product(R"({"name":"n","external_id":")" + repeated("x", 501) + "\"}");
        },
        "/external_id");
}

BOOST_AUTO_TEST_CASE(a_token) {
    const Item item = parse_issue_token(
        R"({"name":"ci","role":"gate","product_ids":[3,1],"expires_at":"2027-01-01T01:00:00+01:00",)"
        R"("reason":"new pipeline"})");
    const auto token = change_of<IssueToken>(item);
    BOOST_TEST(token.name == "ci");
    BOOST_TEST((token.role == Role::gate));
    BOOST_TEST((token.product_ids == std::optional(std::vector<ProductId>{1, 3})));
    BOOST_TEST((token.expires_at == parse_instant("2027-01-01T00:00:00Z")));
    BOOST_TEST(token.secret.empty());
    BOOST_TEST(item.reason == "new pipeline");

    const auto admin = change_of<IssueToken>(parse_issue_token(
        R"({"name":"root","role":"admin","product_ids":null,"expires_at":null})"));
    BOOST_TEST((admin.role == Role::admin));
    BOOST_TEST(!admin.product_ids);
    BOOST_TEST(!admin.expires_at);
}

BOOST_AUTO_TEST_CASE(line_ends_of_other_systems_become_newlines) {
    const Item threat = parse_identify_threat(
        R"({"name":"a\r\nb","description":"one\r\n\r\ntwo\rthree\nfour","reason":"r\r\n",)"
        R"("on_behalf_of":"\rAda","diagram":"d\u000d\u000a"})");
    const auto& texts = std::get<IdentifyThreat>(threat.change).texts;
    BOOST_TEST(texts[ThreatField::name] == "a\nb");
    BOOST_TEST(texts[ThreatField::description] == "one\n\ntwo\nthree\nfour");
    BOOST_TEST(texts[ThreatField::diagram] == "d\n");
    BOOST_TEST(threat.reason == "r\n");
    BOOST_TEST(threat.on_behalf_of == "\nAda");
    const auto change = change_of<ChangeMitigation>(
        parse_change_mitigation(R"({"element_id":"e\r","comments":"c\r\n"})", 1));
    BOOST_TEST(change.scope.element_id.value() == "e\n");
    BOOST_TEST(change.changes[MitigationField::comments].value() == "c\n");
    BOOST_TEST(
        change_of<IssueToken>(parse_issue_token(R"({"name":"a\r\nb","role":"gate"})")).name ==
        "a\nb");
    BOOST_TEST(checked_reason("a\r\nb\rc", "reason") == "a\nb\nc");
    BOOST_TEST(checked_on_behalf_of("a\r\nb", "on_behalf_of") == "a\nb");
    // The limit applies to the normalized text.
    const std::string long_text = repeated("a\\r\\n", 250);
    BOOST_TEST(
        std::get<IdentifyThreat>(parse_identify_threat(R"({"name":")" + long_text + R"("})").change)
            .texts[ThreatField::name]
            .size() == 500U);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_before_a_body_is_skipped) {
    const std::string mark = "\xEF\xBB\xBF";
    BOOST_TEST(std::get<IdentifyThreat>(parse_identify_threat(mark + R"({"name":"n"})").change)
                   .texts[ThreatField::name] == "n");
    const auto refusal = refused([&] { parse_identify_threat(mark + mark + R"({"name":"n"})"); });
    BOOST_REQUIRE(refusal);
    BOOST_TEST((refusal->kind() == RefusalKind::malformed));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_encoding_or_the_character) {
    using namespace std::string_literals;
    const auto detail = [](const std::string& body) {
        const auto refusal = refused([&] { parse_identify_threat(body); });
        BOOST_REQUIRE(refusal);
        return refusal->detail();
    };
    for (const std::string& body : {"\xFF\xFE{\0}\0"s, "{\0\"\0n\0"s, "\xFE\xFF\0{"s}) {
        BOOST_TEST(detail(body) == "Encode the body as UTF-8: it is UTF-16.");
    }
    BOOST_TEST(detail("{\"name\":\"a\0b\"}"s)
                   .starts_with("Remove the control character U+0000 (NUL) at byte 11"));
    BOOST_TEST(detail(R"({"name":"ab\u001b[0m"})")
                   .starts_with("At /name: Remove the control character U+001B, character 3 of the "
                                "text"));
}

BOOST_AUTO_TEST_CASE(the_parameters_of_a_delete_follow_the_same_rules) {
    BOOST_TEST(checked_reason("done\nwith", "reason") == "done\nwith");
    BOOST_TEST(checked_reason(repeated("\xc3\xa4", 1'000), "reason").size() == 2'000U);
    BOOST_TEST(checked_on_behalf_of("Ada", "on_behalf_of") == "Ada");
    const auto check = [](const std::optional<Refusal>& refusal, std::string_view parameter) {
        BOOST_REQUIRE(refusal);
        BOOST_TEST((refusal->kind() == RefusalKind::unacceptable));
        BOOST_REQUIRE(refusal->errors().size() == 1);
        BOOST_TEST((refusal->errors()[0].where == FieldError::Where::parameter));
        BOOST_TEST(refusal->errors()[0].name == parameter);
    };
    for (const std::string& text : {std::string(), std::string("\xff"), std::string("a\x0b"),
                                    std::string("a\0b", 3), repeated("a", 1'001)}) {
        check(refused([&] { checked_reason(text, "reason"); }), "reason");
    }
    check(refused([] { checked_on_behalf_of(repeated("a", 201), "on_behalf_of"); }),
          "on_behalf_of");
}

BOOST_AUTO_TEST_SUITE_END()
