// Runs all suites in one process, with one server.
import './sarif.test.mjs';
import './junit.test.mjs';
import './gitlab.test.mjs';
import './badge.test.mjs';
