import { useEffect, useState } from 'react';
import { readMapPoints, type MapPoints } from './map-points.ts';

/** Loads the points of a map. */
export function useMapPoints(url: string) {
  const [points, setPoints] = useState<MapPoints>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    setPoints(undefined);
    setError(undefined);
    load(url, stop.signal).then(setPoints, (failure: unknown) => {
      if (!stop.signal.aborted) setError(failure);
    });
    return () => stop.abort();
  }, [url, attempt]);
  return { points, error, retry: () => setAttempt((count) => count + 1) };
}

async function load(url: string, signal: AbortSignal): Promise<MapPoints> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw Object.assign(new Error('The map may have been replaced in the meantime. Try again.'), {
      code: 'UNKNOWN',
      title: 'The map cannot be loaded',
    });
  }
  return readMapPoints(await response.arrayBuffer());
}
