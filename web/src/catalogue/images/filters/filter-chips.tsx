import X from 'lucide-react/icons/x';
import { Button } from 'react-aria-components/Button';
import { useLabels } from '../../../api/use-labels.ts';
import { toggled, withTest } from '../../../search/state/search-filters.ts';
import type { Dataset } from '../../dataset-view.tsx';
import css from './filter-chips.module.css';
import { EVERYTHING, type ImageFilter, isFiltered } from './image-filter.ts';

interface Props {
  dataset: Dataset;
  filter: ImageFilter;
  onChange: (filter: ImageFilter) => void;
}

interface Chip {
  readonly id: string;
  readonly text: string;
  readonly without: ImageFilter;
}

/** What the images are filtered by; each can be taken away. */
export function FilterChips({ dataset, filter, onChange }: Props) {
  const { nameOf } = useLabels(dataset.name, { chosen: filter.labels });
  if (!isFiltered(filter)) return null;
  const chips = chipsOf(filter, nameOf);
  return (
    <ul className={css.chips} aria-label="Filters that apply">
      {chips.map(({ id, text, without }) => (
        <li key={id}>
          <Button
            className={css.chip}
            aria-label={`Remove the filter ${text}`}
            onPress={() => onChange(without)}
          >
            {text}
            <X size={14} aria-hidden />
          </Button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <Button className={css.clear} onPress={() => onChange(EVERYTHING)}>
            Remove all
          </Button>
        </li>
      )}
    </ul>
  );
}

function chipsOf(filter: ImageFilter, nameOf: (key: string) => string): Chip[] {
  const { labels, attributes } = filter;
  return [
    ...labels.map((key) => ({
      id: `label ${key}`,
      text: nameOf(key),
      without: { ...filter, labels: toggled(labels, key) },
    })),
    ...attributes.flatMap(({ name, values, from, to }) => {
      const without = (change: Parameters<typeof withTest>[2]) => ({
        ...filter,
        attributes: withTest(attributes, name, change),
      });
      const chips = values.map((value) => ({
        id: `${name} is ${value}`,
        text: `${name}: ${value}`,
        without: without({ values: toggled(values, value) }),
      }));
      if (from !== undefined) {
        chips.push({
          id: `${name} from`,
          text: `${name} from ${from}`,
          without: without({ from: undefined }),
        });
      }
      if (to !== undefined) {
        chips.push({ id: `${name} to`, text: `${name} to ${to}`, without: without({ to: undefined }) });
      }
      return chips;
    }),
  ];
}
