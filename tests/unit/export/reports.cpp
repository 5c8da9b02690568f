#include "unit/export/reports.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/sha.h>
#include <zip.h>

#include "events/event_line.hpp"

namespace threatatlas::testing {
namespace {

const std::filesystem::path source = THREATATLAS_SOURCE_DIRECTORY;

template <class Field, std::size_t count>
void fill(events::Texts<Field, count>& texts, const std::string& text) {
    for (std::size_t i = 0; i < count; ++i) {
        texts.set_at(i, text);
    }
}

}  // namespace

std::vector<events::Event> sample_events() {
    std::ifstream lines(source / "samples" / "payments-api.ndjson");
    std::vector<events::Event> events;
    events::LineReader reader;
    for (std::string line; std::getline(lines, line);) {
        events.push_back(reader.read(line));
    }
    return events;
}

query::ReportInputs collect(const std::vector<events::Event>& events, ProductId product,
                            std::optional<base::Instant> as_of, bool known) {
    query::ReportCollector collector(product, known ? as_of : std::nullopt);
    for (const events::Event& event : events) {
        if (event.product_id == product && (!as_of || event.time <= *as_of)) {
            collector.add(event);
        }
    }
    return collector.finish(as_of);
}

query::ReportInputs sample_inputs() {
    return collect(sample_events(), 1, base::parse_as_of("2026-03-31"), true);
}

EventMaker& EventMaker::add(events::EventData data) {
    events::Event event;
    event.position = events_.size() + 1;
    event.time = time_;
    event.id = fmt::format("019b0000-0000-7000-8000-{:012}", event.position);
    event.product_id = 1;
    event.actor = actor_;
    event.on_behalf_of = on_behalf_of_;
    event.reason = reason_;
    event.data = std::move(data);
    events_.push_back(std::move(event));
    return wait(std::chrono::hours{1});
}

EventMaker& EventMaker::accept(AcceptanceId id, std::vector<ThreatId> threats,
                               std::vector<std::optional<events::Severity>> severities,
                               std::string_view last_day) {
    events::AcceptanceRequested request;
    request.acceptance_id = id;
    request.threat_ids = std::move(threats);
    request.severities = severities;
    request.texts.set(events::AcceptanceField::justification, fmt::format("Justification {}", id));
    request.valid_until = base::parse_day(last_day).value();
    add(request);
    return add(events::AcceptanceApproved{id, std::move(severities), {}, {}});
}

EventMaker& EventMaker::by(std::string actor, std::string on_behalf_of, std::string reason) {
    actor_ = std::move(actor);
    on_behalf_of_ = std::move(on_behalf_of);
    reason_ = std::move(reason);
    return *this;
}

events::Policy web_baseline() {
    using events::RuleKind;
    using events::RuleMode;
    using events::Severity;
    events::Policy policy;
    policy.texts.set(events::PolicyField::title, "Web applications");
    policy.rules = {
        {.kind = RuleKind::max_threats, .severity = Severity::critical},
        {.kind = RuleKind::max_threats, .severity = Severity::medium, .limit = 3},
        {.kind = RuleKind::max_unmitigated, .severity = Severity::high, .limit = 2},
        {.kind = RuleKind::max_unmitigated,
         .severity = Severity::high,
         .limit = 1,
         .mode = RuleMode::warn},
        {.kind = RuleKind::min_mitigation_ratio, .ratio = *events::parse_ratio("0.5")},
        {.kind = RuleKind::max_unscored, .mode = RuleMode::warn},
        {.kind = RuleKind::min_threats, .limit = 3},
        {.kind = RuleKind::max_open_days, .severity = Severity::high, .limit = 54},
        {.kind = RuleKind::max_open_days, .severity = Severity::medium, .limit = 90},
        {.kind = RuleKind::max_accepted},
        {.kind = RuleKind::max_days_since_review, .limit = 7, .mode = RuleMode::warn},
    };
    return policy;
}

EventMaker policy_maker() {
    using events::Severity;
    using events::ThreatStatus;
    EventMaker maker;
    events::ProductRegistered product;
    product.texts.set(events::ProductField::name, "Shop");
    maker.add(product);
    ThreatId id = 0;
    const auto add = [&](std::string_view name, std::optional<Severity> severity,
                         ThreatStatus status) {
        events::ThreatIdentified threat;
        threat.threat_id = ++id;
        threat.texts.set(events::ThreatField::name, std::string(name));
        threat.scoring.severity = severity;
        threat.status = status;
        maker.add(threat);
    };
    add("Spoofing", Severity::critical, ThreatStatus::identified);
    add("Tampering", Severity::high, ThreatStatus::in_progress);
    add("Repudiation", Severity::medium, ThreatStatus::identified);
    add("Disclosure", Severity::medium, ThreatStatus::mitigated);
    add("Flooding", std::nullopt, ThreatStatus::identified);
    add("Elevation", Severity::high, ThreatStatus::identified);
    add("Logging", Severity::low, ThreatStatus::identified);
    maker.by("editor#2", "Jonas", "Needed for the release")
        .accept(1, {6}, {Severity::high}, "2026-06-30");
    maker.by("admin#1", "Petra", "New standard").add(events::PolicyAssigned{"web-baseline", false});
    maker.wait(std::chrono::days{40});
    maker.by("admin#1", "", "").add(events::PolicyAssigned{"web-baseline", true});
    maker.by("editor#2", "Jonas", "Yearly").add(events::ProductReviewed{"Complete | as it is"});
    return maker;
}

void apply_policy(query::ReportInputs& inputs, const events::Policy& definition,
                  const query::PolicyChoice& choice) {
    query::ProductAt& product = inputs.model.product;
    query::apply_policies(product, product.policy, choice, inputs.as_of, [&](const std::string&) {
        return std::optional(projections::PolicyVersion{
            .definition = definition, .version = 3, .defined_at = {}, .defined_by = "admin#1"});
    });
    product.applied.threats = query::rated_threats(inputs.model);
}

query::ReportInputs policy_inputs(std::string_view as_of) {
    auto inputs = collect(policy_maker().events(), 1, base::parse_as_of(as_of), true);
    apply_policy(inputs, web_baseline());
    return inputs;
}

query::ReportInputs inputs_full_of(const std::string& text) {
    EventMaker maker;
    maker.by(text, text, text);
    events::ProductRegistered product;
    fill(product.texts, text);
    product.texts.set(events::ProductField::status, "testing");
    maker.add(product).wait(std::chrono::days{20});
    ThreatId id = 0;
    for (const events::ThreatStatus status :
         {events::ThreatStatus::identified, events::ThreatStatus::mitigated,
          events::ThreatStatus::accepted, events::ThreatStatus::not_applicable,
          events::ThreatStatus::in_progress}) {
        events::ThreatIdentified threat;
        threat.threat_id = ++id;
        fill(threat.texts, text);
        threat.status = status;
        threat.scoring = {events::Severity::high, std::uint8_t{3}, std::uint8_t{4}};
        maker.add(threat);
    }
    MitigationId mitigation_id = 0;
    for (const events::MitigationStatus status :
         {events::MitigationStatus::implemented, events::MitigationStatus::proposed}) {
        events::MitigationProposed mitigation;
        mitigation.mitigation_id = ++mitigation_id;
        fill(mitigation.texts, text);
        mitigation.status = status;
        mitigation.scope = {{}, text, text};
        maker.add(mitigation);
    }
    maker.wait(std::chrono::days{20});
    events::AcceptanceRequested request;
    request.acceptance_id = 1;
    request.threat_ids = {1, 3};
    request.severities = {events::Severity::high, events::Severity::high};
    fill(request.texts, text);
    request.valid_until = *base::parse_day("2026-12-31");
    request.while_mitigations = {1};
    maker.add(request);
    maker.add(events::AcceptanceApproved{1, request.severities, {}, text});
    events::ThreatDescribed described;
    described.threat_id = 1;
    described.changes.set(events::ThreatField::name, text + text);
    maker.add(described);
    return collect(maker.events(), 1, std::nullopt, false);
}

const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts{
        "a | b",
        "`code` and ``` fences",
        "](https://evil.example) [link](x) ![i](x)",
        "<script>alert(1)</script><!-- --><img src=x onerror=y>",
        "]]> <![CDATA[ &amp; &#60;b&#62;",
        "=cmd|' /C calc'!A0",
        "\u202Eevil\u202D \u2066x \u2069\u2069",
        "😀 e\u0301\u0301\u0301 \u200D שלום مرحبا",
        "one\ntwo\n\n# three\n- four\n| five | six |\n---\n\tseven",
        "\\| \\\\| \\",
        "\"quoted\", 'too'",
        "</w:t></w:r></w:p></td></tr></table></bdi>",
        "\uFFFE\uFFFF\uFFFD",
        "x;=cmd|' /C calc'!A0;y",
        "a\t=1+1\t+2\t\t@SUM(1)",
        "a|-1+1|\"=1+1\"|b",
        "a;\"\"=1+1\"\";\"=2\";\";=3",
        " =1+1;\u00A0 =2;\uFEFF@SUM(1);\u3000-3",
        "\uFF1D1+1;\uFF0B2;\uFF0D3;\uFF20SUM(1)",
        "a\u2028=1+1\u2029+2",
        "a,=1+1,\" =2\",b",
        "www.evil.example https://evil.example $x$ @all #1 ~~a~~ **b** __c__ {d}",
    };
    return texts;
}

