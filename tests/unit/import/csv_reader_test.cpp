// Rows and cells of CSV (RFC 4180) as spreadsheets write it.

#include "import/csv_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "import/import_error.hpp"

BOOST_AUTO_TEST_SUITE(csv_reader_test)

using namespace threatatlas::imports;

namespace {

// The cells with "|" between them, rows with their line: "1:a|b 3:c".
std::string cells_of(std::string_view text) {
    CsvReader rows(text);
    CsvRow row;
    std::string out;
    while (rows.next(row)) {
        out += (out.empty() ? "" : " ") + std::to_string(row.line) + ":";
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            out += (i == 0 ? "" : "|") + row.cells[i];
        }
    }
    return out;
}

std::string refusal_of(std::string_view text) {
    try {
        cells_of(text);
    } catch (const ImportError& error) {
        return error.detail();
    }
    return "read";
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_and_cells) {
    BOOST_TEST(cells_of("a,b\nc,d") == "1:a|b 2:c|d");
    BOOST_TEST(cells_of("a,b\r\nc,d\r\n") == "1:a|b 2:c|d");
    BOOST_TEST(cells_of("a,b\nc,d\r\ne,f\rg,h") == "1:a|b 2:c|d 3:e|f 4:g|h");
    BOOST_TEST(cells_of("a,,\n,b,").size() == std::string("1:a|| 2:|b|").size());
    BOOST_TEST(cells_of("\n\na\n , \n\nb\n") == "3:a 6:b");
    BOOST_TEST(cells_of("").empty());
    BOOST_TEST(cells_of(",").empty());
}

BOOST_AUTO_TEST_CASE(quotation_marks) {
    BOOST_TEST(cells_of("\"a,\"\"b\"\"\nc\",d\ne") == "1:a,\"b\"\nc|d 3:e");
    BOOST_TEST(cells_of("\"\",\"\"\"\"\n") == "1:|\"");
    BOOST_TEST(cells_of("a \"b\" c,5\" disk") == "1:a \"b\" c|5\" disk");
}

BOOST_AUTO_TEST_CASE(separators_are_recognised) {
    BOOST_TEST(cells_of("a;b;c\n1,5;2;3") == "1:a|b|c 2:1,5|2|3");
    BOOST_TEST(cells_of("a\tb\n1,2\t3;4;5") == "1:a|b 2:1,2|3;4;5");
    BOOST_TEST(cells_of("\"a;b;c\",d\n") == "1:a;b;c|d");
    BOOST_TEST(cells_of("# heading\na;b;c\n") == "1:# heading 2:a|b|c");
    BOOST_TEST(cells_of("sep=|\na|b,c;d;e\n") == "2:a|b,c;d;e");
    BOOST_TEST(cells_of("sep=,x\n") == "1:sep=|x");
    BOOST_TEST(cells_of("sep=") == "1:sep=");
}

BOOST_AUTO_TEST_CASE(faults_have_their_place) {
    BOOST_TEST(refusal_of("a,b\nc,\"d\ne") ==
               "The CSV is broken at line 2, column 3: the quotation mark that begins here is not "
               "closed.");
    BOOST_TEST(refusal_of("a,b\n\"c\"d,e").starts_with("The CSV is broken at line 2, column 4"));
    BOOST_TEST(refusal_of(std::string(1'000, ',')) ==
               "Line 1 of the CSV has more than 1000 cells.");
    BOOST_TEST(refusal_of(std::string(999, ',')) == "read");
}

BOOST_AUTO_TEST_SUITE_END()
