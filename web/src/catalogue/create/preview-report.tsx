import type { PreviewImportMutation } from '../../api/generated/graphql.ts';
import { Checkbox } from '../../ui/forms/checkbox.tsx';
import { count, counted } from '../../ui/numbers.ts';
import { Difference } from '../sources/difference.tsx';
import css from './create.module.css';

interface Props {
  report: PreviewImportMutation['previewImport'];
  dataset: string;
  /** The columns that become attributes. */
  chosen: readonly string[];
  onChoose: (column: string, isChosen: boolean) => void;
}

const SHOWN_LABELS = 100;
const SHOWN_HOSTS = 5;

/** What an import would do: how many pictures, with which labels and attributes, from where. */
export function PreviewReport({ report, dataset, chosen, onChoose }: Props) {
  const { images, existing, labels, byLabel, locations, hosts, columns, attributes, sync } = report;
  const largest = Math.max(1, ...byLabel.map((label) => label.images));
  return (
    <>
      <dl className={css.figures}>
        <div className={css.figure}>
          <dt>Pictures</dt>
          <dd>{count(images)}</dd>
        </div>
        <div className={css.figure}>
          <dt>Labels</dt>
          <dd>{count(labels)}</dd>
        </div>
        {existing > 0 && (
          <div className={css.figure}>
            <dt>Already in {dataset}</dt>
            <dd>{count(existing)}</dd>
          </div>
        )}
        {locations.urls > 0 && (
          <div className={css.figure}>
            <dt>To download</dt>
            <dd>{count(locations.urls)}</dd>
          </div>
        )}
      </dl>
      {hosts.length > 0 && (
        <p className={css.note}>
          From{' '}
          {hosts
            .slice(0, SHOWN_HOSTS)
            .map(({ host, urls }) => `${host} (${count(urls)})`)
            .join(', ')}
          {hosts.length > SHOWN_HOSTS && ` and ${counted(hosts.length - SHOWN_HOSTS, 'other host')}`}.
        </p>
      )}
      {sync !== null && (
        <section className={css.part}>
          <h3>What would change</h3>
          {sync.counts.vanished > sync.mostVanished && (
            <p className={css.problem}>
              Of the {counted(sync.brought, 'image')} that this source has brought, at most{' '}
              {count(sync.mostVanished)} may be removed at once. This run would stop before it removes any.
            </p>
          )}
          <Difference difference={sync} />
        </section>
      )}
      {byLabel.length > 0 && (
        <section className={css.part}>
          <h3>Labels</h3>
          <ul className={css.bars} aria-label="Pictures of each label" tabIndex={0}>
            {byLabel.slice(0, SHOWN_LABELS).map(({ key, name, images: amount }) => (
              <li key={key}>
                <span className={css.barName}>{name}</span>
                <span className={css.bar} style={{ width: `${(100 * amount) / largest}%` }} aria-hidden />
                <span className={css.barValue}>{count(amount)}</span>
              </li>
            ))}
          </ul>
          {labels > SHOWN_LABELS && (
            <p className={css.note}>
              The {SHOWN_LABELS} commonest of {count(labels)} labels.
            </p>
          )}
        </section>
      )}
      {columns.length > 0 && (
        <fieldset className={css.part}>
          <legend>
            <h3>Keep as attributes</h3>
          </legend>
          <p className={css.note}>Searches and lists can be filtered by them.</p>
          <div className={css.columns}>
            {columns.map((column) => (
              <Checkbox
                key={column}
                isSelected={chosen.includes(column)}
                onChange={(isChosen) => onChoose(column, isChosen)}
              >
                {column}
              </Checkbox>
            ))}
          </div>
          {attributes.map(({ name, type, images: amount, invalid, samples }) => (
            <p key={name} className={css.note}>
              <strong>{name}</strong>: {type === null ? 'no values' : type.toLowerCase()}, in{' '}
              {counted(amount, 'picture')}
              {invalid > 0 && `, ${counted(invalid, 'value does', 'values do')} not fit`}
              {samples.length > 0 && `, such as ${samples.map(String).join(', ')}`}
            </p>
          ))}
        </fieldset>
      )}
    </>
  );
}
