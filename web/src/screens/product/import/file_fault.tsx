/// Why a file could not be read, with the line of the file that is at fault.

import { useEffect, useState } from 'preact/hooks';
import type { ApiProblem } from '../../../api/problem';
import type { Source } from './import_store';

interface Place {
    line: number;
    /// In code points from 1.
    column: number | undefined;
}

/// "line 3, column 7" in the server's sentence.
function placeIn(detail: string): Place | undefined {
    const [, line, column] = /\bline (\d+)(?:,? (?:and )?column (\d+))?/i.exec(detail) ?? [];
    if (line === undefined) return undefined;
    return { line: Number(line), column: column === undefined ? undefined : Number(column) };
}

const shownBefore = 60;
const shownAfter = 60;

interface Excerpt {
    line: number;
    before: string;
    at: string;
    after: string;
}

/// The line around the column, shortened. undefined if the file is not text or has no such line.
async function excerptOf(content: Blob, { line, column = 1 }: Place): Promise<Excerpt | undefined> {
    const text = (await content.text()).split('\n')[line - 1];
    if (text === undefined || /[\0\ufffd]/.test(text)) return undefined;
    const characters = Array.from(text.replace(/\r$/, ''));
    const at = Math.min(Math.max(column - 1, 0), characters.length);
    return {
        line,
        before: (at > shownBefore ? '…' : '') + characters.slice(Math.max(0, at - shownBefore), at).join(''),
        at: characters[at] ?? '',
        after: characters.slice(at + 1, at + 1 + shownAfter).join('') + (characters.length > at + 1 + shownAfter ? '…' : ''),
    };
}

export function FileFault({ problem, source }: { problem: ApiProblem; source: Source | undefined }) {
    const [excerpt, setExcerpt] = useState<Excerpt>();
    const place = placeIn(problem.message);
    useEffect(() => {
        let isShown = true;
        setExcerpt(undefined);
        if (place !== undefined && source !== undefined) {
            void excerptOf(source.content, place).then((found) => {
                if (isShown) setExcerpt(found);
            });
        }
        return () => {
            isShown = false;
        };
    }, [problem, source]);
    return (
        <div class="problem" role="alert">
            <strong>The file could not be read</strong>
            <p>
                <bdi>{problem.message}</bdi>
            </p>
            {excerpt === undefined ? null : (
                <pre class="excerpt" tabIndex={0} aria-label={`Line ${excerpt.line} of the file`}>
                    <span class="line-number">{excerpt.line}</span>
                    <bdi>
                        {excerpt.before}
                        <mark>{excerpt.at === '' ? ' ' : excerpt.at}</mark>
                        {excerpt.after}
                    </bdi>
                </pre>
            )}
            <p class="hint">Nothing was recorded.</p>
        </div>
    );
}
