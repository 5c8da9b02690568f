// Answers about the log itself.

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "replay/commands.hpp"
#include "replay/past.hpp"
#include "replay/transactions.hpp"

namespace threatatlas::replay {
namespace {

constexpr std::array<GridColumn, 8> event_columns{{
    {.title = "position", .pointer = "/position", .right_aligned = true},
    {.title = "time", .pointer = "/time"},
    {.title = "type", .pointer = "/type"},
    {.title = "source", .pointer = "/source"},
    {.title = "subject", .pointer = "/subject"},
    {.title = "actor", .pointer = "/actor"},
    {.title = "reason", .pointer = "/reason"},
    {.title = "data", .pointer = "/data", .for_people = false},
}};

constexpr std::array<GridColumn, 9> stats_columns{{
    {.title = "events", .pointer = "/events"},
    {.title = "transactions", .pointer = "/transactions"},
    {.title = "products", .pointer = "/products"},
    {.title = "first time", .pointer = "/first_time"},
    {.title = "last time", .pointer = "/last_time"},
    {.title = "line bytes", .pointer = "/line_bytes/total"},
    {.title = "shortest line", .pointer = "/line_bytes/shortest"},
    {.title = "longest line", .pointer = "/line_bytes/longest"},
    {.title = "directory bytes", .pointer = "/directory_bytes"},
}};

constexpr std::array<GridColumn, 2> type_columns{{
    {.title = "type", .pointer = "/0"},
    {.title = "events", .pointer = "/1", .right_aligned = true},
}};

constexpr std::array<GridColumn, 8> product_columns{{
    {.title = "product", .pointer = "/product_id", .right_aligned = true},
    {.title = "name", .pointer = "/name"},
    {.title = "external id", .pointer = "/external_id"},
    {.title = "events", .pointer = "/events", .right_aligned = true},
    {.title = "line bytes", .pointer = "/line_bytes", .right_aligned = true},
    {.title = "first time", .pointer = "/first_time"},
    {.title = "last time", .pointer = "/last_time"},
    {.title = "archived", .pointer = "/archived"},
}};

struct ProductStats {
    events::ProductTexts texts;
    std::uint64_t events = 0;
    std::uint64_t line_bytes = 0;
    base::Instant first_time{};
    base::Instant last_time{};
    bool archived = false;
};

class Stats {
  public:
    void add(const ReplayedTransaction& transaction) {
        ++transactions_;
        for (std::size_t i = 0; i < transaction.events.size(); ++i) {
            add_event(transaction.events[i], transaction.line_bytes[i]);
        }
        if (transaction.product != 0) {
            products_[transaction.product].last_time = transaction.time;
        }
        if (transactions_ == 1) {
            first_time_ = transaction.time;
        }
        last_time_ = transaction.time;
    }

    std::string json(std::optional<std::uintmax_t> directory_bytes) const {
        std::string text;
        base::JsonWriter json(text);
        json.begin_object();
        json.key("events").number(events_);
        json.key("transactions").number(transactions_);
        json.key("products").number(products_.size());
        json.key("first_time").string_or_null(shown_time(first_time_));
        json.key("last_time").string_or_null(shown_time(last_time_));
        json.key("line_bytes").begin_object();
        json.key("total").number(line_bytes_);
        json.key("shortest").number(shortest_);
        json.key("longest").number(longest_);
        json.end_object();
        json.key("directory_bytes");
        directory_bytes ? json.number(*directory_bytes) : json.null();
        write_types(json.key("by_type"));
        write_products(json.key("by_product"));
        json.end_object();
        return text;
    }

  private:
    void add_event(const events::Event& event, std::size_t bytes) {
        shortest_ = events_ == 0 ? bytes : std::min<std::uint64_t>(shortest_, bytes);
        longest_ = std::max<std::uint64_t>(longest_, bytes);
        line_bytes_ += bytes;
        ++events_;
        ++by_type_[event.data.index()];
        if (event.product_id == 0) {
            return;
        }
        ProductStats& product = products_[event.product_id];
        ++product.events;
        product.line_bytes += bytes;
        if (const auto* registered = std::get_if<events::ProductRegistered>(&event.data)) {
            product.texts = registered->texts;
            product.first_time = event.time;
        } else if (const auto* described = std::get_if<events::ProductDescribed>(&event.data)) {
            described->changes.apply_to(product.texts);
        } else if (event.type() == events::EventType::product_archived) {
            product.archived = true;
        }
    }

    std::string shown_time(base::Instant time) const {
        return events_ == 0 ? std::string() : base::format_instant(time);
    }

