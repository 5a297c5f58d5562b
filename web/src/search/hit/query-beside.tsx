import { useQuery } from '@apollo/client/react';
import { ExampleSourceDocument } from '../../api/generated/graphql.ts';
import { HeatLayer } from './heat-layer.tsx';
import { sizes } from '../pictures/picture-size.ts';
import type { Example } from '../state/search-state.ts';
import css from './hit-view.module.css';

interface Props {
  examples: readonly Example[];
  /** The address of the heat map to lay over the picture. */
  heatMap?: string | undefined;
}

/** The query at the side of a hit, with the part that is searched with. */
export function QueryBeside({ examples, heatMap }: Props) {
  const example = examples.find(({ weight }) => weight > 0) ?? examples[0]!;
  const { data } = useQuery(ExampleSourceDocument, {
    variables: { id: example.id },
    fetchPolicy: 'cache-first',
  });
  const source = data?.node;
  if (source == null || !('url' in source)) return null;
  const { region } = example;
  return (
    <figure className={css.figure}>
      <span className={css.framed} style={sizes(source)}>
        <img
          className={css.picture}
          src={source.url}
          width={source.width}
          height={source.height}
          alt="The query"
        />
        {region !== undefined && (
          <span
            className={css.region}
            style={{
              left: `${region.x * 100}%`,
              top: `${region.y * 100}%`,
              width: `${region.width * 100}%`,
              height: `${region.height * 100}%`,
            }}
          />
        )}
        <HeatLayer url={heatMap} />
      </span>
      <figcaption className={css.under}>
        {examples.length > 1 ? `Query, the first of ${examples.length} examples` : 'Query'}
      </figcaption>
    </figure>
  );
}
