import { useQuery } from '@apollo/client/react';
import CircleCheck from 'lucide-react/icons/circle-check';
import { useState } from 'react';
import { MapOutliersDocument } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { score as scored } from '../../ui/numbers.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { ImageRow } from './image-row.tsx';
import { ListLoading } from './list-loading.tsx';
import css from './lists.module.css';

const PAGE = 20;
const MOST = 100;

interface Props {
  dataset: string;
  onLocate: (id: string) => void;
}

/** The images that are least like any other. */
export function OutlierList({ dataset, onLocate }: Props) {
  const [first, setFirst] = useState(PAGE);
  const { data, previousData, error, refetch } = useQuery(MapOutliersDocument, {
    variables: { dataset, first },
  });
  const outliers = (data ?? previousData)?.dataset?.map?.outliers;
  if (outliers === undefined) {
    return error === undefined ? (
      <ListLoading />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    );
  }
  if (outliers.length === 0) {
    return (
      <EmptyState icon={CircleCheck} title="No outliers">
        <p>Each picture has others that are like it.</p>
      </EmptyState>
    );
  }
  return (
    <>
      <p className={css.note}>
        These are least like any other picture: perhaps a wrong file, a broken picture, or something rare.
      </p>
      <ul>
        {outliers.map(({ image, score }) => (
          <ImageRow key={image.id} image={image} dataset={dataset} onLocate={() => onLocate(image.id)}>
            <span>{image.labels.map(({ name }) => name).join(', ') || 'No label'}</span>
            <span className={css.quiet}>likeness to its neighbours {scored(score)}</span>
          </ImageRow>
        ))}
      </ul>
      {outliers.length === first && first < MOST && (
        <Button size="s" variant="plain" onPress={() => setFirst(first + PAGE)}>
          Show more
        </Button>
      )}
    </>
  );
}
