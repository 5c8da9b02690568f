// The description of the API as the server serves it, with resolved references and compiled
// schemas.
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { server } from './server.mjs';

export const text = (await server.ask('GET', '/openapi.json')).text;
export const document = JSON.parse(text);

const ajv = new Ajv2020.default({ strict: true, strictTypes: false, allowUnionTypes: true });
addFormats.default(ajv);
ajv.addVocabulary(['discriminator']);

function target(reference) {
  let value = document;
  for (const part of reference.replace(/^#\//, '').split('/')) {
    value = value?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  if (value === undefined) {
    throw new Error(`nothing is at ${reference}`);
  }
  return value;
}

export const resolved = (object) => (object?.$ref ? resolved(target(object.$ref)) : object);

const mapped = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

// The schema with all its references inlined. A closed schema refuses members that it does not
// describe, which a response must not have. Parts of a schema are closed by the whole.
function inlined(schema, closed, isPart = false) {
  if (typeof schema !== 'object') {
    return schema;
  }
  if (schema.$ref) {
    if (Object.keys(schema).length > 1) {
      throw new Error(`not every tool reads what is beside ${schema.$ref}`);
    }
    return inlined(target(schema.$ref), closed, isPart);
  }
  const result = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      result[key] = mapped(value, (inner) => inlined(inner, closed));
    } else if (key === 'allOf' || key === 'oneOf' || key === 'anyOf') {
      const isWhole = key !== 'allOf' && !isPart && !schema.properties;
      result[key] = value.map((inner) => inlined(inner, closed, !isWhole));
    } else if (key === 'if' || key === 'then') {
      result[key] = inlined(value, closed, true);
    } else if (['items', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'].includes(key)) {
      result[key] = inlined(value, closed);
    } else {
      result[key] = value;
    }
  }
  const isOpen = !('additionalProperties' in result) && !('unevaluatedProperties' in result);
  if (closed && !isPart && isOpen && (result.properties || result.allOf)) {
    result.unevaluatedProperties = false;
  }
  return result;
}

const compiled = new Map();

// Describes the faults of a value; empty if it is valid. `closed` is explained at inlined().
export function faultOf(schema, value, { closed = false } = {}) {
  const key = `${closed} ${JSON.stringify(schema)}`;
  if (!compiled.has(key)) {
    compiled.set(key, ajv.compile(inlined(schema, closed)));
  }
  const validate = compiled.get(key);
  return validate(value) ? '' : ajv.errorsText(validate.errors, { dataVar: 'value' });
}

// The same for a body. NDJSON is validated line by line.
export function faultOfBody(media, value, options) {
  const fault = faultOf(media.schema, value, options);
  if (fault || !media['x-itemSchema']) {
    return fault;
  }
  const faults = value
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => faultOf(media['x-itemSchema'], JSON.parse(line), options));
  return faults.find((fault) => fault !== '') ?? '';
}

// The members that the schema allows in the object, each with its schema. If alternatives are
// distinguished by their type, only the object's own is used.
export function membersOf(schema, object) {
  const whole = inlined(schema, false);
  const chosen = (whole.oneOf ?? []).filter((one) => faultOf(one.properties.type, object.type) === '');
  return Object.assign({}, ...[whole, ...(whole.allOf ?? []), ...chosen].map(({ properties }) => properties));
}

export const isJson = (mediaType) => /^application\/([^;]*\+)?json/.test(mediaType);

// Converts a parameter or header from its text.
export function valueOf(schema, sent) {
  const types = [inlined(schema, false).type].flat();
  const isNumber = types.includes('integer') && /^-?[0-9]+$/.test(sent);
  return isNumber ? Number(sent) : sent;
}

export const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    id: operation.operationId,
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase(),
    path,
    roles: operation['x-roles'] ?? [],
    parameters: (operation.parameters ?? []).map(resolved),
    content: resolved(operation.requestBody)?.content ?? {},
    needsBody: operation.requestBody?.required ?? false,
    responses: mapped(operation.responses, resolved),
  })),
);

// The examples of a schema or, if it has none, a value that is probably valid.
export function examplesOf(schema) {
  const { examples, enum: words, type, minimum } = inlined(schema, false);
  return examples ?? words?.slice(0, 1) ?? [[type].flat().includes('integer') ? (minimum ?? 1) : 'x'];
}

// All schemas in the description, each with its JSON pointer.
export function* schemas(value = document, place = '#') {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  const inSchemas = place === '#/components/schemas';
  for (const [key, inner] of Object.entries(value)) {
    const here = `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (inSchemas || key === 'schema' || key === 'x-itemSchema') {
      yield [here, inner];
    }
    if (key !== 'examples' && key !== 'value') {
      yield* schemas(inner, here);
    }
  }
}
