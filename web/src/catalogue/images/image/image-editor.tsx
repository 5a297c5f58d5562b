import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { useEffect, useState } from 'react';
import { useLabels } from '../../../api/use-labels.ts';
import type {
  AttributeType,
  ImageAttributeInput,
  ImageFieldsFragment,
} from '../../../api/generated/graphql.ts';
import { Button } from '../../../ui/actions/button.tsx';
import { IconButton } from '../../../ui/actions/icon-button.tsx';
import { showError } from '../../../ui/overlays/toast.tsx';
import type { Dataset } from '../../dataset-view.tsx';
import { updateImages } from '../edit-images.ts';
import { AttributeField } from '../fields/attribute-field.tsx';
import { readValue, written } from '../fields/attribute-values.ts';
import { LabelInput } from '../fields/label-input.tsx';
import { NewAttribute } from '../fields/new-attribute.tsx';
import { withTyped } from '../fields/typed-label.ts';
import { sayEdited } from '../selection/selection-bar.tsx';
import css from './image-dialog.module.css';

interface Draft {
  readonly labels: readonly string[];
  readonly attributes: readonly { name: string; type: AttributeType; text: string }[];
}

interface Props {
  image: ImageFieldsFragment;
  dataset: Dataset;
  /** Says whether there are changes that have not been saved. */
  onUnsaved: (isUnsaved: boolean) => void;
}

/** The labels and attributes of an image; changes are kept with a button. */
export function ImageEditor({ image, dataset, onUnsaved }: Props) {
  // What was stored when the first change was made: the image may change meanwhile, and only one's own changes are sent.
  const [edits, setEdits] = useState<{ from: Draft; draft: Draft }>();
  const [typed, setTyped] = useState('');
  const { labels } = useLabels(dataset.name, { contains: typed });
  const [isAdding, setAdding] = useState(false);
  const [isPending, setPending] = useState(false);
  const { from, draft } = edits ?? { from: draftOf(image), draft: draftOf(image) };
  const setDraft = (changed: Draft) => setEdits({ from, draft: changed });
  const discard = () => {
    setEdits(undefined);
    setTyped('');
  };
  const wanted = { ...draft, labels: withTyped(draft.labels, typed) };
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(from);
  useEffect(() => {
    onUnsaved(isChanged);
    return () => onUnsaved(false);
  }, [isChanged, onUnsaved]);
  const invalid = draft.attributes.some(({ text, type }) => readValue(text, type) === undefined);

  const setText = (name: string, text: string) =>
    setDraft({
      ...draft,
      attributes: draft.attributes.map((each) => (each.name === name ? { ...each, text } : each)),
    });
  const save = async () => {
    setPending(true);
    try {
      const edited = await updateImages([{ image: { id: image.id }, ...changes(from, wanted) }]);
      sayEdited('changed', edited);
      if (edited.rejected === 0) discard();
    } catch (error) {
      showError(error);
    } finally {
      setPending(false);
    }
  };

  return (
    <div className={css.edit}>
      <section className={css.part}>
        <h3 className={css.heading}>Labels</h3>
        <LabelInput
          label="Labels"
          value={draft.labels}
          onChange={(labels) => setDraft({ ...draft, labels })}
          text={typed}
          onTextChange={setTyped}
          known={labels.map(({ name }) => name)}
        />
      </section>
      <section className={css.part}>
        <h3 className={css.heading}>Attributes</h3>
        {draft.attributes.map(({ name, type, text }) => (
          <div key={name} className={css.row}>
            <div className={css.value}>
              <AttributeField
                label={name}
                type={type}
                value={text}
                onChange={(value) => setText(name, value)}
              />
            </div>
            <IconButton
              label={`Remove ${name}`}
              icon={X}
              onPress={() =>
                setDraft({ ...draft, attributes: draft.attributes.filter((each) => each.name !== name) })
              }
            />
          </div>
        ))}
        {isAdding ? (
          <NewAttribute
            known={dataset.attributes.filter(
              ({ name }) => !draft.attributes.some((each) => each.name === name),
            )}
            action="Add the attribute"
            onAdd={({ name, type, value }) => {
              setAdding(false);
              setDraft({
                ...draft,
                attributes: [
                  ...draft.attributes.filter((each) => each.name !== name),
                  { name, type, text: written(value as string) },
                ],
              });
            }}
          />
        ) : (
          <div>
            <Button size="s" icon={Plus} onPress={() => setAdding(true)}>
              Add an attribute
            </Button>
          </div>
        )}
      </section>
      {isChanged && (
        <div className={css.save}>
          <Button variant="primary" isDisabled={invalid} isPending={isPending} onPress={() => void save()}>
            Save changes
          </Button>
          <Button variant="plain" onPress={discard}>
            Undo
          </Button>
        </div>
      )}
    </div>
  );
}

function draftOf({ labels, attributes }: ImageFieldsFragment): Draft {
  return {
    labels: labels.map(({ name }) => name),
    attributes: attributes.map(({ name, type, value }) => ({
      name,
      type,
      text: type === 'DATE' ? String(value).replace(/T00:00:00(\.000)?Z$/, '') : written(value),
    })),
  };
}

/** What has to be sent so that what is stored becomes the draft. */
function changes(stored: Draft, draft: Draft): { labels?: string[]; attributes?: ImageAttributeInput[] } {
  const attributes: ImageAttributeInput[] = [
    ...stored.attributes
      .filter(({ name }) => !draft.attributes.some((each) => each.name === name))
      .map(({ name }) => ({ name, value: null })),
    ...draft.attributes
      .filter(({ name, text }) => stored.attributes.find((each) => each.name === name)?.text !== text)
      .map(({ name, type, text }) => ({ name, type, value: readValue(text, type)! })),
  ];
  const sameLabels = stored.labels.join('\n') === draft.labels.join('\n');
  return {
    ...(!sameLabels && { labels: [...draft.labels] }),
    ...(attributes.length > 0 && { attributes }),
  };
}
