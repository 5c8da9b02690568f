// The badge as a picture and for shields.io.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import Ajv2020 from 'ajv/dist/2020.js';

import { answersAs, assertPlainUtf8 } from './answers.mjs';
import { parsed } from './xml.mjs';

// Of the members in https://shields.io/badges/endpoint-badge, the required ones and the colour. The
// colours are those named in https://github.com/badges/shields/tree/master/badge-maker#colors.
const isBadge = new Ajv2020.default({ allErrors: true }).compile({
  type: 'object',
  properties: {
    schemaVersion: { const: 1 },
    label: { type: 'string' },
    message: { type: 'string', minLength: 1 },
    color: { enum: ['brightgreen', 'green', 'yellow', 'yellowgreen', 'orange', 'red', 'blue', 'grey', 'lightgrey'] },
  },
  required: ['schemaVersion', 'label', 'message'],
  additionalProperties: false,
});

const badges = await answersAs('badge.json');
const pictures = await answersAs('badge.svg');

test('a badge has the members that shields.io documents', () => {
  for (const answer of badges) {
    assertPlainUtf8(answer);
    assert.ok(isBadge(JSON.parse(answer.text)), `${answer.name}: ${JSON.stringify(isBadge.errors)}`);
  }
});

test('a picture is well-formed SVG that says the same and loads nothing', () => {
  for (const [index, answer] of pictures.entries()) {
    assertPlainUtf8(answer);
    const document = parsed(answer.text);
    assert.equal(document.root.name, 'svg', answer.name);
    assert.equal(document.root.namespaceUri, 'http://www.w3.org/2000/svg', answer.name);
    const { label, message } = JSON.parse(badges[index].text);
    const svg = { svg: 'http://www.w3.org/2000/svg' };
    assert.equal(document.get('/svg:svg/svg:title', svg).content, `${label}: ${message}`, answer.name);
    assert.deepEqual(document.find('//svg:script | //@href | //@*[starts-with(name(), "on")]', svg), [], answer.name);
  }
});