    void write_types(base::JsonWriter& json) const {
        json.begin_object();
        for (std::size_t i = 0; i < by_type_.size(); ++i) {
            if (by_type_[i] > 0) {
                json.key(events::names_of<events::EventType>()[i]).number(by_type_[i]);
            }
        }
        json.end_object();
    }

    void write_products(base::JsonWriter& json) const {
        json.begin_array();
        for (const auto& [id, product] : products_) {
            json.begin_object();
            json.key("product_id").number(id);
            json.key("name").string(product.texts[events::ProductField::name]);
            json.key("external_id")
                .string_or_null(product.texts[events::ProductField::external_id]);
            json.key("events").number(product.events);
            json.key("line_bytes").number(product.line_bytes);
            json.key("first_time").string(base::format_instant(product.first_time));
            json.key("last_time").string(base::format_instant(product.last_time));
            json.key("archived").boolean(product.archived);
            json.end_object();
        }
        json.end_array();
    }

    std::uint64_t events_ = 0;
    std::uint64_t transactions_ = 0;
    std::uint64_t line_bytes_ = 0;
    std::uint64_t shortest_ = 0;
    std::uint64_t longest_ = 0;
    base::Instant first_time_{};
    base::Instant last_time_{};
    std::array<std::uint64_t, std::variant_size_v<events::EventData>> by_type_{};
    std::map<ProductId, ProductStats> products_;
};

std::uintmax_t bytes_in(const std::filesystem::path& directory) {
    std::uintmax_t bytes = 0;
    // A running server may delete files at any time.
    std::error_code gone;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, gone)) {
        const auto size = entry.is_regular_file(gone) ? entry.file_size(gone) : 0;
        bytes += gone ? 0 : size;
    }
    return bytes;
}

void write_stats_for_people(const Question& question, const std::string& json) {
    const auto stats = nlohmann::ordered_json::parse(json);
    write_record(question.output, question.format, stats_columns, json);
    question.output.write("\n");
    GridWriter types(question.output, question.format, type_columns);
    for (const auto& [type, events] : stats["by_type"].items()) {
        types.add(nlohmann::ordered_json::array({type, events}).dump());
    }
    types.finish();
    question.output.write("\n");
    GridWriter products(question.output, question.format, product_columns);
    for (const auto& product : stats["by_product"]) {
        products.add(product.dump());
    }
    products.finish();
}

}  // namespace

ExitCode answer_events(const Question& question) {
    const Options& options = question.options;
    const base::Instant begin = options.from ? *options.from->until : base::Instant::min();
    const base::Instant end = options.to ? *options.to->until : base::Instant::max();
    EventStream stream(question.source);
    GridWriter writer(question.output, question.format, event_columns);
    while (stream.next() && stream.event().time <= end) {
        const events::Event& event = stream.event();
        const bool of_type = options.types.empty() ||
                             std::find(options.types.begin(), options.types.end(), event.type()) !=
                                 options.types.end();
        const bool of_product = options.product == 0 || options.product == event.product_id;
        if (of_type && of_product && event.time >= begin) {
            writer.add(stream.line());
        }
    }
    writer.finish();
    return ExitCode::fine;
}

ExitCode answer_stats(const Question& question) {
    const Cut& cut = question.options.cut;
    TransactionStream stream(question.source, std::nullopt);
    Stats stats;
    const ReplayedTransaction* transaction = stream.next();
    for (; transaction != nullptr && cut.takes_in(*transaction); transaction = stream.next()) {
        stats.add(*transaction);
    }
    resolve_moment(cut, stream, question.wall_clock);
    const auto json =
        stats.json(question.options.data.empty() ? std::nullopt
                                                 : std::optional(bytes_in(question.options.data)));
    if (question.format == Format::table || question.format == Format::md) {
        write_stats_for_people(question, json);
    } else {
        write_record(question.output, question.format, stats_columns, json);
    }
    return ExitCode::fine;
}

ExitCode export_lines(const Question& question) {
    EventStream stream(question.source);
    while (stream.next()) {
        question.output.write(stream.line());
        question.output.write("\n");
    }
    // Written beside the export, so that the lines can be checked against it later.
    const std::string checkpoint = question.source.checkpoint();
    if (question.output.is_file() && !checkpoint.empty()) {
        Output beside(question.options.output + std::string(checkpoint_ending));
        beside.write(checkpoint);
        beside.finish();
    }
    return ExitCode::fine;
}

}  // namespace threatatlas::replay
