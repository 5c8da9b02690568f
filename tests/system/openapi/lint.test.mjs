// Checks the description itself with linters and schema compilers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';

import { document, faultOf, faultOfBody, operations, schemas } from './description.mjs';

test('Spectral finds nothing', async () => {
  const spectral = new spectralCore.Spectral();
  // Disabled as a matter of style: for most calls, a summary is sufficient.
  const off = ['openapi-tags-alphabetical', 'operation-description'];
  const ofPublishers = ['info-contact', 'info-license', 'license-url'];
  spectral.setRuleset({
    extends: [[spectralRulesets.oas, 'all']],
    rules: Object.fromEntries([...off, ...ofPublishers].map((rule) => [rule, 'off'])),
  });
  const findings = await spectral.run(document);
  assert.deepEqual(
    findings.map(({ code, path, message }) => `${code} ${path.join('/')}: ${message}`),
    [],
  );
});

test('every schema compiles and validates its examples', () => {
  let count = 0;
  for (const [place, schema] of schemas()) {
    assert.doesNotThrow(() => faultOf(schema, null), `${place} does not compile`);
    for (const example of schema.examples ?? []) {
      assert.equal(faultOf(schema, example, { closed: true }), '', `${place}: ${JSON.stringify(example)}`);
    }
    count += 1;
  }
  assert.ok(count > 200, `${count} schemas are too few`);
});

test('every write has valid examples of its body', () => {
  for (const { name, content } of operations) {
    for (const [mediaType, media] of Object.entries(content)) {
      const examples = Object.entries(media.examples ?? {});
      assert.notEqual(examples.length, 0, `${name} has no example in ${mediaType}`);
      for (const [title, { value }] of examples) {
        assert.equal(faultOfBody(media, value, { closed: true }), '', `${name}, ${title}`);
      }
    }
  }
});

test('the parameters of a path match its template', () => {
  for (const { name, path, parameters } of operations) {
    const named = parameters.filter((one) => one.in === 'path').map((one) => one.name);
    const inTemplate = [...path.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]);
    assert.deepEqual(named, inTemplate, name);
  }
});
