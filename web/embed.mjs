// Writes the files of the page as a C++ source, which src/http/api/web_files.hpp describes:
// node embed.mjs DIRECTORY SOURCE, where DIRECTORY has index.html and assets/.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

const escapes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  // Question marks, too: two of them may begin a trigraph.
  const isPlain = byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(character);
  // Three octal digits, so that a digit that follows is not part of the escape.
  return isPlain ? character : `\\${byte.toString(8).padStart(3, '0')}`;
});

const bytesPerLine = 1024;

// A std::string_view of the bytes. A literal compiles much faster than a list of numbers.
function viewOf(bytes) {
  const lines = [];
  for (let begin = 0; begin < bytes.length; begin += bytesPerLine) {
    const line = bytes.subarray(begin, begin + bytesPerLine);
    lines.push(`\n    "${Array.from(line, (byte) => escapes[byte]).join('')}"`);
  }
  return `{${lines.join('') || '""'}, ${bytes.length}}`;
}

function fileOf(directory, name) {
  const contentType = contentTypes[extname(name)];
  if (!contentType || !/^[\w.-]+$/.test(name)) {
    throw new Error(`${name}: the server has no content type for it, or its name needs an escape in a path`);
  }
  const bytes = readFileSync(join(directory, name));
  const tag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
  return `{"${name}", "${contentType}", "${tag}",\n    ${viewOf(bytes)},\n    ${viewOf(gzipSync(bytes, { level: 9 }))}}`;
}

const [directory, source] = process.argv.slice(2);
const assets = readdirSync(join(directory, 'assets')).sort();
writeFileSync(
  source,
  `// Made by web/embed.mjs.
#include "http/api/web_files.hpp"

namespace threatatlas::api {
namespace {

constexpr WebFile assets[]{
${assets.map((name) => `    ${fileOf(join(directory, 'assets'), name)},\n`).join('')}};

constexpr WebFiles files{
    ${fileOf(directory, 'index.html')},
    assets};

}  // namespace

const WebFiles* web_files() {
    return &files;
}

}  // namespace threatatlas::api
`,
);
