import { type RefObject, useEffect, useState } from 'react';
import { COLOURS } from '../points/label-colours.ts';
import type { PlotColours, Rgb } from './plot.ts';

/** Reads the colours of the labels from the styles, again whenever the theme changes. */
export function usePlotColours(element: RefObject<HTMLElement | null>): PlotColours | undefined {
  const [colours, setColours] = useState<PlotColours>();
  useEffect(() => {
    const read = () => element.current && setColours(coloursAt(element.current));
    read();
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', read);
    const chosen = new MutationObserver(read);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', read);
      chosen.disconnect();
    };
  }, [element]);
  return colours;
}

function coloursAt(element: HTMLElement): PlotColours {
  const probe = document.createElement('i');
  // With a transition, however short, each colour would be read as the one before it.
  probe.style.setProperty('transition', 'none', 'important');
  element.append(probe);
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const read = (property: string): Rgb => {
    probe.style.color = `var(${property})`;
    context.fillStyle = getComputedStyle(probe).color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return [red! / 255, green! / 255, blue! / 255];
  };
  const points = Array.from({ length: COLOURS + 1 }, (_each, colour) => read(`--label-${colour}`));
  const colours = { points, background: read('--surface'), accent: read('--ink') };
  probe.remove();
  return colours;
}