std::string written(const query::ReportInputs& inputs, std::string_view form_word,
                    const projections::Thresholds& thresholds) {
    const exports::ReportForm* const form = exports::report_form_for(form_word);
    if (form == nullptr) {
        throw std::runtime_error("there is no such form");
    }
    return form->write(exports::make_report_view(inputs, thresholds));
}

exports::StatusView status_of(const query::ProductModel& model,
                              const projections::Thresholds& thresholds,
                              exports::ModelPath model_path) {
    exports::StatusCollector collector(model.product, thresholds, std::move(model_path));
    for (const auto& [id, threat] : model.threats) {
        collector.add(model.view(id));
    }
    return collector.finish();
}

std::string readable(const std::string& bytes, std::string_view form_word) {
    if (form_word == "docx") {
        std::string text;
        for (const auto& [name, contents] : read_zip(bytes)) {
            text += contents;
        }
        return text;
    }
    if (form_word == "md") {
        std::string text;
        std::copy_if(bytes.begin(), bytes.end(), std::back_inserter(text),
                     [](char c) { return c != '\\'; });
        return text;
    }
    return bytes;
}

std::string digest_of(const std::string& bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return fmt::format("{:02x}", fmt::join(digest, ""));
}

std::string golden(const std::string& name, const std::string& now) {
    const auto path = source / "tests" / "unit" / "export" / "golden" / name;
    if (std::getenv("THREATATLAS_WRITE_GOLDEN") != nullptr) {
        std::ofstream(path, std::ios::binary) << now;
    }
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<std::pair<std::string, std::string>> read_zip(const std::string& bytes) {
    zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
    zip_t* const archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
    if (archive == nullptr) {
        zip_source_free(source);
        throw std::runtime_error("not an archive");
    }
    std::vector<std::pair<std::string, std::string>> files;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
        zip_stat_t about;
        zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &about);
        std::string contents(about.size, '\0');
        zip_file_t* const file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
        const auto read = zip_fread(file, contents.data(), contents.size());
        const bool is_whole = read == static_cast<zip_int64_t>(contents.size());
        files.emplace_back(about.name, std::move(contents));
        if (zip_fclose(file) != 0 || !is_whole) {
            throw std::runtime_error("a file of the archive is broken");
        }
    }
    zip_discard(archive);
    return files;
}

