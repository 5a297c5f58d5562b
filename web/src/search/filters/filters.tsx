import { useState } from 'react';
import { isCalibrated, isSearchable, useDatasets } from '../../api/use-datasets.ts';
import { Checkbox } from '../../ui/forms/checkbox.tsx';
import { NativeSelect } from '../../ui/forms/native-select.tsx';
import { Slider } from '../../ui/forms/slider.tsx';
import { Switch } from '../../ui/forms/switch.tsx';
import { count, percent, score } from '../../ui/numbers.ts';
import { toggled } from '../state/search-filters.ts';
import { isSingle } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { AttributeFilter } from './attribute-filter.tsx';
import { FacetList } from './facet-list.tsx';
import css from './filters.module.css';
import type { Facets } from './use-facets.ts';

const UNGROUPED = '';

/** What hits must have, and how they are shown. */
export function Filters({ controls, facets }: { controls: SearchControls; facets: Facets }) {
  const { state, update } = controls;
  const groupable = facets.attributes.filter(({ type }) => type !== 'STRINGS');
  return (
    <div className={css.filters}>
      <MinimumScore controls={controls} />
      <MinimumConfidence controls={controls} />
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

/** Shown only where the confidence of hits is known. */
function MinimumConfidence({ controls: { state, update, endGesture } }: { controls: SearchControls }) {
  const { datasets } = useDatasets('cache-first');
  const [dragged, setDragged] = useState<number | undefined>(undefined);
  if (datasets === undefined || !isSingle(state) || !isCalibrated(datasets, state.datasets)) return null;
  return (
    <Slider
      label="Minimum confidence"
      value={dragged ?? state.minConfidence ?? 0}
      minValue={0}
      maxValue={1}
      step={0.01}
      format={(next) => (next === 0 ? 'any' : percent(next))}
      onChange={setDragged}
      onChangeEnd={(next) => {
        setDragged(undefined);
        update({ minConfidence: next === 0 ? undefined : next }, { gesture: 'sure' });
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
