import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { codedError } from '../../api/coded-error.ts';
import {
  AddSourceDocument,
  UpdateSourceDocument,
  type SourceFieldsFragment,
  type SourceKind,
  type SyncCompare,
} from '../../api/generated/graphql.ts';
import { Field } from '../../ui/forms/field.tsx';
import { Select } from '../../ui/forms/select.tsx';
import { Switch } from '../../ui/forms/switch.tsx';
import { ConfirmDialog } from '../../ui/overlays/dialog.tsx';
import { refresh } from '../jobs/watch-jobs.ts';
import css from './sources.module.css';
import { newTiming, scheduleInput, timingOf } from './timing.ts';
import { TimingFields } from './timing-fields.tsx';

interface Props {
  /** The source to edit; a new one without. */
  source?: SourceFieldsFragment;
  /** The dataset of a new source, if it is given. */
  dataset?: string;
  onClose: () => void;
}

const KINDS: readonly { id: SourceKind; label: string; place: string; hint: string }[] = [
  {
    id: 'DIRECTORY',
    label: 'A folder on the server',
    place: 'Path of the folder',
    hint: 'Below one of the import roots of the server. Its sub-folders are labels.',
  },
  {
    id: 'ANNOTATIONS',
    label: 'An annotation file on the server',
    place: 'Path of the annotation file',
    hint: 'Below one of the import roots of the server.',
  },
  {
    id: 'URL',
    label: 'An annotation file at an address',
    place: 'Address of the annotation file',
    hint: 'Each run downloads it.',
  },
];
const PLACES = {
  DIRECTORY: 'directoryPath',
  ANNOTATIONS: 'annotationsPath',
  URL: 'annotationsUrl',
} as const;

const COMPARISONS: readonly { id: SyncCompare; label: string }[] = [
  { id: 'METADATA', label: 'By size and time, and by asking servers' },
  { id: 'CHECKSUM', label: 'By their bytes: reads all of them' },
  { id: 'PLACE', label: 'By their places only: reads and asks nothing' },
];
/** What one run may remove unless told otherwise. */
const USUAL_PERCENT = '10';

/** Adds a source, or changes when and how one is synchronised with. */
export function SourceDialog({ source, dataset, onClose }: Props) {
  const [name, setName] = useState('');
  const [into, setInto] = useState(dataset ?? '');
  const [kind, setKind] = useState<SourceKind>(source?.kind ?? 'DIRECTORY');
  const [place, setPlace] = useState('');
  const [timing, setTiming] = useState(() => (source === undefined ? newTiming() : timingOf(source)));
  const [percent, setPercent] = useState(percentOf(source));
  const [compare, setCompare] = useState<SyncCompare>(source?.compare ?? 'METADATA');
  const [overwrite, setOverwrite] = useState(source?.overwrite ?? false);
  const options = {
    onError: () => undefined,
    onCompleted: () => {
      refresh(['Sources']);
      onClose();
    },
  };
  const [add, adding] = useMutation(AddSourceDocument, options);
  const [update, updating] = useMutation(UpdateSourceDocument, options);
  const error = adding.error ?? updating.error;
  const { place: placeLabel, hint } = KINDS.find(({ id }) => id === kind) ?? KINDS[0]!;
  const share = Number(percent) / 100;
  const isShareGood = percent.trim() !== '' && share >= 0 && share <= 1;
  const isComplete =
    isShareGood && (source !== undefined || [name, into, place].every((text) => text.trim() !== ''));

  const save = () => {
    if (!isComplete) return;
    const watch = timing.watch && kind !== 'URL';
    // What nobody has touched stays as it is: also no limit of its own, which is more cautious than the same limit.
    const maxDelete = percent === percentOf(source) ? (source?.maxDelete ?? null) : share;
    const run = { maxDelete, compare, overwrite };
    const schedule = scheduleInput(timing);
    if (source !== undefined) {
      void update({ variables: { name: source.name, input: { schedule, watch, ...run } } });
      return;
    }
    const from = { dataset: into.trim(), format: 'AUTO' as const, [PLACES[kind]]: place.trim() };
    void add({ variables: { input: { name: name.trim(), import: { ...from, ...run }, schedule, watch } } });
  };

  return (
    <ConfirmDialog
      title={source === undefined ? 'Add a source' : `Edit ${source.name}`}
      size="m"
      isOpen
      onClose={onClose}
      action={source === undefined ? 'Add the source' : 'Save the changes'}
      isDisabled={!isComplete}
      isPending={adding.loading || updating.loading}
      onConfirm={save}
    >
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {source === undefined ? (
          <>
            <div className={css.pair}>
              <Field
                label="Name of the source"
                value={name}
                onChange={setName}
                description="Lower-case letters, digits and hyphens."
                autoComplete="off"
                autoFocus
              />
              {dataset === undefined && (
                <Field
                  label="Dataset"
                  value={into}
                  onChange={setInto}
                  description="The first run creates it if there is none."
                  autoComplete="off"
                />
              )}
            </div>
            <Select
              label="What it reads"
              value={kind}
              onChange={(id) => setKind(id as SourceKind)}
              options={KINDS}
            />
            <Field
              label={placeLabel}
              value={place}
              onChange={setPlace}
              description={hint}
              inputMode={kind === 'URL' ? 'url' : 'text'}
              autoComplete="off"
            />
          </>
        ) : (
          <p className={css.facts}>
            It reads {source.place}. To read something else, or with other columns, add another source.
          </p>
        )}
        <TimingFields timing={timing} canWatch={kind !== 'URL'} onChange={setTiming} />
        <div className={css.pair}>
          <Field
            label="One run may remove at most (%)"
            type="number"
            inputMode="decimal"
            step="any"
            value={percent}
            onChange={setPercent}
            description="Of the images that it has brought. If more are gone, the run stops before it removes any."
            error={isShareGood ? undefined : 'Write a number from 0 to 100.'}
          />
          <Select
            label="Compare pictures"
            value={compare}
            onChange={(id) => setCompare(id as SyncCompare)}
            options={COMPARISONS}
          />
        </div>
        <Switch isSelected={overwrite} onChange={setOverwrite}>
          Let the source win over what people have edited or deleted
        </Switch>
        {error !== undefined && (
          <p className={css.problem} role="alert">
            {codedError(error).message}
          </p>
        )}
        {/* Enter in a field sends the form; its button stands in the footer. */}
        <input type="submit" hidden />
      </form>
    </ConfirmDialog>
  );
}

function percentOf(source: SourceFieldsFragment | undefined): string {
  if (source === undefined || source.maxDelete === null) return USUAL_PERCENT;
  return String(Number((100 * source.maxDelete).toFixed(6)));
}
