import { useState } from 'react';
import { isSearchable, useDatasets } from '../api/use-datasets.ts';
import { Checkbox } from '../ui/checkbox.tsx';
import { NativeSelect } from '../ui/native-select.tsx';
import { count, score } from '../ui/numbers.ts';
import { Slider } from '../ui/slider.tsx';
import { Switch } from '../ui/switch.tsx';
import { AttributeFilter } from './attribute-filter.tsx';
import { FacetList } from './facet-list.tsx';
import css from './filters.module.css';
import { toggled } from './search-filters.ts';
import type { Facets } from './use-facets.ts';
import type { SearchControls } from './use-search-state.ts';

const UNGROUPED = '';

/** What hits must have, and how they are shown. */
export function Filters({ controls, facets }: { controls: SearchControls; facets: Facets }) {
  const { state, update } = controls;
  const groupable = facets.attributes.filter(({ type }) => type !== 'STRINGS');
  return (
    <div className={css.filters}>
      <MinimumScore controls={controls} />
      <DatasetFilter controls={controls} />
      {(facets.labels.length > 0 || state.labels.length > 0) && (
        <FacetList
          title="Label"
          values={facets.labels}
          selected={state.labels}
          onToggle={(key) => update({ labels: toggled(state.labels, key) })}
        />
      )}
      {facets.attributes.map((facet) => (
        <AttributeFilter key={facet.name} facet={facet} controls={controls} />
      ))}
      <fieldset className={css.group}>
        <legend className={css.title}>Show</legend>
        <Switch isSelected={state.unique} onChange={(unique) => update({ unique })}>
          Hide duplicates
        </Switch>
        {groupable.length > 0 && (
          <NativeSelect
            label="Group the views of one product"
            value={state.groupBy ?? UNGROUPED}
            onChange={(id) => update({ groupBy: id === UNGROUPED ? undefined : id })}
            options={[
              { id: UNGROUPED, label: 'Do not group' },
              ...groupable.map(({ name }) => ({ id: name, label: `By ${name}` })),
            ]}
          />
        )}
      </fieldset>
    </div>
  );
}

function MinimumScore({ controls: { state, update, endGesture } }: { controls: SearchControls }) {
  const [dragged, setDragged] = useState<number | undefined>(undefined);
  const value = dragged ?? state.minScore ?? 0;
  const apply = (next: number) => update({ minScore: next === 0 ? undefined : next }, { gesture: 'min' });
  return (
    <Slider
      label="Minimum score"
      value={value}
      minValue={0}
      maxValue={1}
      step={0.01}
      format={(next) => (next === 0 ? 'any' : score(next))}
      onChange={setDragged}
      onChangeEnd={(next) => {
        setDragged(undefined);
        apply(next);
        endGesture();
      }}
    />
  );
}

function DatasetFilter({ controls: { state, update } }: { controls: SearchControls }) {
  const { datasets } = useDatasets();
  if (datasets === undefined || datasets.length < 2) return null;
  return (
    <fieldset className={css.group}>
      <legend className={css.title}>Dataset</legend>
      {datasets.map((dataset) => (
        <Checkbox
          key={dataset.id}
          isSelected={state.datasets.includes(dataset.name)}
          isDisabled={!isSearchable(dataset)}
          count={isSearchable(dataset) ? count(dataset.imageCount) : 'no index'}
          onChange={() => update({ datasets: toggled(state.datasets, dataset.name) })}
        >
          {dataset.name}
        </Checkbox>
      ))}
    </fieldset>
  );
}
