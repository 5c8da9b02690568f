// Writes the page: node build.mjs --out DIRECTORY [--openapi FILE].
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { out: { type: 'string' }, openapi: { type: 'string' } } });
const assets = join(values.out, 'assets');
rmSync(values.out, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });

// Returns the path at which the server answers the file.
function writeAsset(name, extension, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  const file = `${name}-${hash}.${extension}`;
  writeFileSync(join(assets, file), text);
  return `/assets/${file}`;
}

const icon = writeAsset('icon', 'svg', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>\n');
const style = writeAsset('page', 'css', 'body {\n  font-family: system-ui, sans-serif;\n}\n');
const script = writeAsset('page', 'js', "document.querySelector('main').textContent = `ThreatAtlas · ${location.pathname}`;\n");
writeFileSync(
  join(values.out, 'index.html'),
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>ThreatAtlas</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
<main></main>
</html>
`,
);
