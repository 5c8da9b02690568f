#define BOOST_TEST_MODULE patient_thread
#include "commands/patient_thread.hpp"

#include <sys/resource.h>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace threatatlas {
namespace {

int niceness_here() {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

BOOST_AUTO_TEST_CASE(work_is_done_elsewhere_and_stands_back) {
    PatientThread patient;
    const int own = niceness_here();
    std::thread::id worker;
    int niceness = own;
    patient.run([&] {
        worker = std::this_thread::get_id();
        niceness = niceness_here();
    });
    BOOST_TEST((worker != std::this_thread::get_id()));
    BOOST_TEST((worker != std::thread::id()));
    BOOST_TEST((niceness > own || own >= 10));  // there is nothing beyond 19
    BOOST_TEST(niceness_here() == own);
}

BOOST_AUTO_TEST_CASE(each_piece_of_work_is_done_before_the_next) {
    PatientThread patient;
    int done = 0;
    for (int i = 0; i < 1'000; ++i) {
        patient.run([&] { done += done == i ? 1 : 0; });
    }
    BOOST_TEST(done == 1'000);
}

}  // namespace
}  // namespace threatatlas
