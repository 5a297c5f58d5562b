import { cursorInvalid } from '../../common/index.ts';
import type { VectorMatch } from '../vector-index/vector-index.port.ts';
import { SEARCH_LIMITS } from './similar-images.ts';

/** Cosine similarities are at most 1, give or take what rounding adds. */
const LARGEST_SCORE = 1.01;

/** Where a page begins. */
export interface PagePosition {
  /** The name of the kept search. */
  readonly token: string;
  /** The number of leaders before it, in the kept search. */
  readonly leaders: number;
  /** The number of hits before it, 1 to 10,000. */
  readonly shown: number;
  /** The hit that comes last, by score and id, of those before it. */
  readonly last: VectorMatch;
  /** Equal for pages of the same question. */
  readonly question: string;
  /** Equal if the same indexes answer. */
  readonly scope: string;
}

export function encodeCursor({ token, leaders, shown, last, question, scope }: PagePosition): string {
  const parts = [token, leaders, shown, last.score, last.id, question, scope];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Throws `CURSOR_INVALID`, also for the cursor of another question. */
export function decodeCursor(cursor: string, question: string): PagePosition {
  const parts = parse(cursor);
  if (!Array.isArray(parts) || parts.length !== 7) throw cursorInvalid();
  const [token, leaders, shown, score, id, asked, scope] = parts as unknown[];
  if (
    typeof token !== 'string' ||
    typeof scope !== 'string' ||
    !isCount(leaders) ||
    !isCount(shown) ||
    shown < 1 ||
    shown > SEARCH_LIMITS.depth ||
    !isCount(id) ||
    typeof score !== 'number' ||
    Math.abs(score) > LARGEST_SCORE ||
    asked !== question
  ) {
    throw cursorInvalid();
  }
  return { token, leaders, shown, last: { score, id }, question, scope };
}

/** The name of the kept search that a cursor belongs to, whatever else is in it. */
export function tokenIn(cursor: string): string | undefined {
  const parts = parse(cursor);
  const token: unknown = Array.isArray(parts) ? parts[0] : undefined;
  return typeof token === 'string' ? token : undefined;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
