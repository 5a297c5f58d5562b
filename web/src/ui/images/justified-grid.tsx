import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  createContext,
  type KeyboardEvent,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import css from './justified-grid.module.css';
import { justify } from './justify.ts';
import { useGradualRows } from './use-gradual-rows.ts';

const GAP = 10;
/** More are asked for when rows are rendered, somewhat before they are seen, that are as near to the end as this. */
const ROWS_AHEAD = 3;

/** Where a tile is, for the tile itself. */
export interface TilePlace {
  readonly width: number;
  readonly height: number;
  /** Only one tile of a grid is reached by Tab; the arrow keys move between tiles. */
  readonly tabIndex: 0 | -1;
}

const PlaceContext = createContext<TilePlace>({ width: 200, height: 200, tabIndex: 0 });

/** For the components inside a grid, such as `ImageTile`. */
export const useTilePlace = (): TilePlace => useContext(PlaceContext);

interface Props<Item> {
  items: readonly Item[];
  keyOf: (item: Item) => string;
  /** Width divided by height. */
  aspectOf: (item: Item) => number;
  /** What the pictures are, for screen readers. */
  label: string;
  /** In pixels; depends on the width by default. */
  rowHeight?: number;
  /** Room below each picture, in pixels. */
  captionHeight?: number;
  /** Called when the end comes near, if there is more. */
  onEnd?: (() => void) | undefined;
  /** How many there are altogether, if that is known. */
  total?: number;
  children: (item: Item, index: number) => ReactNode;
}

/**
 * Pictures in rows that fill the width, each with its own proportions. Only what is on the screen is rendered, so there
 * may be many thousands. Arrow keys, Home and End move the focus; the first link or button of a tile has it.
 */
export function JustifiedGrid<Item>(props: Props<Item>) {
  const { items, keyOf, aspectOf, label, captionHeight = 0, onEnd, total, children } = props;
  const list = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const [top, setTop] = useState(0);
  const [current, setCurrent] = useState(0);
  const wantsFocus = useRef(false);
  const rowHeight = props.rowHeight ?? (width < 500 ? 132 : width < 900 ? 168 : 196);

  useLayoutEffect(() => {
    const element = list.current!;
    const measure = () => {
      setWidth(Math.floor(element.getBoundingClientRect().width));
      setTop(Math.round(element.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const rows = useMemo(
    () => (width === 0 ? [] : justify(items.map(aspectOf), width, rowHeight, GAP)),
    // The functions are new with every render; what they say of an item is not.
    [items, width, rowHeight],
  );

  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => rows[index]!.height + captionHeight + GAP,
    overscan: 4,
    scrollMargin: top,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rows, captionHeight]);
  const visible = virtualizer.getVirtualItems();
  const filledRows = useGradualRows(visible.map(({ index }) => index));

  const lastRow = visible.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows.length > 0 && lastRow >= rows.length - ROWS_AHEAD) onEnd?.();
  }, [lastRow, rows.length, onEnd]);

  const firstShown = rows[visible[0]?.index ?? 0]?.start ?? 0;
  const afterShown = rows[lastRow + 1]?.start ?? items.length;
  const reachable = current >= firstShown && current < afterShown ? current : firstShown;

  useEffect(() => {
    if (!wantsFocus.current) return;
    const target = list.current?.querySelector<HTMLElement>(`[data-index="${current}"] :is(a, button)`);
    if (target === null || target === undefined) return;
    wantsFocus.current = false;
    target.focus({ preventScroll: false });
  });

  const move = (index: number) => {
    const next = Math.min(items.length - 1, Math.max(0, index));
    wantsFocus.current = true;
    setCurrent(next);
    const row = rows.findLastIndex(({ start }) => start <= next);
    virtualizer.scrollToIndex(row, { align: 'auto' });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const tile = (event.target as HTMLElement).closest('[data-index]');
    if (tile === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const index = Number((tile as HTMLElement).dataset.index);
    const next = nextIndex(event.key, index);
    if (next === undefined) return;
    event.preventDefault();
    move(next);
  };

  const nextIndex = (key: string, index: number): number | undefined => {
    switch (key) {
      case 'ArrowRight':
        return index + 1;
      case 'ArrowLeft':
        return index - 1;
      case 'ArrowDown':
        return beside(index, 1);
      case 'ArrowUp':
        return beside(index, -1);
      case 'Home':
        return 0;
      case 'End':
        return items.length - 1;
      default:
        return undefined;
    }
  };

  /** The picture above or below the middle of this one. */
  const beside = (index: number, step: 1 | -1): number => {
    const at = rows.findLastIndex(({ start }) => start <= index);
    const [from, to] = [rows[at], rows[at + step]];
    if (from === undefined || to === undefined) return index;
    const middle = lefts(from.widths)[index - from.start]! + from.widths[index - from.start]! / 2;
    const place = lefts(to.widths).findLastIndex((left) => left <= middle);
    return to.start + Math.max(0, place);
  };

  return (
    <ul
      ref={list}
      className={css.grid}
      aria-label={label}
      style={{ height: virtualizer.getTotalSize() }}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        const tile = (event.target as HTMLElement).closest<HTMLElement>('[data-index]');
        if (tile !== null) setCurrent(Number(tile.dataset.index));
      }}
    >
      {visible.flatMap(({ index: rowIndex, start }) => {
        const row = rows[rowIndex];
        if (row === undefined) return [];
        const left = lefts(row.widths);
        const isFilled = filledRows.has(rowIndex);
        return row.widths.map((tileWidth, place) => {
          const index = row.start + place;
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li
              key={keyOf(item)}
              data-index={index}
              className={css.cell}
              aria-posinset={index + 1}
              aria-setsize={total ?? (onEnd ? -1 : items.length)}
              style={{
                transform: `translate(${left[place]!}px, ${start - top}px)`,
                width: tileWidth,
                height: row.height + captionHeight,
              }}
            >
              {isFilled ? (
                <Place width={tileWidth} height={row.height} tabIndex={index === reachable ? 0 : -1}>
                  {children(item, index)}
                </Place>
              ) : (
                <div className={css.blank} style={{ height: row.height }} />
              )}
            </li>
          );
        });
      })}
    </ul>
  );
}

/** Keeps the same value while a tile stays as it is, so that scrolling renders only the tiles that come. */
function Place({ width, height, tabIndex, children }: TilePlace & { children: ReactNode }) {
  const place = useMemo(() => ({ width, height, tabIndex }), [width, height, tabIndex]);
  return <PlaceContext value={place}>{children}</PlaceContext>;
}

function lefts(widths: readonly number[]): number[] {
  let left = 0;
  return widths.map((width) => {
    const here = left;
    left += width + GAP;
    return here;
  });
}
