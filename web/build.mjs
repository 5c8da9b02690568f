// Builds the page: types of the API's calls from its description, type check, one bundle of scripts
// and one of styles with names made from their contents, and index.html, which loads them.
//
//   node build.mjs --out DIR [--openapi FILE] [--no-check]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import openapiTypes, { astToString } from 'openapi-typescript';

// What a browser loads at its first visit, compressed.
const largestPage = 150 * 1000;

const { values: options } = parseArgs({
    options: {
        out: { type: 'string' },
        openapi: { type: 'string', default: '../src/http/api/openapi.json' },
        'no-check': { type: 'boolean', default: false },
    },
});
if (!options.out) {
    console.error('usage: node build.mjs --out DIR [--openapi FILE] [--no-check]');
    process.exit(2);
}
const top = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(options.out);
const description = pathToFileURL(path.resolve(top, options.openapi));

mkdirSync(path.join(top, 'generated'), { recursive: true });
writeFileSync(path.join(top, 'generated/schema.d.ts'), astToString(await openapiTypes(description)));
if (!options['no-check']) {
    execFileSync(process.execPath, [path.join(top, 'node_modules/typescript/bin/tsc'), '-p', top], {
        stdio: 'inherit',
    });
}

rmSync(out, { recursive: true, force: true });
const result = await build({
    absWorkingDir: top,
    entryPoints: { page: 'src/main.tsx', style: 'src/styles/style.css' },
    entryNames: 'assets/[name]-[hash]',
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
});
const built = Object.keys(result.metafile.outputs).map((file) => path.resolve(top, file));
const only = (extension) => {
    const found = built.filter((file) => file.endsWith(extension));
    if (found.length !== 1) throw new Error(`${found.length} files end with ${extension}`);
    return `/${path.relative(out, found[0])}`;
};
const index = readFileSync(path.join(top, 'src/index.html'), 'utf8')
    .replace('%script%', only('.js'))
    .replace('%style%', only('.css'));
writeFileSync(path.join(out, 'index.html'), index);

const size = built.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
console.log(`page: ${(size / 1000).toFixed(1)} kB compressed`);
if (size > largestPage) {
    throw new Error(`the page must not be larger than ${largestPage / 1000} kB`);
}
