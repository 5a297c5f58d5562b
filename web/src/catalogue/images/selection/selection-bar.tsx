import Tag from 'lucide-react/icons/tag';
import ListPlus from 'lucide-react/icons/list-plus';
import Trash from 'lucide-react/icons/trash-2';
import X from 'lucide-react/icons/x';
import { useState } from 'react';
import type { ImageFilterInput } from '../../../api/generated/graphql.ts';
import { Button } from '../../../ui/actions/button.tsx';
import { IconButton } from '../../../ui/actions/icon-button.tsx';
import { count, counted } from '../../../ui/numbers.ts';
import { ConfirmDialog } from '../../../ui/overlays/dialog.tsx';
import { showError, showToast } from '../../../ui/overlays/toast.tsx';
import type { Dataset } from '../../dataset-view.tsx';
import { deleteImages, type Edited, idsOf } from '../edit-images.ts';
import type { BrowsedImage } from '../use-browsed-images.ts';
import { BulkAttributes, BulkLabels } from './bulk-dialogs.tsx';
import css from './selection-bar.module.css';

interface Props {
  dataset: Dataset;
  filter: ImageFilterInput | null;
  /** The number of images that the filter selects. */
  total: number;
  /** Those that are loaded. */
  images: readonly BrowsedImage[];
  selected: ReadonlySet<string>;
  onSelect: (ids: ReadonlySet<string>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** Says what has been done to several images, and why not to some. */
export function sayEdited(what: string, { edited, rejected, reason }: Edited): void {
  if (edited > 0) showToast({ title: `${counted(edited, 'image')} ${what}`, tone: 'good' });
  if (rejected > 0) {
    showToast({
      title: `${counted(rejected, 'image')} not ${what}`,
      ...(reason !== undefined && { description: reason }),
      tone: 'bad',
    });
  }
}

/** What can be done with the selected images, at the bottom of the window while there are any. */
export function SelectionBar({ dataset, filter, total, images, selected, onSelect }: Props) {
  const [dialog, setDialog] = useState<'labels' | 'attributes' | 'delete'>();
  const [isPending, setPending] = useState(false);
  const ids = [...selected];
  const close = () => setDialog(undefined);

  const run = async (task: () => Promise<void>) => {
    setPending(true);
    try {
      await task();
    } catch (error) {
      showError(error);
    } finally {
      setPending(false);
    }
  };
  const remove = () =>
    run(async () => {
      sayEdited('deleted', await deleteImages(ids));
      close();
      onSelect(NONE);
    });
  const selectAll = () => run(async () => onSelect(new Set(await idsOf(dataset.id, filter))));

  return (
    <>
      <p role="status" className="hidden-but-read">
        {ids.length > 0 && `${counted(ids.length, 'image')} selected`}
      </p>
      {ids.length > 0 && (
        <section className={css.bar} aria-label="Selected images">
          <IconButton label="Clear the selection" icon={X} size="s" onPress={() => onSelect(NONE)} />
          <span className={css.count}>{count(ids.length)} selected</span>
          {ids.length < total && (
            <Button size="s" variant="plain" isPending={isPending} onPress={() => void selectAll()}>
              Select all {count(total)}
            </Button>
          )}
          <span className={css.actions}>
            <Button size="s" icon={Tag} onPress={() => setDialog('labels')}>
              Labels
            </Button>
            <Button size="s" icon={ListPlus} onPress={() => setDialog('attributes')}>
              Attributes
            </Button>
            <Button size="s" icon={Trash} onPress={() => setDialog('delete')}>
              Delete
            </Button>
          </span>
        </section>
      )}
      <BulkLabels
        dataset={dataset}
        ids={ids}
        images={images.filter(({ id }) => selected.has(id))}
        isOpen={dialog === 'labels'}
        onClose={close}
      />
      <BulkAttributes dataset={dataset} ids={ids} isOpen={dialog === 'attributes'} onClose={close} />
      <ConfirmDialog
        title={`Delete ${counted(ids.length, 'image')}?`}
        action={`Delete ${counted(ids.length, 'image')}`}
        danger
        isOpen={dialog === 'delete'}
        isPending={isPending}
        onConfirm={() => void remove()}
        onClose={close}
      >
        <p>
          The pictures are removed from {dataset.name} and from its searches at once. This cannot be undone.
        </p>
      </ConfirmDialog>
    </>
  );
}
