import { useApolloClient } from '@apollo/client/react';
import { useCallback, useState } from 'react';
import {
  ChangeLabelsDocument,
  type MapImageFragment,
  type UpdateImageInput,
} from '../../api/generated/graphql.ts';
import { showError, showToast } from '../../ui/overlays/toast.tsx';

interface LabelName {
  readonly key: string;
  readonly name: string;
}

/** Gives an image the label of its neighbours in place of its only one or beside several, and takes that back. */
export function useLabelFix() {
  const client = useApolloClient();
  const [fixed, setFixed] = useState<ReadonlySet<string>>(new Set());

  const change = useCallback(
    async (input: UpdateImageInput) => {
      const { data } = await client.mutate({
        mutation: ChangeLabelsDocument,
        variables: { images: [input] },
      });
      const [result] = data?.updateImages.results ?? [];
      if (result !== undefined && 'code' in result) {
        throw Object.assign(new Error(result.message), {
          code: result.code,
          title: 'The label was not changed',
        });
      }
    },
    [client],
  );

  const mark = (id: string, isFixed: boolean) =>
    setFixed((before) => {
      const after = new Set(before);
      if (isFixed) after.add(id);
      else after.delete(id);
      return after;
    });

  const fix = async (image: MapImageFragment, label: LabelName) => {
    const before = image.labels.map(({ key }) => key);
    mark(image.id, true);
    try {
      // Of several labels, nobody knows which one is wrong.
      const labels = before.length > 1 ? [...before, label.key] : [label.key];
      await change({ image: { id: image.id }, labels });
    } catch (error) {
      mark(image.id, false);
      showError(error);
      return;
    }
    const undo = async () => {
      try {
        await change({ image: { id: image.id }, labels: before });
        mark(image.id, false);
      } catch (error) {
        showError(error);
      }
    };
    showToast({
      title: `${image.externalId} is now “${label.name}”${before.length > 1 ? ', too' : ''}`,
      tone: 'good',
      action: { label: 'Undo', onPress: () => void undo() },
      timeout: 12_000,
    });
  };

  return { fixed, fix: (image: MapImageFragment, label: LabelName) => void fix(image, label) };
}
