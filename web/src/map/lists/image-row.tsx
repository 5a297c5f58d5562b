import Crosshair from 'lucide-react/icons/crosshair';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { MapImageFragment } from '../../api/generated/graphql.ts';
import { IconButton } from '../../ui/actions/icon-button.tsx';
import { searchLike } from '../map-address.ts';
import css from './image-row.module.css';

interface Props {
  image: MapImageFragment;
  dataset: string;
  /** What is to be said about it. */
  children: ReactNode;
  action?: ReactNode;
  /** Shows its point; omitted if there is no map on the screen. */
  onLocate?: (() => void) | undefined;
}

/** An image in one of the lists beside the map. The picture leads to the search for what is like it. */
export function ImageRow({ image, dataset, children, action, onLocate }: Props) {
  return (
    <li className={css.row} data-image={image.id}>
      <Link
        href={searchLike(dataset, [image.id])}
        className={css.picture}
        aria-label={`Search for pictures like ${image.externalId}`}
      >
        <img src={image.thumbnailUrl} alt="" loading="lazy" />
      </Link>
      <div className={css.text}>
        <span className={css.name} title={image.externalId}>
          {image.externalId}
        </span>
        {children}
        {action !== undefined && <div className={css.action}>{action}</div>}
      </div>
      {onLocate !== undefined && (
        <IconButton
          size="s"
          label={`Show ${image.externalId} on the map`}
          icon={Crosshair}
          onPress={onLocate}
        />
      )}
    </li>
  );
}
