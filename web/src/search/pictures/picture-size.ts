import type { CSSProperties } from 'react';

/** What the styles need to give a picture its room before it has been loaded, and small ones more than their own. */
export function sizes({ width, height }: { width: number; height: number }): CSSProperties {
  return { '--aspect': width / height, '--natural': width } as CSSProperties;
}
