import type { ImageDetailsQuery } from '../../../api/generated/graphql.ts';
import { bytes, count } from '../../../ui/numbers.ts';
import css from './image-dialog.module.css';

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** The file of an image: its name, size and source. */
export function ImageFile({ image }: { image: NonNullable<ImageDetailsQuery['image']> }) {
  return (
    <section className={css.part}>
      <h3 className={css.heading}>File</h3>
      <dl className={css.facts}>
        <dt>Id</dt>
        <dd>{image.externalId}</dd>
        <dt>Size</dt>
        <dd>
          {count(image.width)} × {count(image.height)} px, {image.format.toUpperCase()}, {bytes(image.bytes)}
        </dd>
        {image.warnings.length > 0 && (
          <>
            <dt>Damage</dt>
            <dd>{image.warnings.map(({ message }) => message).join(' ')}</dd>
          </>
        )}
        <dt>Added</dt>
        <dd>{DATE.format(new Date(image.createdAt))}</dd>
        <dt>Picture</dt>
        <dd>
          <a href={image.url} target="_blank" rel="noreferrer">
            {image.fileName}
          </a>
        </dd>
        {image.sourceUrl !== null && (
          <>
            <dt>Source</dt>
            <dd>
              <a href={image.sourceUrl} target="_blank" rel="noreferrer">
                {image.sourceUrl}
              </a>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
