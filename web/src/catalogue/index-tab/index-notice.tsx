import Sparkles from 'lucide-react/icons/sparkles';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import type { JobFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { counted } from '../../ui/numbers.ts';
import type { Dataset } from '../dataset-view.tsx';
import css from './index-notice.module.css';
import { useBuildIndex } from './use-build-index.ts';

interface Props {
  dataset: Dataset;
  jobs: readonly JobFieldsFragment[];
}

/** Says that a dataset cannot be searched yet, or that its index is not up to date, and offers what mends it. */
export function IndexNotice({ dataset, jobs }: Props) {
  const { build, isStarting } = useBuildIndex(dataset.id);
  const { index, imageCount } = dataset;
  if (jobs.length > 0 || imageCount === 0) return null;
  if (index !== null && index.state !== 'BUILDING') {
    if (index.pending === 0) return null;
    return (
      <section className={css.notice} aria-label="Index">
        <p>
          <strong>{counted(index.pending, 'image has', 'images have')} changed</strong> since the index was
          built. Searches may miss them.
        </p>
        <Button icon={RefreshCw} isPending={isStarting} onPress={() => void build()}>
          Bring the index up to date
        </Button>
      </section>
    );
  }
  return (
    <section className={css.notice} aria-label="Index">
      <p>
        <strong>Not searchable yet.</strong> Searches need an index of the {counted(imageCount, 'image')}.
      </p>
      <Button variant="primary" icon={Sparkles} isPending={isStarting} onPress={() => void build()}>
        Build the index
      </Button>
    </section>
  );
}
