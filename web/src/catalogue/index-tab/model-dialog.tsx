import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import { IndexModelsDocument, type IndexModelsQuery } from '../../api/generated/graphql.ts';
import { ConfirmDialog } from '../../ui/overlays/dialog.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import type { Dataset } from '../dataset-view.tsx';
import css from './index-tab.module.css';
import { modelFacts, modelName } from './model-words.ts';
import { useBuildIndex } from './use-build-index.ts';

interface Props {
  dataset: Dataset;
  isOpen: boolean;
  onClose: () => void;
}

type Model = IndexModelsQuery['embeddingModels'][number];

const ADVICE: Record<string, string> = {
  fast: 'The least work for each picture, and the smallest vectors.',
  best: 'Finds more of what looks alike, and takes longer for each picture.',
};

/** Chooses the model of an index. The index that answers keeps answering until the new one is complete. */
export function ModelDialog({ dataset, isOpen, onClose }: Props) {
  const { data, error, refetch } = useQuery(IndexModelsDocument, { skip: !isOpen });
  const { build, isStarting } = useBuildIndex(dataset.id);
  const [chosen, setChosen] = useState<string | null>(null);
  const current = dataset.index?.model;
  const models = specs(data?.embeddingModels ?? []);
  const start = async () => {
    if (chosen === null) return;
    const { data: started } = await build({ model: chosen });
    if (started !== undefined) onClose();
  };
  return (
    <ConfirmDialog
      title={current === undefined ? 'Choose a model' : 'Change the model'}
      size="m"
      isOpen={isOpen}
      onClose={onClose}
      action="Build the index"
      isDisabled={chosen === null}
      isPending={isStarting}
      onConfirm={() => void start()}
    >
      {error !== undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === undefined && <Skeleton height="12rem" />}
      {data !== undefined && (
        <div className={css.part}>
          <p className={css.facts}>
            {current === undefined
              ? 'The model turns each picture into a vector.'
              : 'Searches keep using the present index until the new one is complete. It is kept afterwards, until you delete it.'}
          </p>
          <RadioGroup aria-label="Model" className={css.models} value={chosen} onChange={setChosen}>
            {models.map((model) => (
              <Radio key={model.id} value={model.name ?? model.spec} className={css.choice}>
                <span className={css.dot} aria-hidden />
                <span className={css.text}>
                  <span className={css.name}>
                    {modelName(model)}
                    {current?.spec === model.spec && <span className={css.mark}>in use</span>}
                    {model.isDefault && current?.spec !== model.spec && (
                      <span className={css.mark}>default</span>
                    )}
                  </span>
                  {model.name !== null && <span className={css.facts}>{ADVICE[model.name]}</span>}
                  <span className={css.facts}>{modelFacts(model)}</span>
                </span>
              </Radio>
            ))}
          </RadioGroup>
        </div>
      )}
    </ConfirmDialog>
  );
}

/** One for each spec: a spec takes the first of its precisions. */
function specs(models: readonly Model[]): Model[] {
  return models.filter(({ spec }, index) => models.findIndex((model) => model.spec === spec) === index);
}
