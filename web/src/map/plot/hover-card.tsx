import { useQuery } from '@apollo/client/react';
import type { RefObject } from 'react';
import { MapImageOfDocument } from '../../api/generated/graphql.ts';
import css from './hover-card.module.css';

const WIDTH = 176;
const HEIGHT = 210;
const GAP = 14;

interface Props {
  id: string;
  /** In pixels from the corner of the frame. */
  place: [number, number] | undefined;
  frame: RefObject<HTMLElement | null>;
}

/** The picture of the point below the pointer. */
export function HoverCard({ id, place, frame }: Props) {
  const { data } = useQuery(MapImageOfDocument, { variables: { id }, fetchPolicy: 'cache-first' });
  const image = data?.image;
  if (place === undefined || frame.current === null) return null;
  const [x, y] = place;
  const { clientWidth, clientHeight } = frame.current;
  const left = x + GAP + WIDTH > clientWidth ? Math.max(0, x - GAP - WIDTH) : x + GAP;
  const top = Math.max(0, Math.min(y - HEIGHT / 2, clientHeight - HEIGHT));
  return (
    <div className={css.card} style={{ left, top, width: WIDTH }} data-hover={id} aria-hidden>
      <span className={css.frame}>{image && <img src={image.thumbnailUrl} alt="" />}</span>
      <span className={css.name}>
        {data?.image === null ? 'No longer in the catalogue' : (image?.externalId ?? '…')}
      </span>
      <span className={css.label}>{image && labelNames(image.labels)}</span>
    </div>
  );
}

function labelNames(labels: readonly { name: string }[]): string {
  return labels.length === 0 ? 'No label' : labels.map(({ name }) => name).join(', ');
}