std::vector<std::string> spreadsheet_cells(std::string_view text, std::string_view separators) {
    const std::string ends = std::string(separators) + "\r\n";
    std::vector<std::string> cells;
    while (!text.empty()) {
        std::string& cell = cells.emplace_back();
        if (text.starts_with('"')) {
            text.remove_prefix(1);
            for (; !text.empty() && (!text.starts_with('"') || text.starts_with("\"\""));
                 text.remove_prefix(1)) {
                text.remove_prefix(text.starts_with('"') ? 1 : 0);
                cell += text.front();
            }
            text.remove_prefix(text.empty() ? 0 : 1);
        }
        const auto end = std::min(text.find_first_of(ends), text.size());
        cell += text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return cells;
}

bool is_formula(std::string_view cell) {
    const auto take = [&](std::initializer_list<std::string_view> any) {
        for (const std::string_view one : any) {
            if (cell.starts_with(one)) {
                cell.remove_prefix(one.size());
                return true;
            }
        }
        return false;
    };
    while (take({" ", "\"", "\t", "\r", "\n", "\u00A0", "\u3000", "\uFEFF"})) {
    }
    return take({"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"});
}

std::vector<std::vector<std::string>> read_csv(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    const auto take = [&](std::string_view expected) {
        if (!text.starts_with(expected)) {
            throw std::runtime_error("not CSV at: " + std::string(text.substr(0, 40)));
        }
        text.remove_prefix(expected.size());
    };
    while (!text.empty()) {
        auto& row = rows.emplace_back();
        for (bool more = true; more;) {
            std::string& cell = row.emplace_back();
            if (text.starts_with('"')) {
                take("\"");
                for (; !text.starts_with('"') || text.starts_with("\"\""); text.remove_prefix(1)) {
                    if (text.starts_with('"')) {
                        text.remove_prefix(1);
                    }
                    if (text.empty()) {
                        throw std::runtime_error("a quoted cell does not end");
                    }
                    cell += text.front();
                }
                take("\"");
            } else {
                const auto end = std::min(text.find_first_of(",\"\r\n"), text.size());
                cell = text.substr(0, end);
                text.remove_prefix(end);
            }
            more = text.starts_with(',');
            if (more) {
                take(",");
            }
        }
        take("\r\n");
    }
    return rows;
}

}  // namespace threatatlas::testing
