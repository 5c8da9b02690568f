// Stored rows. The first byte selects the table.

#include <array>

#include "fuzz/fuzz_target.hpp"
#include "projections/rows.hpp"

namespace threatatlas::fuzz {
namespace {

template <class Row>
void check(std::string_view bytes) {
    Row row;
    try {
        row = projections::decode<Row>(bytes);
    } catch (const projections::BadRow&) {
        return;
    }
    require(projections::encode(row) == bytes, "an accepted row is written back unchanged");
    require(projections::decode<Row>(projections::encode(row)) == row,
            "an accepted row survives a round trip");
}

}  // namespace
}  // namespace threatatlas::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace threatatlas;
    using namespace threatatlas::fuzz;
    constexpr std::array checks{check<projections::Product>,    check<projections::Threat>,
                                check<projections::Mitigation>, check<projections::Element>,
                                check<projections::Token>,      check<projections::HistoryRow>,
                                check<projections::DetailsRow>, check<projections::Exposure>,
                                check<projections::Acceptance>, check<projections::PolicyVersion>,
                                check<projections::Check>};
    std::string_view bytes = bytes_of(data, size);
    const std::size_t choice = take_choice(bytes) % checks.size();
    checks.at(choice)(bytes);
    return 0;
}
