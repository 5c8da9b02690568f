// Runs all suites in one process, with one server.
import './lint.test.mjs';
import './calls.test.mjs';
import './errors.test.mjs';
import './near-miss.test.mjs';
import './policies.test.mjs';
import './checks.test.mjs';
import './client.test.mjs';
