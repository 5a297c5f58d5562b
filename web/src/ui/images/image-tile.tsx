import { type MouseEvent, type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { classNames } from '../class-names.ts';
import css from './image-tile.module.css';
import { useTilePlace } from './justified-grid.tsx';

interface Props {
  /** The addresses of a small and a large version. */
  small: string;
  large: string;
  /** What is to be seen, such as the label and the name. */
  alt: string;
  /** Where a click leads; without it, give `onOpen`. */
  href?: string;
  onOpen?: () => void;
  /** Below the picture. */
  caption?: ReactNode;
  /** Small buttons at the top right, shown on hover and focus. */
  actions?: ReactNode;
  /** Marks at the top left, always shown. */
  badge?: ReactNode;
  isSelected?: boolean;
}

/** A picture in a `JustifiedGrid`, with what belongs to it. */
export function ImageTile({ small, large, alt, href, onOpen, caption, actions, badge, isSelected }: Props) {
  const { width, height, tabIndex } = useTilePlace();
  const [isLoaded, setLoaded] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const picture = (
    <span className={classNames(css.frame, isSelected && css.selected)} style={{ height }}>
      {hasFailed ? (
        <span className={css.missing}>Picture not available</span>
      ) : (
        <img
          className={classNames(css.image, isLoaded && css.loaded)}
          src={width * devicePixelRatio > 280 ? large : small}
          width={width}
          height={height}
          alt={alt}
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(true)}
          onError={() => setFailed(true)}
        />
      )}
    </span>
  );
  const open = (event: MouseEvent) => {
    // Another tab or window is opened by the browser.
    if (event.metaKey || event.ctrlKey || event.shiftKey || onOpen === undefined) return;
    event.preventDefault();
    onOpen();
  };
  return (
    <div className={css.tile}>
      {href === undefined ? (
        <button type="button" className={css.open} tabIndex={tabIndex} onClick={onOpen}>
          {picture}
        </button>
      ) : (
        <Link href={href} className={css.open} tabIndex={tabIndex} draggable={false} onClick={open}>
          {picture}
        </Link>
      )}
      {badge !== undefined && <div className={css.badge}>{badge}</div>}
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
      {caption !== undefined && <div className={css.caption}>{caption}</div>}
    </div>
  );
}
