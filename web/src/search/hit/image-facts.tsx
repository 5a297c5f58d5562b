import { useQuery } from '@apollo/client/react';
import type { ReactNode } from 'react';
import { ImageFactsDocument } from '../../api/generated/graphql.ts';
import { useDatasets } from '../../api/use-datasets.ts';
import { bytes, count } from '../../ui/numbers.ts';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import css from './hit-view.module.css';

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** What is known of an image: labels, attributes, file and source. */
export function ImageFacts({ id, duplicates }: { id: string; duplicates: number }) {
  const { data, error, refetch } = useQuery(ImageFactsDocument, {
    variables: { id },
    fetchPolicy: 'cache-first',
  });
  const { datasets } = useDatasets('cache-first');
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const image = data?.node;
  if (image?.__typename !== 'Image') return <Skeleton height="12rem" />;
  const dataset = datasets?.find((one) => one.id === image.datasetId);
  return (
    <dl className={css.list}>
      <Fact name={image.labels.length === 1 ? 'Label' : 'Labels'}>
        {image.labels.length === 0 ? 'none' : image.labels.map(({ name }) => name).join(', ')}
      </Fact>
      {image.attributes.map(({ name, value, type }) => (
        <Fact key={name} name={name}>
          {type === 'DATE' ? String(value).replace(/T00:00:00(\.000)?Z$/, '') : worded(value)}
        </Fact>
      ))}
      <Fact name="Dataset">{dataset?.name ?? '…'}</Fact>
      <Fact name="Id">
        <code>{image.externalId}</code>
      </Fact>
      <Fact name="File">
        <a href={image.url} target="_blank" rel="noreferrer">
          {image.fileName}
        </a>
      </Fact>
      <Fact name="Size">
        {count(image.width)} × {count(image.height)} px, {image.format.toUpperCase()}, {bytes(image.bytes)}
      </Fact>
      <Fact name="Added">{DATE.format(new Date(image.createdAt))}</Fact>
      {image.sourceUrl !== null && (
        <Fact name="Source">
          <a href={image.sourceUrl} target="_blank" rel="noreferrer">
            {image.sourceUrl}
          </a>
        </Fact>
      )}
      {duplicates > 0 && <Fact name="Duplicates">{count(duplicates)} hidden</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function worded(value: string | number | boolean | string[]): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'number' ? count(value) : value;
}
