import { useQuery } from '@apollo/client/react';
import CircleCheck from 'lucide-react/icons/circle-check';
import Tag from 'lucide-react/icons/tag';
import { SuspectLabelsDocument } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { percent } from '../../ui/numbers.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { ImageRow } from './image-row.tsx';
import { ListLoading } from './list-loading.tsx';
import css from './lists.module.css';
import { useLabelFix } from './use-label-fix.ts';

const PAGE = 20;

interface Props {
  dataset: string;
  onLocate: ((id: string) => void) | undefined;
}

/** Images whose neighbours have another label, the clearest first, with the label to give them. */
export function SuspectList({ dataset, onLocate }: Props) {
  const { data, error, fetchMore, refetch, loading } = useQuery(SuspectLabelsDocument, {
    variables: { dataset, first: PAGE },
    notifyOnNetworkStatusChange: true,
  });
  const { fixed, fix } = useLabelFix();
  const page = data?.suspectLabels;
  if (page === undefined) {
    return error === undefined ? (
      <ListLoading />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    );
  }
  const rows = page.edges.filter(({ node }) => !fixed.has(node.image.id));
  if (rows.length === 0 && !page.pageInfo.hasNextPage) {
    return (
      <EmptyState
        icon={CircleCheck}
        title={fixed.size > 0 ? 'All of them are mended' : 'Labels and looks agree'}
      >
        <p>No picture is left whose neighbours mostly have another label.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <p className={css.note}>
        The pictures most like these have another label. Change it, or leave it as it is.
      </p>
      <ul>
        {rows.map(({ node: { image, neighbourLabel, agreement } }) => (
          <ImageRow
            key={image.id}
            image={image}
            dataset={dataset}
            onLocate={onLocate && (() => onLocate(image.id))}
            action={
              <Button size="s" icon={Tag} onPress={() => fix(image, neighbourLabel)}>
                {image.labels.length > 1 ? 'Add' : 'Change to'} “{neighbourLabel.name}”
              </Button>
            }
          >
            <span>
              is{' '}
              <span className={css.is}>
                {image.labels.map(({ name }) => name).join(', ') || 'without a label'}
              </span>
              , {percent(agreement)} of its neighbours are{' '}
              <span className={css.should}>{neighbourLabel.name}</span>
            </span>
          </ImageRow>
        ))}
      </ul>
      {page.pageInfo.hasNextPage && (
        <Button
          size="s"
          variant="plain"
          isPending={loading}
          onPress={() => void fetchMore({ variables: { after: page.pageInfo.endCursor } })}
        >
          Show more
        </Button>
      )}
    </>
  );
}
