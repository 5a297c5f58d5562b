import createScatterplot from 'regl-scatterplot';
import type { MapPoints } from '../points/map-points.ts';
import { loadCompiler } from './compiler.ts';
import { forwardTouches } from './touches.ts';

export type Rgb = [number, number, number];

/** The colours of the plot, 0 to 1. */
export interface PlotColours {
  /** Of points, by the numbers that `paint` gets. */
  readonly points: readonly Rgb[];
  readonly background: Rgb;
  readonly accent: Rgb;
}

export interface PlotEvents {
  /** The pointer is over a point, or over none. */
  onHover: (point: number | undefined) => void;
  onClick: (point: number) => void;
  onLasso: (points: readonly number[]) => void;
  /** What is seen has moved. */
  onMove: () => void;
}

export type PointerMode = 'move' | 'lasso';

const ZOOM = 1.6;
/** Leaves a margin around the map. */
const WHOLE = 1.08;

/** The browser has no WebGL, or not what the plot needs of it. */
export class NoWebGlError extends Error {}

/** Points in the plane on a canvas, by regl-scatterplot. */
export class Plot {
  private isLassoing = false;

  private constructor(
    private readonly plot: ReturnType<typeof createScatterplot>,
    private readonly points: MapPoints,
    private readonly stopTouches: () => void,
  ) {}

  /** Rejects with `NoWebGlError`. */
  static async create(
    canvas: HTMLCanvasElement,
    points: MapPoints,
    colours: PlotColours,
    events: PlotEvents,
  ): Promise<Plot> {
    if (!hasWebGl()) throw new NoWebGlError();
    await loadCompiler();
    const scatterplot = createScatterplot({
      canvas,
      ...sizesFor(points.count),
      ...settingsOf(colours),
      colorBy: 'valueA',
      lassoMinDelay: 10,
      lassoMinDist: 3,
      lassoLineWidth: 2,
      pointSizeSelected: 3,
      pointOutlineWidth: 2,
      opacityInactiveMax: 0.25,
      cameraDistance: wholeDistance(canvas),
      actionKeyMap: { lasso: 'shift', merge: 'cmd' },
      syncEvents: true,
    } as Parameters<typeof createScatterplot>[0]);
    const plot = new Plot(scatterplot, points, forwardTouches(canvas));
    plot.listen(events);
    return plot;
  }

  /** Draws the points, each in the colour with this number. */
  async paint(colourOf: Uint8Array): Promise<void> {
    const { x, y } = this.points;
    await this.plot.draw({ x, y, valueA: colourOf }, { zDataType: 'categorical', preventFilterReset: true });
  }

  async recolour(colours: PlotColours): Promise<void> {
    await this.plot.set(settingsOf(colours));
  }

  /** Hides all other points; undefined shows all. */
  async show(points: readonly number[] | undefined): Promise<void> {
    if (points === undefined) await this.plot.unfilter({ preventEvent: true });
    else await this.plot.filter([...points], { preventEvent: true });
  }

  select(points: readonly number[]): void {
    if (points.length === 0) this.plot.deselect({ preventEvent: true });
    else this.plot.select([...points], { preventEvent: true });
  }

  async setMode(mode: PointerMode): Promise<void> {
    await this.plot.set({ mouseMode: mode === 'lasso' ? 'lasso' : 'panZoom' });
  }

  /** Where a point is, in pixels from the corner of the canvas; undefined if it is out of sight. */
  placeOf(point: number): [number, number] | undefined {
    return this.plot.getScreenPosition(point);
  }

  async zoom(direction: 'in' | 'out'): Promise<void> {
    const distance = this.plot.get('cameraDistance') * (direction === 'in' ? 1 / ZOOM : ZOOM);
    await this.plot.zoomToLocation([...this.plot.get('cameraTarget')], distance, MOTION);
  }

  /** By parts of what is seen. */
  async move(right: number, up: number): Promise<void> {
    const [x, y] = this.plot.get('cameraTarget');
    const distance = this.plot.get('cameraDistance');
    await this.plot.zoomToLocation([x + right * distance, y + up * distance], distance, MOTION);
  }

  async showWhole(): Promise<void> {
    await this.plot.zoomToLocation([0, 0], wholeDistance(this.plot.get('canvas')), MOTION);
  }

  async goTo(point: number): Promise<void> {
    const { x, y } = this.points;
    this.select([point]);
    await this.plot.zoomToLocation([x[point]!, y[point]!], 0.35, MOTION);
  }

  destroy(): void {
    this.stopTouches();
    this.plot.destroy();
  }

  private listen({ onHover, onClick, onLasso, onMove }: PlotEvents): void {
    this.plot.subscribe('pointOver', (point) => onHover(point));
    this.plot.subscribe('pointOut', () => onHover(undefined));
    this.plot.subscribe('view', onMove);
    this.plot.subscribe('lassoStart', () => {
      this.isLassoing = true;
    });
    this.plot.subscribe('lassoEnd', () => {
      this.isLassoing = false;
      onLasso(this.plot.get('selectedPoints'));
    });
    this.plot.subscribe('select', ({ points: [point] }) => {
      if (this.isLassoing || point === undefined) return;
      onClick(point);
    });
    this.plot.subscribe('deselect', () => {
      if (!this.isLassoing) onLasso([]);
    });
  }
}

const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
const MOTION = isCalm ? {} : { transition: true, transitionDuration: 240 };

function settingsOf({ points, background, accent }: PlotColours) {
  return {
    backgroundColor: background,
    pointColor: [...points],
    pointColorActive: accent,
    pointColorHover: accent,
    lassoColor: accent,
  };
}

/** Few points are large and solid; many are small, and the denser parts darker. */
function sizesFor(count: number) {
  if (count > 20_000) return { pointSize: 2.4, opacity: 0.55 };
  if (count > 3_000) return { pointSize: 3.5, opacity: 0.7 };
  if (count > 500) return { pointSize: 7, opacity: 0.85 };
  return { pointSize: 11, opacity: 0.9 };
}

/** The map is as high as the canvas from a distance of 1, so one that is narrow is seen from further away. */
function wholeDistance({ clientWidth, clientHeight }: HTMLCanvasElement): number {
  return WHOLE * Math.max(1, clientHeight / Math.max(1, clientWidth));
}

function hasWebGl(): boolean {
  const canvas = document.createElement('canvas');
  const gl = canvas.getContext('webgl');
  if (gl === null) return false;
  const isEnough = ['OES_texture_float', 'OES_element_index_uint'].every(
    (name) => gl.getExtension(name) !== null,
  );
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return isEnough;
}
