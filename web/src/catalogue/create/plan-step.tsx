import ArrowRight from 'lucide-react/icons/arrow-right';
import { type RefObject, useEffect, useMemo, useState } from 'react';
import { codedError } from '../../api/coded-error.ts';
import { useDatasets } from '../../api/use-datasets.ts';
import { Button } from '../../ui/actions/button.tsx';
import { Field } from '../../ui/forms/field.tsx';
import { Select } from '../../ui/forms/select.tsx';
import { bytes, count, duration } from '../../ui/numbers.ts';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Progress } from '../../ui/states/progress.tsx';
import css from './create.module.css';
import { describeSource, NAME, type ImportPlan, type ImportSource } from './import-source.ts';
import type { Picked } from './picked-files.ts';
import { StageUpload, type UploadProgress } from './stage-upload.ts';
import { StepFields } from './step-fields.tsx';

interface Props {
  source: ImportSource;
  plan: ImportPlan;
  /** Whether the dataset is given. */
  isFixed: boolean;
  /** Outlives this step: going back and forth sends nothing twice. */
  upload: RefObject<StageUpload | undefined>;
  onPlan: (plan: ImportPlan) => void;
  onBack: () => void;
  /** The files are where a preview can read them: in a stage, or behind a URL. */
  onReady: (stage?: string) => void;
}

const FOLDERS = ' ';
const THUMBNAILS = 6;

/** Names the dataset and says how labels are found; then sends the files. */
export function PlanStep({ source, plan, isFixed, upload, onPlan, onBack, onReady }: Props) {
  const { datasets } = useDatasets();
  const [progress, setProgress] = useState<UploadProgress>();
  const [error, setError] = useState<unknown>();
  const { dataset, annotations } = plan;
  const isNameGood = NAME.test(dataset);
  const isComplete = isNameGood && (plan.keep === null || NAME.test(plan.keep.name));
  const exists = !isFixed && datasets?.some(({ name }) => name === dataset);
  const files = source.kind === 'files' ? filesOf(source.picked) : [];
  const total = files.reduce((sum, { file }) => sum + file.size, 0);

  const isUploading = progress !== undefined;
  useEffect(() => {
    if (!isUploading) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', stay);
    return () => removeEventListener('beforeunload', stay);
  }, [isUploading]);

  const proceed = async () => {
    if (source.kind !== 'files') return onReady();
    setError(undefined);
    upload.current ??= new StageUpload(files, setProgress);
    const current = upload.current;
    setProgress((known) => known ?? { files: 0, bytes: 0, bytesPerSecond: 0 });
    try {
      onReady(await current.run());
    } catch (reason) {
      if (current.isDiscarded) return;
      if (codedError(reason).code === 'STAGE_NOT_FOUND') upload.current = undefined;
      setError(reason);
    }
  };

  if (error !== undefined) {
    return (
      <ErrorState error={error} onRetry={() => void proceed()} retryLabel="Resume the upload">
        <Button variant="plain" onPress={onBack}>
          Choose something else
        </Button>
      </ErrorState>
    );
  }
  return (
    <div className={css.card}>
      <div className={css.source}>
        <p>{describeSource(source)}</p>
        {progress === undefined && (
          <Button size="s" variant="plain" onPress={onBack}>
            Choose something else
          </Button>
        )}
      </div>
      {source.kind === 'files' && <Strip picked={source.picked} />}
      {progress === undefined ? (
        <form
          className={css.step}
          onSubmit={(event) => {
            event.preventDefault();
            if (isComplete) void proceed();
          }}
        >
          <div className={css.fields}>
            {!isFixed && (
              <Field
                label="Name of the dataset"
                value={dataset}
                onChange={(name) => onPlan({ ...plan, dataset: name })}
                description={
                  exists
                    ? plan.mode === 'ADD'
                      ? 'There is a dataset of this name: the pictures are added to it.'
                      : 'There is a dataset of this name: it is brought in step.'
                    : 'Lower-case letters, digits and hyphens.'
                }
                error={
                  isNameGood || dataset === ''
                    ? undefined
                    : 'Use lower-case letters, digits and hyphens, at most 63 of them.'
                }
              />
            )}
            {source.kind === 'files' && source.picked.annotations.length > 0 && (
              <Select
                label="Labels come from"
                value={annotations ?? FOLDERS}
                onChange={(id) => onPlan({ ...plan, annotations: id === FOLDERS ? null : id })}
                options={[
                  ...source.picked.annotations.map(({ path }) => ({ id: path, label: path })),
                  { id: FOLDERS, label: 'The names of the folders' },
                ]}
              />
            )}
          </div>
          <StepFields source={source} plan={plan} onPlan={onPlan} />
          <div className={css.footer}>
            <Button type="submit" variant="primary" icon={ArrowRight} isDisabled={!isComplete}>
              {source.kind === 'files' ? 'Upload and preview' : 'Preview'}
            </Button>
          </div>
        </form>
      ) : (
        <>
          <Progress
            label="Uploading"
            value={progress.bytes}
            max={total}
            detail={uploadFacts(progress, files.length, total)}
          />
          <div className={css.footer}>
            <Button onPress={onBack}>Cancel the upload</Button>
          </div>
        </>
      )}
    </div>
  );
}

function uploadFacts(
  { files, bytes: sent, bytesPerSecond }: UploadProgress,
  all: number,
  total: number,
): string {
  const facts = [`${count(files)} of ${count(all)} files`, `${bytes(sent)} of ${bytes(total)}`];
  if (bytesPerSecond > 0) {
    facts.push(`${bytes(bytesPerSecond)} per second`);
    const left = (total - sent) / bytesPerSecond;
    if (left >= 1) facts.push(`${duration(left)} left`);
  }
  return facts.join(' · ');
}

/** A few of the pictures, before anything is sent. */
function Strip({ picked }: { picked: Picked }) {
  const shown = useMemo(() => {
    const { pictures } = picked;
    const step = Math.max(1, Math.floor(pictures.length / THUMBNAILS));
    return pictures.filter((_, index) => index % step === 0).slice(0, THUMBNAILS);
  }, [picked]);
  const [urls, setUrls] = useState<string[]>([]);
  useEffect(() => {
    const made = shown.map(({ file }) => URL.createObjectURL(file));
    setUrls(made);
    return () => made.forEach((url) => URL.revokeObjectURL(url));
  }, [shown]);
  if (urls.length === 0) return null;
  return (
    <div className={css.strip} aria-hidden>
      {urls.map((url) => (
        <img key={url} src={url} alt="" />
      ))}
    </div>
  );
}

function filesOf({ annotations, names, pictures }: Picked) {
  return [...annotations, ...names, ...pictures];
}
