import X from 'lucide-react/icons/x';
import { percent, score } from '../../ui/numbers.ts';
import { toggled, withTest } from '../state/search-filters.ts';
import { isSingle, type SearchState } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import css from './active-filters.module.css';
import type { Facets } from './use-facets.ts';

interface Active {
  readonly key: string;
  readonly text: string;
  readonly without: Partial<SearchState>;
}

/** The filters that apply, each with a button that removes it. */
export function ActiveFilters({
  controls: { state, update },
  facets,
}: {
  controls: SearchControls;
  facets: Facets;
}) {
  const active = activeFilters(state, facets);
  if (active.length === 0) return null;
  return (
    <ul className={css.list} aria-label="Filters that apply">
      {active.map(({ key, text, without }) => (
        <li key={key}>
          <button
            type="button"
            className={css.filter}
            aria-label={`Remove the filter ${text}`}
            onClick={() => update(without)}
          >
            {text}
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}

function activeFilters(state: SearchState, facets: Facets): Active[] {
  const { datasets, labels, attributes, minScore, minConfidence } = state;
  return [
    ...datasets.map((name) => ({
      key: `in ${name}`,
      text: name,
      without: { datasets: toggled(datasets, name) },
    })),
    ...labels.map((key) => ({
      key: `label ${key}`,
      text: facets.labels.find(({ value }) => value === key)?.name ?? key,
      without: { labels: toggled(labels, key) },
    })),
    ...attributes.flatMap(({ name, values, from, to }) => [
      ...values.map((value) => ({
        key: `${name} is ${value}`,
        text: `${name}: ${value}`,
        without: { attributes: withTest(attributes, name, { values: toggled(values, value) }) },
      })),
      ...(from === undefined && to === undefined
        ? []
        : [
            {
              key: `${name} between`,
              text: `${name} ${rangeText(from, to)}`,
              without: { attributes: withTest(attributes, name, { from: undefined, to: undefined }) },
            },
          ]),
    ]),
    ...(minScore === undefined
      ? []
      : [{ key: 'min', text: `score ≥ ${score(minScore)}`, without: { minScore: undefined } }]),
    ...(minConfidence === undefined || !isSingle(state)
      ? []
      : [
          {
            key: 'sure',
            text: `confidence ≥ ${percent(minConfidence)}`,
            without: { minConfidence: undefined },
          },
        ]),
  ];
}

function rangeText(from?: string, to?: string): string {
  if (from === undefined) return `≤ ${to}`;
  return to === undefined ? `≥ ${from}` : `${from} – ${to}`;
}
