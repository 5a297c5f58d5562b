import { type ReactNode, useEffect, useRef, useState } from 'react';
import ReactCrop, { type PercentCrop } from 'react-image-crop';
import 'react-image-crop/dist/ReactCrop.css';
import { type Region, SMALLEST_REGION } from '../state/search-state.ts';
import './crop-box.css';

interface Props {
  region: Region | undefined;
  /** While a handle is dragged, a few times a second; undefined once the box has been clicked away. */
  onChange: (region: Region | undefined) => void;
  onEnd: () => void;
  /** The picture. */
  children: ReactNode;
}

/** Every change is a search: as many as the server answers in passing. */
const EVERY_MS = 120;

/** A picture with a box that is drawn, moved and resized by pointer or arrow keys. */
export default function CropBox({ region, onChange, onEnd, children }: Props) {
  const [drawn, setDrawn] = useState<PercentCrop | undefined>(() => percent(region));
  const isDrawing = useRef(false);
  const isReleased = useRef(false);
  const isByKey = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = useRef(onChange);
  tell.current = onChange;

  useEffect(() => {
    if (!isDrawing.current) setDrawn(percent(region));
  }, [region]);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    const note = ({ type }: Event) => (isByKey.current = type === 'keydown');
    addEventListener('keydown', note, true);
    addEventListener('pointerdown', note, true);
    return () => {
      removeEventListener('keydown', note, true);
      removeEventListener('pointerdown', note, true);
    };
  }, []);

  const follow = (crop: PercentCrop) => {
    // With the pointer, a box that is too small goes away; with the keys, it stays at its smallest.
    if (isByKey.current && fraction(crop) === undefined) return;
    isDrawing.current = true;
    setDrawn(crop);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      if (isDrawing.current) latest.current();
    }, EVERY_MS);
  };
  const latest = useRef(() => undefined as void);
  latest.current = () => {
    const next = fraction(drawn);
    if (next !== undefined) tell.current(next);
  };
  const complete = (crop: PercentCrop) => {
    const next = fraction(crop);
    // The library calls this as well when a box appears: one that is set from outside, or begins with a press.
    if (!isDrawing.current || (next === undefined && !isReleased.current)) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    isDrawing.current = false;
    isReleased.current = false;
    if (next === undefined) setDrawn(undefined);
    if (next !== undefined || region !== undefined) tell.current(next);
    onEnd();
  };

  return (
    <ReactCrop
      crop={drawn}
      onChange={(_, crop) => follow(crop)}
      onComplete={(_, crop) => complete(crop)}
      onDragEnd={() => {
        isReleased.current = true;
      }}
      ruleOfThirds
      ariaLabels={LABELS}
    >
      {children}
    </ReactCrop>
  );
}

const corner = (name: string) => `${name} corner of the part to search with; arrow keys move it`;
const side = (name: string) => `${name} side of the part to search with; arrow keys move it`;
const LABELS = {
  cropArea: 'Part of the picture to search with; arrow keys move it',
  nwDragHandle: corner('Top left'),
  nDragHandle: side('Top'),
  neDragHandle: corner('Top right'),
  eDragHandle: side('Right'),
  seDragHandle: corner('Bottom right'),
  sDragHandle: side('Bottom'),
  swDragHandle: corner('Bottom left'),
  wDragHandle: side('Left'),
};

function percent(region: Region | undefined): PercentCrop | undefined {
  if (region === undefined) return undefined;
  const { x, y, width, height } = region;
  return { unit: '%', x: x * 100, y: y * 100, width: width * 100, height: height * 100 };
}

function fraction(crop: PercentCrop | undefined): Region | undefined {
  if (crop === undefined) return undefined;
  const [x, y] = [crop.x / 100, crop.y / 100];
  const width = Math.min(crop.width / 100, 1 - x);
  const height = Math.min(crop.height / 100, 1 - y);
  // A smaller box was a click.
  return Math.min(width, height) < SMALLEST_REGION ? undefined : { x, y, width, height };
}
