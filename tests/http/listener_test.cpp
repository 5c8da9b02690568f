#define BOOST_TEST_MODULE listener
#include "http/listener.hpp"

#include <thread>

#include <boost/test/unit_test.hpp>

using namespace threatatlas;

BOOST_AUTO_TEST_CASE(answers_with_the_body_it_was_sent) {
    Listener listener({},
                      [](const httplib::Request&, httplib::Response& response, Exchange& exchange) {
                          response.set_content(exchange.read_body(100), "text/plain");
                      });
    listener.bind();
    std::thread server([&] { listener.run(); });
    {
        httplib::Client client("127.0.0.1", listener.port());
        const auto answer = client.Post("/x", "hello", "text/plain");
        BOOST_REQUIRE(answer);
        BOOST_TEST(answer->status == 200);
        BOOST_TEST(answer->body == "hello");
        const auto refused = client.Post("/x", std::string(101, 'x'), "text/plain");
        BOOST_REQUIRE(refused);
        BOOST_TEST(refused->status == 413);
    }
    listener.stop();
    server.join();
}
