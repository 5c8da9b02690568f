// A witness program for suites that are not C++. Its first line is a value for --witness. Then it
// reads keys of logs, one per line; it adds each to the known logs and echoes it. Ends at the end
// of its input.
#include <iostream>

#include "support/test_witness.hpp"

int main() {
    threatatlas::testing::TestWitness witness("witness.example/documents");
    std::cout << witness.option() << std::endl;
    for (std::string key; std::getline(std::cin, key);) {
        witness.know(key);
        std::cout << key << std::endl;
    }
}
