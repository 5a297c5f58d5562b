import { useEffect, useRef, useState } from 'react';

/** Rendering a row of tiles takes a few milliseconds, so that a frame has room for some. */
const ROWS_PER_FRAME = 3;

const NONE: ReadonlySet<number> = new Set();

/**
 * Says which of the rows in sight have their tiles: those of the first render at once, later ones a few per frame, the
 * nearest to the middle first. Whoever scrolls far in one go sees empty rows for a moment, and the page never stands
 * still.
 */
export function useGradualRows(visible: readonly number[]): ReadonlySet<number> {
  const [filled, setFilled] = useState(NONE);
  const shown = filled.size === 0 ? new Set(visible) : filled;
  const latest = useRef({ visible, shown });
  const frame = useRef<number>(undefined);

  useEffect(() => {
    latest.current = { visible, shown };
    if (frame.current !== undefined || visible.every((row) => filled.has(row))) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = undefined;
      setFilled(withNext(latest.current.visible, latest.current.shown));
    });
  });
  useEffect(
    () => () => {
      if (frame.current !== undefined) cancelAnimationFrame(frame.current);
      frame.current = undefined;
    },
    [],
  );
  return shown;
}

function withNext(visible: readonly number[], shown: ReadonlySet<number>): ReadonlySet<number> {
  const middle = ((visible[0] ?? 0) + (visible.at(-1) ?? 0)) / 2;
  const missing = visible
    .filter((row) => !shown.has(row))
    .sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
  return new Set([...visible.filter((row) => shown.has(row)), ...missing.slice(0, ROWS_PER_FRAME)]);
}
