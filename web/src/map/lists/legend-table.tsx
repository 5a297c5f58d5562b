import { useDeferredValue, useState } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { Field } from '../../ui/forms/field.tsx';
import { count, counted, percent } from '../../ui/numbers.ts';
import { COLOURS, GREY, type LegendEntry } from '../points/label-colours.ts';
import css from './legend-table.module.css';

interface Props {
  legend: readonly LegendEntry[];
  chosen: ReadonlySet<number>;
  onChoose: (chosen: ReadonlySet<number>) => void;
  total: number;
}

const MANY = 16;
/** So many rows are shown at first: a dataset can have thousands of labels. */
const ROWS = 200;

/** The labels with their colours and numbers of images; those that are pressed are shown alone. */
export function LegendTable({ legend, chosen, onChoose, total }: Props) {
  const [text, setText] = useState('');
  const [rows, setRows] = useState(ROWS);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const matching = legend.filter(({ name }) => name.toLowerCase().includes(wanted));
  const toggle = (label: number) => {
    const next = new Set(chosen);
    if (!next.delete(label)) next.add(label);
    onChoose(next);
  };
  const hasMore = legend.filter(({ key }) => key !== undefined).length > COLOURS;
  return (
    <div className={css.legend}>
      {legend.length > MANY && (
        <Field
          label="Find a label"
          hideLabel
          placeholder="Find a label"
          type="search"
          value={text}
          onChange={setText}
        />
      )}
      <div className={css.line} role="status">
        <span>
          {chosen.size === 0
            ? 'Choose labels to show only these.'
            : `${counted(chosen.size, 'label')} shown, of ${count(legend.length)}`}
        </span>
        {chosen.size > 0 && (
          <Button size="s" variant="plain" onPress={() => onChoose(new Set())}>
            Show all
          </Button>
        )}
      </div>
      <table className={css.table}>
        <thead className="hidden-but-read">
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Images</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          {matching.slice(0, rows).map(({ label, name, count: images, colour }) => (
            <tr
              key={label}
              data-chosen={chosen.has(label)}
              data-others={chosen.size > 0 && !chosen.has(label)}
            >
              <th scope="row">
                <button
                  type="button"
                  className={css.label}
                  aria-pressed={chosen.has(label)}
                  onClick={() => toggle(label)}
                >
                  <i className={css.swatch} style={{ background: `var(--label-${colour})` }} />
                  <span className={css.name}>{name}</span>
                </button>
              </th>
              <td>{count(images)}</td>
              <td className={css.share}>{share(images, total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {matching.length === 0 && <p className={css.note}>No label has this in its name.</p>}
      {matching.length > rows && (
        <Button size="s" variant="plain" onPress={() => setRows(rows + ROWS)}>
          Show {counted(Math.min(ROWS, matching.length - rows), 'more label')}
        </Button>
      )}
      {hasMore && (
        <p className={css.note}>
          <i className={css.swatch} style={{ background: `var(--label-${GREY})` }} />
          The {COLOURS} most frequent labels have colours. A label that you choose gets one too.
        </p>
      )}
    </div>
  );
}

function share(part: number, whole: number): string {
  return part / whole < 0.01 ? '< 1%' : percent(part / whole);
}
