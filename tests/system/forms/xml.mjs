// libxml2: the parser and the validator of XML.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { XmlDocument, XsdValidator } from 'libxml2-wasm';

// Throws if the text is not well-formed.
export const parsed = (text) => XmlDocument.fromString(text);

// A schema that a package contains.
export function schemaOf(file) {
  const text = readFileSync(createRequire(import.meta.url).resolve(file), 'utf8');
  return XsdValidator.fromDoc(XmlDocument.fromString(text));
}

// "" if the document is valid.
export function faultOf(schema, document) {
  try {
    schema.validate(document);
    return '';
  } catch (error) {
    return error.message || String(error);
  }
}
