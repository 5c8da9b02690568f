// A witness as a program, for suites that are not C++: says on its first line what --witness takes,
// and knows from then on the logs whose keys it reads, each of which it repeats. Ends with its
// input.
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
