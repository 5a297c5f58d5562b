import { AttributeFilter } from '../../search/attribute-filter.tsx';
import { FacetList } from '../../search/facet-list.tsx';
import { toggled } from '../../search/search-filters.ts';
import { EMPTY } from '../../search/search-state.ts';
import type { Dataset } from '../dataset-view.tsx';
import css from './filter-panel.module.css';
import type { ImageFilter } from './image-filter.ts';

interface Props {
  dataset: Dataset;
  filter: ImageFilter;
  onChange: (filter: ImageFilter) => void;
}

/** Chooses which images are shown, by labels and attributes, with the number of images that have each. */
export function FilterPanel({ dataset, filter, onChange }: Props) {
  const labels = [...dataset.labels].sort((a, b) => b.imageCount - a.imageCount);
  const controls = {
    state: { ...EMPTY, ...filter },
    update: (change: Partial<ImageFilter>) => onChange({ ...filter, ...change }),
  };
  return (
    <div className={css.panel}>
      {labels.length > 0 && (
        <FacetList
          title="Label"
          values={labels.map(({ key, name, imageCount }) => ({ value: key, name, count: imageCount }))}
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
              name: typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value),
              count,
            })),
          }}
          controls={controls}
        />
      ))}
    </div>
  );
}
