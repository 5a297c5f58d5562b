import { useLazyQuery } from '@apollo/client/react';
import Gauge from 'lucide-react/icons/gauge';
import {
  QualityDocument,
  type MeasuredShareFieldsFragment,
  type QualityQuery,
} from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { count, counted, percent } from '../../ui/numbers.ts';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Progress } from '../../ui/states/progress.tsx';
import type { Dataset } from '../dataset-view.tsx';
import { modelName } from './model-words.ts';
import css from './quality.module.css';

const K = 10;
const QUERIES = 100;
const MS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 2 });

/** How well searches find images with the same label, measured when it is asked for. */
export function Quality({ dataset }: { dataset: Dataset }) {
  const [measure, { data, error, loading }] = useLazyQuery(QualityDocument, { fetchPolicy: 'no-cache' });
  const start = () => {
    // The error is shown in place of the report.
    measure({ variables: { dataset: dataset.id, k: K, queries: QUERIES } }).catch(() => undefined);
  };
  return (
    <section className={css.quality} aria-label="Quality">
      <div className={css.head}>
        <div>
          <h2>Quality</h2>
          <p className={css.note}>
            Searches with some of the images among all the others, and counts the hits that have one of their
            labels.
          </p>
        </div>
        <Button icon={Gauge} isDisabled={loading || dataset.labels.totalCount === 0} onPress={start}>
          {data === undefined ? 'Measure' : 'Measure again'}
        </Button>
      </div>
      {dataset.labels.totalCount === 0 && <p className={css.note}>This needs images with labels.</p>}
      {loading && (
        <Progress label="Measuring" value={null} detail="This takes seconds, or longer for large datasets." />
      )}
      {error !== undefined && !loading && <ErrorState error={error} onRetry={start} />}
      {data !== undefined && !loading && <Report evaluation={data.evaluation} />}
    </section>
  );
}

function Report({ evaluation }: { evaluation: QualityQuery['evaluation'] }) {
  const {
    queries,
    k,
    precisionAt1,
    precisionAtK,
    meanAveragePrecisionAtK,
    recallAtK,
    latencyMs,
    model,
    reliability,
  } = evaluation;
  return (
    <div role="status">
      <dl className={css.report}>
        <Share name="The first hit has the same label" share={precisionAt1} />
        <Share name={`Of the first ${count(k)} hits have it`} share={precisionAtK} />
        <Share name="Mean average precision" share={meanAveragePrecisionAtK} />
        <Share name="Nearest neighbours that the index finds" share={{ value: recallAtK }} />
      </dl>
      <p className={css.note}>
        Measured on {counted(queries, 'search', 'searches')} with {modelName(model)}. Half of them took at
        most {MS.format(latencyMs.p50)} ms, and 95% at most {MS.format(latencyMs.p95)} ms.
      </p>
      {reliability !== null && <ReliabilityTable reliability={reliability} />}
    </div>
  );
}

/** How often hits of each confidence have the same label. */
function ReliabilityTable({
  reliability: { bins, expectedCalibrationError },
}: {
  reliability: NonNullable<QualityQuery['evaluation']['reliability']>;
}) {
  return (
    <div className={css.reliability}>
      <table>
        <caption className={css.note}>
          What the confidence of hits is worth: it is {percent(expectedCalibrationError)} off on average.
        </caption>
        <thead>
          <tr>
            <th scope="col">Confidence</th>
            <th scope="col">Hits</th>
            <th scope="col">On average</th>
            <th scope="col">Same label</th>
          </tr>
        </thead>
        <tbody>
          {bins
            .filter((bin) => bin.count > 0)
            .map((bin) => (
              <tr key={bin.from}>
                <th scope="row">
                  {percent(bin.from)} to {percent(bin.to)}
                </th>
                <td>{count(bin.count)}</td>
                <td>{percent(bin.meanConfidence)}</td>
                <td>{percent(bin.observedShare)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

/** A share with the interval in which it lies with 95% certainty. */
function Share({
  name,
  share,
}: {
  name: string;
  share: { value: number } & Partial<MeasuredShareFieldsFragment>;
}) {
  const { value, low, high } = share;
  return (
    <div className={css.share}>
      <dt>{name}</dt>
      <dd>
        <span className={css.value}>{percent(value)}</span>
        <span className={css.rail} aria-hidden>
          <span className={css.fill} style={{ width: `${100 * value}%` }} />
          {low !== undefined && high !== undefined && (
            <span
              className={css.interval}
              style={{ left: `${100 * low}%`, width: `${100 * (high - low)}%` }}
            />
          )}
        </span>
        {low !== undefined && high !== undefined && (
          <span className={css.note}>
            {percent(low)} to {percent(high)}
          </span>
        )}
      </dd>
    </div>
  );
}
