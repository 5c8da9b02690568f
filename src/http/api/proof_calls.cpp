// Checkpoints, the tiles of the log's Merkle tree, proofs, and the public keys.

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.hpp"
#include "base/json_writer.hpp"
#include "events/event_log.hpp"
#include "events/log_tree.hpp"
#include "http/api/call.hpp"
#include "http/api/calls.hpp"
#include "http/api/request_query.hpp"
#include "tlog/proof_file.hpp"
#include "tlog/tile.hpp"

namespace threatatlas::api {
namespace {

constexpr const char* text_type = "text/plain; charset=utf-8";
constexpr const char* bytes_type = "application/octet-stream";
constexpr const char* pem_type = "application/x-pem-file";

// Private because of the token; immutable because tiles never change.
constexpr const char* kept_for_good = "private, max-age=31536000, immutable";

net::Rejection no_tile() {
    return net::Rejection(
        {.status = 404,
         .detail = "No such tile. The size in GET /checkpoint determines which tiles exist."});
}

// Tiles reveal the activity of all products.
void require_all_products(const Call& call) {
    if (call.bearer().product_ids) {
        throw net::Rejection({.status = 403,
                              .detail =
                                  "Entries and tiles of the log concern every product: use a "
                                  "token for all products. For the events of one product, use GET "
                                  "/api/products/{id}/events/{position}/proof."});
    }
}

std::string read_tile(const store::ReadView& view, unsigned level, const tlog::TileName& name) {
    constexpr unsigned levels = 64 / tlog::tile_height;
    auto bytes = level < levels ? view.get(store::Table::tiles, events::tile_key(level, name.index))
                                : std::optional<std::string>();
    if (!bytes || bytes->size() < name.width * base::digest_bytes) {
        throw no_tile();
    }
    bytes->resize(name.width * base::digest_bytes);
    return *std::move(bytes);
}

std::string read_entries(const store::ReadView& view, const tlog::TileName& name) {
    const Position before = name.index > store::last_position(view) ? store::last_position(view)
                                                                    : name.index * tlog::tile_width;
    std::string bundle;
    unsigned entries = 0;
    events::scan_lines(view, before + 1, [&](Position, std::string_view line) {
        tlog::append_entry(bundle, line);
        return ++entries < name.width;
    });
    if (entries < name.width) {
        throw no_tile();
    }
    return bundle;
}

// Reads nodes of the tree with `size` events. `view` must outlive the reader.
tlog::NodeReader nodes_in(const store::ReadView& view, std::uint64_t size) {
    return tlog::nodes_of_tiles(size, events::stored_tiles(view));
}

std::shared_ptr<const events::SealedLog> cosigned_of(const Call& call) {
    const ops::Witnesses* const witnesses = call.services.backend.witnesses();
    return witnesses == nullptr ? nullptr : witnesses->cosigned();
}

// The newest checkpoint that the witness has cosigned. Throws Rejection: 422 if there is no such
// witness, 404 if it has cosigned none.
std::shared_ptr<const events::SealedLog> cosigned_by(const Call& call, std::string_view name) {
    const ops::Witnesses* const witnesses = call.services.backend.witnesses();
    const auto states =
        witnesses == nullptr ? std::vector<ops::WitnessState>() : witnesses->states();
    std::shared_ptr<const events::SealedLog> newest;
    std::vector<std::string_view> names;
    for (const ops::WitnessState& state : states) {
        names.push_back(state.name);
        // While a witness changes its key, it is listed twice.
        if (state.name == name && state.cosigned &&
            (!newest || state.cosigned->checkpoint.size > newest->checkpoint.size)) {
            newest = state.cosigned;
        }
    }
    if (names.empty()) {
        throw bad_parameter("witness", "This log has no witnesses. Omit the parameter.");
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw bad_parameter("witness", fmt::format("No witness has this name. Use one of: {}.",
                                                   fmt::join(names, ", ")));
    }
    if (!newest) {
        throw net::Rejection({.status = 404,
                              .detail = fmt::format("No checkpoint that the witness {} cosigned is "
                                                    "stored. GET /readyz shows its state.",
                                                    name)});
    }
    return newest;
}

// The checkpoint to prove an event with: a cosigned one is preferred to a newer one.
std::shared_ptr<const events::SealedLog> checkpoint_over(const Call& call, Position position) {
    auto cosigned = cosigned_of(call);
    return cosigned && cosigned->checkpoint.size >= position ? cosigned
                                                             : call.engine().sequencer().sealed();
}

// Proves that the line at `position`, from 1 to the size of the checkpoint, is in the log. Throws
// ReadError if the line does not match the tree, rather than return an invalid proof.
tlog::ProofFile prove_line(const store::ReadView& view, Position position,
                           const events::SealedLog& sealed) {
    const auto line = events::line_at(view, position);
    const std::uint64_t index = position - 1;
    const std::uint64_t size = sealed.checkpoint.size;
    auto path = tlog::inclusion_proof(index, size, nodes_in(view, size));
    if (!line || !tlog::proves_inclusion(index, size, tlog::leaf_digest(*line), path,
                                         sealed.checkpoint.root)) {
        throw store::ReadError(
            fmt::format("the line at position {} does not match the log's Merkle tree: run "
                        "threatatlas-replay verify",
                        position));
    }
    return {.extra = *line, .index = index, .path = std::move(path), .checkpoint = sealed.note};
}

struct Sized {
    std::uint64_t size = 0;
    base::Digest root{};
};

void write_sized(base::JsonWriter& json, std::string_view key, const Sized& tree) {
    json.key(key).begin_object();
    json.key("size").number(tree.size);
    json.key("root").string(base::base64_of(tree.root));
    json.end_object();
}

void write_proof(base::JsonWriter& json, const std::vector<base::Digest>& proof) {
    json.key("proof").begin_array();
    for (const base::Digest& digest : proof) {
        json.string(base::base64_of(digest));
    }
    json.end_array();
}

}  // namespace

void get_checkpoint(Call& call) {
    const RequestQuery query(call.query, {});
    const auto sealed = call.engine().sequencer().sealed();
    const auto cosigned = cosigned_of(call);
    const bool is_cosigned = cosigned && cosigned->checkpoint == sealed->checkpoint;
    answer(call.response, is_cosigned ? cosigned->note : sealed->note, text_type);
}

void get_witnessed_checkpoint(Call& call) {
    const RequestQuery query(call.query, {"witness"});
    const auto name = query.text("witness");
    const auto cosigned = name ? cosigned_by(call, *name) : cosigned_of(call);
    if (!cosigned) {
        throw net::Rejection({.status = 404,
                              .detail =
                                  "No witness has cosigned a checkpoint of this log yet. GET "
                                  "/checkpoint returns the newest one, signed by the log alone."});
    }
    answer(call.response, cosigned->note, text_type);
}

void get_tile(Call& call) {
    require_all_products(call);
    const RequestQuery query(call.query, {});
    // Tiles have exactly one path, so a slash at its end is not ignored.
    const auto name = tlog::parse_tile_path(std::string_view(call.request.path).substr(1));
    if (!name) {
        throw no_tile();
    }
    const store::ReadView view = call.read_view();
    std::string bytes =
        name->level ? read_tile(view, *name->level, *name) : read_entries(view, *name);
    call.response.headers.emplace("Cache-Control", kept_for_good);
    answer(call.response, std::move(bytes), bytes_type);
}

void get_log_key(Call& call) {
    const RequestQuery query(call.query, {});
    answer(call.response, call.engine().verifier_key() + '\n', text_type);
}

void get_attestation_key(Call& call) {
    const RequestQuery query(call.query, {});
    answer(call.response, call.services.backend.attestation_key().public_key_pem(), pem_type);
}

void get_event_proof(Call& call) {
    const Position position = call.object_id();
    const auto run = [&] {
        const RequestQuery query(call.query, {"witness"});
        const auto name = query.text("witness");
        const auto sealed = name ? cosigned_by(call, *name) : checkpoint_over(call, position);
        const std::uint64_t size = sealed->checkpoint.size;
        const store::ReadView view = call.read_view();
        // Before the product is checked: a line that was tampered with may name another product.
        const auto proof = position >= 1 && position <= size
                               ? std::optional(prove_line(view, position, *sealed))
                               : std::nullopt;
        const auto event = events::event_at(view, position);
        if (!event || event->product_id != call.product_id() || (!proof && !name)) {
            require_registered(call);
            throw net::Rejection({.status = 404,
                                  .detail = fmt::format("No event of product {} is at position {}.",
                                                        call.product_id(), position)});
        }
        if (!proof) {
            throw net::Rejection(
                {.status = 404,
                 .detail = fmt::format("The newest checkpoint that the witness {} cosigned has {} "
                                       "events. Omit the parameter to get a newer one.",
                                       *name, size)});
        }
        call.response.headers.emplace(
            "Content-Disposition",
            fmt::format("attachment; filename=\"event-{}.tlog-proof\"", position));
        answer(call.response, tlog::format_proof_file(*proof), text_type);
    };
    judged(call, run);
}

void get_consistency(Call& call) {
    const RequestQuery query(call.query, {"from", "to"});
    const auto sealed = call.engine().sequencer().sealed();
    Sized to{.size =
                 query.number("to", 0, sealed->checkpoint.size).value_or(sealed->checkpoint.size)};
    const auto from_size = query.number("from", 0, to.size);
    if (!from_size) {
        throw bad_parameter("from", "Give the number of events of the earlier tree.");
    }
    const store::ReadView view = call.read_view();
    const tlog::NodeReader nodes = nodes_in(view, sealed->checkpoint.size);
    to.root = tlog::merkle_root(to.size, nodes);
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    write_sized(json, "from", {*from_size, tlog::merkle_root(*from_size, nodes)});
    write_sized(json, "to", to);
    write_proof(json, tlog::consistency_proof(*from_size, to.size, nodes));
    json.end_object();
    answer(call.response, std::move(body));
}

void get_root(Call& call) {
    const RequestQuery query(call.query, {"size"});
    const auto sealed = call.engine().sequencer().sealed();
    const auto size = query.number("size", 0, sealed->checkpoint.size);
    if (!size) {
        throw bad_parameter("size", "Give the number of events, counted from the first one.");
    }
    const store::ReadView view = call.read_view();
    const tlog::NodeReader nodes = nodes_in(view, sealed->checkpoint.size);
    std::string body;
    base::JsonWriter json(body);
    json.begin_object();
    json.key("size").number(*size);
    json.key("root").string(base::base64_of(tlog::merkle_root(*size, nodes)));
    write_proof(json, tlog::consistency_proof(*size, sealed->checkpoint.size, nodes));
    json.key("checkpoint").string(sealed->note);
    json.end_object();
    answer(call.response, std::move(body));
}

}  // namespace threatatlas::api
