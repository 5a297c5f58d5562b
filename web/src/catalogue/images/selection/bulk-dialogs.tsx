import { useState } from 'react';
import { useLabels } from '../../../api/use-labels.ts';
import type { UpdateImageInput } from '../../../api/generated/graphql.ts';
import { Button } from '../../../ui/actions/button.tsx';
import { Checkbox } from '../../../ui/forms/checkbox.tsx';
import { count, counted } from '../../../ui/numbers.ts';
import { ConfirmDialog, Dialog } from '../../../ui/overlays/dialog.tsx';
import { showError } from '../../../ui/overlays/toast.tsx';
import type { Dataset } from '../../dataset-view.tsx';
import { updateImages } from '../edit-images.ts';
import { LabelInput } from '../fields/label-input.tsx';
import { NewAttribute } from '../fields/new-attribute.tsx';
import { withTyped } from '../fields/typed-label.ts';
import type { BrowsedImage } from '../use-browsed-images.ts';
import css from './bulk-dialogs.module.css';
import { sayEdited } from './selection-bar.tsx';

interface Props {
  dataset: Dataset;
  ids: readonly string[];
  isOpen: boolean;
  onClose: () => void;
}

/** Sends one change for each image, and closes the dialog once it is done. Says whether it was. */
function useBulkEdit({ ids, onClose }: Props) {
  const [isPending, setPending] = useState(false);
  const apply = async (change: Omit<UpdateImageInput, 'image'>) => {
    setPending(true);
    try {
      sayEdited('changed', await updateImages(ids.map((id) => ({ image: { id }, ...change }))));
      onClose();
      return true;
    } catch (error) {
      showError(error);
      return false;
    } finally {
      setPending(false);
    }
  };
  return { isPending, apply };
}

/** Gives labels to several images, and takes others from them. */
export function BulkLabels(props: Props & { images: readonly BrowsedImage[] }) {
  const { dataset, ids, images, isOpen, onClose } = props;
  const { isPending, apply } = useBulkEdit(props);
  const [chosen, setChosen] = useState<string[]>([]);
  const [typed, setTyped] = useState('');
  const added = withTyped(chosen, typed);
  const [removed, setRemoved] = useState<string[]>([]);
  const { labels } = useLabels(dataset.name, { contains: typed });
  const { labels: common } = useLabels(dataset.name);
  const here = (wanted: string) =>
    images.filter((image) => image.labels.some(({ key }) => key === wanted)).length;
  // Labels of images that are not loaded are not known: then the common ones may be taken away as well.
  const present = new Map(
    [...(images.length < ids.length ? common : []), ...images.flatMap((image) => image.labels)].map(
      ({ key, name }) => [key, name],
    ),
  );
  const reset = () => {
    setChosen([]);
    setTyped('');
    setRemoved([]);
  };
  const close = () => {
    reset();
    onClose();
  };
  const save = async () => {
    if (await apply({ addLabels: added, removeLabels: removed })) reset();
  };
  return (
    <ConfirmDialog
      title={`Labels of ${counted(ids.length, 'image')}`}
      isOpen={isOpen}
      onClose={close}
      action={`Change ${counted(ids.length, 'image')}`}
      isDisabled={added.length + removed.length === 0}
      isPending={isPending}
      onConfirm={() => void save()}
    >
      <div className={css.parts}>
        <section className={css.part}>
          <h3>Add</h3>
          <LabelInput
            label="Labels to add"
            value={chosen}
            onChange={setChosen}
            text={typed}
            onTextChange={setTyped}
            known={labels.map(({ name }) => name)}
          />
        </section>
        {present.size > 0 && (
          <fieldset className={css.part}>
            <legend className={css.legend}>Remove</legend>
            {Array.from(present, ([key, name]) => (
              <Checkbox
                key={key}
                count={images.length === ids.length ? count(here(key)) : undefined}
                isSelected={removed.includes(key)}
                onChange={(isSelected) =>
                  setRemoved(isSelected ? [...removed, key] : removed.filter((each) => each !== key))
                }
              >
                {name}
              </Checkbox>
            ))}
          </fieldset>
        )}
      </div>
    </ConfirmDialog>
  );
}

/** Sets an attribute of several images, or removes one. */
export function BulkAttributes(props: Props) {
  const { dataset, ids, isOpen, onClose } = props;
  const { isPending, apply } = useBulkEdit(props);
  return (
    <Dialog title={`Attributes of ${counted(ids.length, 'image')}`} isOpen={isOpen} onClose={onClose}>
      <div className={css.parts}>
        <section className={css.part}>
          <h3>Set</h3>
          <NewAttribute
            known={dataset.attributes}
            action={`Set for ${counted(ids.length, 'image')}`}
            isPending={isPending}
            onAdd={(attribute) => void apply({ attributes: [attribute] })}
          />
        </section>
        {dataset.attributes.length > 0 && (
          <section className={css.part}>
            <h3>Remove</h3>
            <div className={css.buttons}>
              {dataset.attributes.map(({ name }) => (
                <Button
                  key={name}
                  size="s"
                  isDisabled={isPending}
                  onPress={() => void apply({ attributes: [{ name, value: null }] })}
                >
                  Remove {name}
                </Button>
              ))}
            </div>
          </section>
        )}
      </div>
    </Dialog>
  );
}
