import type { Image } from '../../../datasets/index.ts';
import type { ExplainedPicture, Explanation } from '../../../search/index.ts';
import { printable } from '../../terminal/printable.ts';

/** Contributions are printed in thousandths: a score of 0.8 among 49 cells is 16 each. */
const UNIT = 1_000;

/** Both grids as people read them, with the score and the model. */
export function explanationAsText(query: string, hit: Image, explanation: Explanation): string {
  const { score, model } = explanation;
  return [
    `score ${score.toFixed(4)} (${model.model})`,
    '',
    `query ${printable(query)}`,
    gridText(explanation.query),
    `hit ${printable(hit.externalId)}`,
    gridText(explanation.hit),
    'Each number is what a part of the picture adds to the score, in thousandths, with the other picture as it is.\n',
  ].join('\n');
}

function gridText({ grid: { columns, values, region } }: ExplainedPicture): string {
  const cells = Array.from(values, (value) => String(Math.round(value * UNIT) || 0));
  const width = Math.max(...cells.map(({ length }) => length)) + 2;
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += columns) {
    lines.push(
      cells
        .slice(at, at + columns)
        .map((cell) => cell.padStart(width))
        .join(''),
    );
  }
  const percent = (part: number) => `${Math.round(part * 100)}%`;
  const { x, y } = region;
  const covered = `covers ${percent(x)} to ${percent(x + region.width)} of the width and ${percent(y)} to ${percent(y + region.height)} of the height`;
  return `${lines.join('\n')}\n  ${covered}\n`;
}
