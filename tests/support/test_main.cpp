// The main function of every test program. Each *_test.cpp is a suite of its own, which ctest runs
// in a process of its own.
#define BOOST_TEST_MODULE threatatlas
#include <boost/test/unit_test.hpp>
