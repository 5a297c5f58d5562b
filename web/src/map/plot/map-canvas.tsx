import Hand from 'lucide-react/icons/hand';
import Lasso from 'lucide-react/icons/lasso';
import Maximize from 'lucide-react/icons/maximize';
import Minus from 'lucide-react/icons/minus';
import Plus from 'lucide-react/icons/plus';
import ScanEye from 'lucide-react/icons/scan-eye';
import { type KeyboardEvent, useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import { IconButton } from '../../ui/actions/icon-button.tsx';
import { counted } from '../../ui/numbers.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import type { LegendEntry } from '../points/label-colours.ts';
import { GREY } from '../points/label-colours.ts';
import type { MapPoints } from '../points/map-points.ts';
import { HoverCard } from './hover-card.tsx';
import css from './map-canvas.module.css';
import { NoWebGlError, Plot, type PointerMode } from './plot.ts';
import { usePlotColours } from './use-plot-colours.ts';

/** What others can do with the map. */
export interface MapHandle {
  /** Shows where a point is. */
  goTo: (point: number) => void;
}

interface Props {
  ref: Ref<MapHandle>;
  points: MapPoints;
  legend: readonly LegendEntry[];
  /** The labels that are shown; none means all. */
  chosen: ReadonlySet<number>;
  selected: readonly number[];
  onSelect: (points: readonly number[]) => void;
  onOpen: (point: number) => void;
}

const STEP = 0.25;

/** The points on a canvas. Drag moves, the wheel zooms, a click opens, the lasso selects. */
export function MapCanvas({ ref, points, legend, chosen, selected, onSelect, onOpen }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [plot, setPlot] = useState<Plot>();
  const [error, setError] = useState<unknown>();
  const [hovered, setHovered] = useState<number>();
  const [isPainted, setPainted] = useState(false);
  const [mode, setMode] = useState<PointerMode>('move');
  const colours = usePlotColours(frame);
  const events = useRef({ onSelect, onOpen });
  events.current = { onSelect, onOpen };
  const isReady = colours !== undefined;

  useEffect(() => {
    if (!isReady || canvas.current === null) return undefined;
    let made: Plot | undefined;
    let isGone = false;
    Plot.create(canvas.current, points, colours, {
      onHover: setHovered,
      onClick: (point) => events.current.onOpen(point),
      onLasso: (lassoed) => events.current.onSelect(lassoed),
      onMove: () => setHovered(undefined),
    }).then(
      (created) => {
        made = created;
        if (isGone) created.destroy();
        else setPlot(created);
      },
      (failure: unknown) => setError(failure),
    );
    return () => {
      isGone = true;
      made?.destroy();
      setPlot(undefined);
      setPainted(false);
    };
    // The colours change without a new plot; see below.
  }, [points, isReady]);

  useEffect(() => {
    if (colours !== undefined) void plot?.recolour(colours);
  }, [plot, colours]);

  useEffect(() => {
    if (plot === undefined) return;
    const colourOf = new Map(legend.map(({ label, colour }) => [label, colour]));
    const painted = Uint8Array.from(points.labelOf, (label) => colourOf.get(label) ?? GREY);
    const shown = chosen.size === 0 ? undefined : indexesWhere(points.labelOf, (label) => chosen.has(label));
    void plot.paint(painted).then(() => {
      setPainted(true);
      return plot.show(shown);
    });
  }, [plot, points, legend, chosen]);

  useEffect(() => plot?.select(selected), [plot, selected]);
  useEffect(() => void plot?.setMode(mode), [plot, mode]);
  useImperativeHandle(ref, () => ({ goTo: (point: number) => void plot?.goTo(point) }), [plot]);

  const onKeyDown = (event: KeyboardEvent) => {
    const act = keyActions(plot)[event.key];
    if (act === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  if (error instanceof NoWebGlError) {
    return (
      <div className={css.frame}>
        <EmptyState icon={ScanEye} title="This browser cannot draw the map">
          <p>It needs WebGL, which is missing or switched off. The lists beside work all the same.</p>
        </EmptyState>
      </div>
    );
  }
  if (error !== undefined) return <ErrorState error={error} />;
  return (
    <div ref={frame} className={css.frame} data-mode={mode} data-ready={isPainted}>
      <canvas
        ref={canvas}
        className={css.canvas}
        role="img"
        tabIndex={0}
        aria-label={`Map of ${counted(points.count, 'image')}: those that look alike are near each other. Arrow keys move it, plus and minus zoom. The lists after it say the same in words.`}
        onKeyDown={onKeyDown}
      />
      {!isPainted && (
        <p role="status" className={css.waiting}>
          Drawing the map…
        </p>
      )}
      {hovered !== undefined && plot !== undefined && (
        <HoverCard id={`Image:${points.ids[hovered]!}`} place={plot.placeOf(hovered)} frame={frame} />
      )}
      <div className={css.tools} role="toolbar" aria-label="Tools of the map">
        <IconButton
          size="s"
          label="Move the map"
          icon={Hand}
          aria-pressed={mode === 'move'}
          onPress={() => setMode('move')}
        />
        <IconButton
          size="s"
          label="Select with the lasso"
          icon={Lasso}
          aria-pressed={mode === 'lasso'}
          onPress={() => setMode('lasso')}
        />
        <span className={css.rule} />
        <IconButton size="s" label="Zoom in" icon={Plus} onPress={() => void plot?.zoom('in')} />
        <IconButton size="s" label="Zoom out" icon={Minus} onPress={() => void plot?.zoom('out')} />
        <IconButton size="s" label="Show all of it" icon={Maximize} onPress={() => void plot?.showWhole()} />
      </div>
    </div>
  );
}

function keyActions(plot: Plot | undefined): Readonly<Record<string, (() => void) | undefined>> {
  return {
    ArrowLeft: () => void plot?.move(-STEP, 0),
    ArrowRight: () => void plot?.move(STEP, 0),
    ArrowUp: () => void plot?.move(0, STEP),
    ArrowDown: () => void plot?.move(0, -STEP),
    '+': () => void plot?.zoom('in'),
    '=': () => void plot?.zoom('in'),
    '-': () => void plot?.zoom('out'),
    '0': () => void plot?.showWhole(),
  };
}

function indexesWhere(labelOf: Uint16Array, passes: (label: number) => boolean): number[] {
  const indexes: number[] = [];
  for (let index = 0; index < labelOf.length; index += 1) {
    if (passes(labelOf[index]!)) indexes.push(index);
  }
  return indexes;
}
