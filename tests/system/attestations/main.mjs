// Runs all suites in one process, with one server.
import './openssl.test.mjs';
import './proof.test.mjs';
import './sigstore.test.mjs';
import './statement.test.mjs';
