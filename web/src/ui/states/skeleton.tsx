import css from './skeleton.module.css';

interface Props {
  /** CSS lengths. */
  width?: string;
  height?: string;
}

/** Takes the room of what is being loaded. */
export function Skeleton({ width = '100%', height = '1em' }: Props) {
  return <span className={css.skeleton} style={{ width, height }} aria-hidden />;
}

const WIDTHS = [210, 150, 280, 190, 240, 160, 220, 300, 170, 230, 180, 260, 200, 150, 290, 210];

/** Takes the room of a grid of pictures. `label` is what a screen reader says. */
export function SkeletonGrid({ label }: { label: string }) {
  return (
    <div className={css.grid} role="status" aria-label={label}>
      {WIDTHS.map((width, index) => (
        <span
          key={index}
          className={css.skeleton}
          style={{ flex: `${width} 1 ${width * 0.72}px` }}
          aria-hidden
        />
      ))}
    </div>
  );
}
