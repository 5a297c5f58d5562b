import { useState } from 'react';
import { useLabels } from '../../../api/use-labels.ts';
import { AttributeFilter } from '../../../search/filters/attribute-filter.tsx';
import { FacetList } from '../../../search/filters/facet-list.tsx';
import { toggled } from '../../../search/state/search-filters.ts';
import { EMPTY } from '../../../search/state/search-state.ts';
import type { Dataset } from '../../dataset-view.tsx';
import css from './filter-panel.module.css';
import type { ImageFilter } from './image-filter.ts';

interface Props {
  dataset: Dataset;
  filter: ImageFilter;
  onChange: (filter: ImageFilter) => void;
}

/** Chooses which images are shown, by labels and attributes, with the number of images that have each. */
export function FilterPanel({ dataset, filter, onChange }: Props) {
  const [typed, setTyped] = useState('');
  const { labels, others, total } = useLabels(dataset.name, { contains: typed, chosen: filter.labels });
  const controls = {
    state: { ...EMPTY, ...filter },
    update: (change: Partial<ImageFilter>) => onChange({ ...filter, ...change }),
  };
  return (
    <div className={css.panel}>
      {dataset.labels.totalCount > 0 && (
        <FacetList
          title="Label"
          values={[...others, ...labels].map(({ key, name, imageCount }) => ({
            value: key,
            name,
            count: imageCount,
          }))}
          total={total + others.length}
          onFind={setTyped}
          selected={filter.labels}
          onToggle={(key) => onChange({ ...filter, labels: toggled(filter.labels, key) })}
        />
      )}
      {dataset.attributes.map(({ name, type, commonValues }) => (
        <AttributeFilter
          key={name}
          facet={{
            name,
            type,
            values: commonValues.map(({ value, count }) => ({
              value: String(value),
              name: typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value),
              count,
            })),
          }}
          controls={controls}
        />
      ))}
    </div>
  );
}
