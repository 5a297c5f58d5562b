// Checks the Markdown files of the repository. Links between files and to headings must lead somewhere.
// Numbers in tables must have a digit before the point, and a few phrases must not occur.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const IGNORED = ['.git', 'coverage', 'data', 'dist', 'node_modules'];

/** What not to write, and what to write instead. */
const PHRASES = [
  [/\bms a picture\b/i, 'ms per picture'],
  [/\bwhere it is absent\b/i, 'by default, if omitted'],
  [/\bpassed over\b/i, 'skipped'],
  [/\bgo(?:es)? on where\b|\bgoes on\b/i, 'resumes, continues'],
  [/\banew\b/i, 'again'],
  [/\bthat there (?:is|are)\b/i, 'leave it out'],
  [/\b(?:is|are) told\b/i, 'an active verb'],
];
const BARE_FRACTION = /(?<![\w.])\.\d/;
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
/** Pictures for each theme have no Markdown, so they are written in HTML. */
const HTML_LINK = /\b(?:src|srcset|href)="([^"\s]+)"/g;

const documents = readdirSync(root)
  .filter((name) => !IGNORED.includes(name))
  .flatMap((name) => markdownIn(name))
  .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n') }));

const problems = documents.flatMap(({ file, lines }) => problemsOf(file, lines));
for (const problem of problems) console.error(problem);
console.log(`${documents.length} documents, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** The Markdown files at or below a path. */
function markdownIn(path) {
  if (!statSync(join(root, path)).isDirectory()) return path.endsWith('.md') ? [path] : [];
  return readdirSync(join(root, path)).flatMap((name) => markdownIn(join(path, name)));
}

function problemsOf(file, lines) {
  return proseOf(lines).flatMap(([at, line]) => {
    const links = [...line.matchAll(LINK), ...line.matchAll(HTML_LINK)].map(([, target]) =>
      problemOfLink(file, target),
    );
    const found = [...links, ...problemsOfStyle(line)];
    return found.filter((problem) => problem !== undefined).map((problem) => `${file}:${at + 1}: ${problem}`);
  });
}

function problemsOfStyle(line) {
  const prose = line.replaceAll(/`[^`]*`/g, '``');
  const found = PHRASES.flatMap(([phrase, instead]) => {
    const match = phrase.exec(prose);
    return match ? [`"${match[0]}": write "${instead}"`] : [];
  });
  if (line.startsWith('|') && BARE_FRACTION.test(prose))
    found.push('a number without a digit before its point');
  return found;
}

/** The lines that are not code, with their places. */
function proseOf(lines) {
  let inCode = false;
  return [...lines.entries()].filter(([, line]) => {
    if (/^\s*```/.test(line)) {
      inCode = !inCode;
      return false;
    }
    return !inCode;
  });
}

function problemOfLink(file, target) {
  if (/^[a-z]+:/i.test(target)) return undefined;
  const [path, anchor] = target.split('#');
  const linked = path === '' ? join(root, file) : join(root, dirname(file), decodeURIComponent(path));
  if (!existsSync(linked)) return `the link "${target}" leads nowhere`;
  if (anchor === undefined || statSync(linked).isDirectory()) return undefined;
  const lines = readFileSync(linked, 'utf8').split('\n');
  const anchors = proseOf(lines).flatMap(([, line]) => (/^#+ /.test(line) ? [anchorOf(line)] : []));
  return anchors.includes(anchor) ? undefined : `${relative(root, linked)} has no heading "${anchor}"`;
}

/** As GitHub makes it. */
function anchorOf(heading) {
  return heading
    .replace(/^#+ /, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}
