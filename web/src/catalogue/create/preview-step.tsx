import { useMutation } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { codedError } from '../../api/coded-error.ts';
import {
  AddSourceDocument,
  ImportDatasetDocument,
  PreviewImportDocument,
} from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { Switch } from '../../ui/forms/switch.tsx';
import { counted } from '../../ui/numbers.ts';
import { showError } from '../../ui/overlays/toast.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Progress } from '../../ui/states/progress.tsx';
import { datasetAddress, SOURCES } from '../addresses.ts';
import { useBuildIndex } from '../index-tab/use-build-index.ts';
import { jobStarted } from '../jobs/watch-jobs.ts';
import { useSync } from '../sources/use-sync.ts';
import css from './create.module.css';
import { importInput, sourceInput, type ImportPlan, type ImportSource } from './import-source.ts';
import { PreviewReport } from './preview-report.tsx';

interface Props {
  source: ImportSource;
  plan: ImportPlan;
  stage: string | undefined;
  onBack: () => void;
  /** The service does not have the files any more. */
  onGone: () => void;
  /** The import has the files from now on. */
  onImporting: () => void;
}

/** Shows what an import would do, and starts it. */
export function PreviewStep({ source, plan, stage, onBack, onGone, onImporting }: Props) {
  const [, navigate] = useLocation();
  const [columns, setColumns] = useState<readonly string[]>([]);
  const [indexes, setIndexes] = useState(true);
  const [preview, { data, error, loading }] = useMutation(PreviewImportDocument, {
    // The error is shown in place of the preview.
    onError: () => undefined,
  });
  const [start, { loading: isStarting }] = useMutation(ImportDatasetDocument, { onError: showError });
  const [keep, { loading: isKeeping }] = useMutation(AddSourceDocument, { onError: showError });
  const { sync, isStarting: isSyncing } = useSync(plan.keep?.name ?? '');
  const { build } = useBuildIndex(plan.dataset);
  const input = useCallback(
    (attributes: readonly string[]) => importInput(source, plan, stage, attributes),
    [source, plan, stage],
  );
  const show = useCallback(
    (attributes: readonly string[]) => void preview({ variables: { input: input(attributes) } }),
    [preview, input],
  );
  useEffect(() => show([]), [show]);

  const choose = (column: string, isChosen: boolean) => {
    const next = isChosen ? [...columns, column] : columns.filter((each) => each !== column);
    setColumns(next);
    show(next);
  };
  /** Starts the import, or keeps the source and synchronises with it. Resolves with whether it has begun. */
  const begin = async (): Promise<boolean> => {
    if (plan.keep === null) {
      const { data: started } = await start({ variables: { input: input(columns) } });
      if (started === undefined) return false;
      onImporting();
      jobStarted(started.importDataset);
      return true;
    }
    const kept = sourceInput(plan.keep, source, input(columns));
    const { data: added } = await keep({ variables: { input: kept } });
    if (added === undefined) return false;
    const isRunning = await sync();
    // It is kept already, and says there why it could not be read.
    if (!isRunning) navigate(SOURCES);
    return isRunning;
  };
  const run = async () => {
    if (!(await begin())) return;
    // Jobs of a dataset run one after the other.
    if (indexes) await build();
    navigate(datasetAddress(plan.dataset));
  };

  if (error !== undefined && ['STAGE_NOT_FOUND', 'STAGE_IN_USE'].includes(codedError(error).code)) {
    return (
      <ErrorState error={error}>
        <Button onPress={onGone}>Choose files</Button>
      </ErrorState>
    );
  }
  if (error !== undefined) {
    return (
      <ErrorState error={error} onRetry={() => show(columns)}>
        <Button variant="plain" onPress={onBack}>
          Back
        </Button>
      </ErrorState>
    );
  }
  const report = data?.previewImport;
  if (report === undefined) {
    return (
      <div className={css.card} role="status">
        <Progress label="Reading the annotations" value={null} detail="Nothing is imported yet." />
      </div>
    );
  }
  const added = report.images - report.existing;
  return (
    <div className={css.card} aria-busy={loading}>
      <h2>Before anything is imported</h2>
      <PreviewReport report={report} dataset={plan.dataset} chosen={columns} onChoose={choose} />
      <Switch isSelected={indexes} onChange={setIndexes}>
        Build the index afterwards, so that the pictures can be searched
      </Switch>
      <div className={css.footer}>
        <Button variant="plain" onPress={onBack}>
          Back
        </Button>
        <Button
          variant="primary"
          isDisabled={report.images === 0 || loading}
          isPending={isStarting || isKeeping || isSyncing}
          onPress={() => void run()}
        >
          {plan.mode === 'ADD' &&
            (added === 0 && report.images > 0 ? 'Import again' : `Import ${counted(added, 'picture')}`)}
          {plan.mode === 'SYNC' && (plan.keep === null ? 'Synchronise' : 'Keep the source and synchronise')}
        </Button>
      </div>
    </div>
  );
}
