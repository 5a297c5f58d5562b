import Plus from 'lucide-react/icons/plus';
import X from 'lucide-react/icons/x';
import { useState } from 'react';
import type { AttributeType, ImageAttributeInput, ImageFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/button.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { showError } from '../../ui/toast.tsx';
import type { Dataset } from '../dataset-view.tsx';
import { AttributeField } from './attribute-field.tsx';
import { readValue, written } from './attribute-values.ts';
import { updateImages } from './edit-images.ts';
import css from './image-dialog.module.css';
import { LabelInput } from './label-input.tsx';
import { NewAttribute } from './new-attribute.tsx';
import { sayEdited } from './selection-bar.tsx';

interface Draft {
  readonly labels: readonly string[];
  readonly attributes: readonly { name: string; type: AttributeType; text: string }[];
}

/** The labels and attributes of an image; changes are kept with a button. */
export function ImageEditor({ image, dataset }: { image: ImageFieldsFragment; dataset: Dataset }) {
  const stored = draftOf(image);
  const [draft, setDraft] = useState<Draft>(stored);
  const [base, setBase] = useState(image);
  const [isAdding, setAdding] = useState(false);
  const [isPending, setPending] = useState(false);
  if (base !== image) {
    setBase(image);
    setDraft(stored);
  }
  const isChanged = JSON.stringify(draft) !== JSON.stringify(stored);
  const invalid = draft.attributes.some(({ text, type }) => readValue(text, type) === undefined);

  const setText = (name: string, text: string) =>
    setDraft({
      ...draft,
      attributes: draft.attributes.map((each) => (each.name === name ? { ...each, text } : each)),
    });
  const save = async () => {
    setPending(true);
    try {
      sayEdited('changed', await updateImages([{ image: { id: image.id }, ...changes(stored, draft) }]));
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
          known={[...dataset.labels].sort((a, b) => b.imageCount - a.imageCount).map(({ name }) => name)}
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
          <Button variant="plain" onPress={() => setDraft(stored)}>
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
