import { useMutation } from '@apollo/client/react';
import RefreshCw from 'lucide-react/icons/refresh-cw';
import ScanSearch from 'lucide-react/icons/scan-search';
import Trash from 'lucide-react/icons/trash-2';
import { useEffect, useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { PutImagesDocument, type ImageDetailsQuery } from '../../../api/generated/graphql.ts';
import { Button, LinkButton } from '../../../ui/actions/button.tsx';
import { IconButton } from '../../../ui/actions/icon-button.tsx';
import { ConfirmDialog } from '../../../ui/overlays/dialog.tsx';
import { showError, showToast } from '../../../ui/overlays/toast.tsx';
import { similarAddress } from '../../addresses.ts';
import type { Dataset } from '../../dataset-view.tsx';
import { refresh } from '../../jobs/watch-jobs.ts';
import { deleteImages } from '../edit-images.ts';
import { sayEdited } from '../selection/selection-bar.tsx';
import css from './image-dialog.module.css';

interface Props {
  image: NonNullable<ImageDetailsQuery['image']>;
  dataset: Dataset;
  onDeleted: () => void;
}

const PICTURES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'];

/** Finds what looks like an image, replaces its picture, or deletes it. */
export function ImageActions({ image, dataset, onDeleted }: Props) {
  const [replacement, setReplacement] = useState<File>();
  const [isDeleting, setDeleting] = useState(false);
  const [isPending, setPending] = useState(false);

  const remove = async () => {
    setPending(true);
    try {
      const edited = await deleteImages([image.id]);
      sayEdited('deleted', edited);
      if (edited.edited > 0) onDeleted();
    } catch (error) {
      showError(error);
    } finally {
      setPending(false);
      setDeleting(false);
    }
  };

  return (
    <div className={css.actions}>
      <LinkButton href={similarAddress(image.id, dataset.name)} variant="primary" icon={ScanSearch}>
        Find similar
      </LinkButton>
      <FileTrigger acceptedFileTypes={PICTURES} onSelect={(files) => setReplacement(files?.[0])}>
        <Button icon={RefreshCw}>Replace</Button>
      </FileTrigger>
      <IconButton label="Delete this image" icon={Trash} onPress={() => setDeleting(true)} />
      {replacement !== undefined && (
        <Replace
          image={image}
          dataset={dataset}
          file={replacement}
          onClose={() => setReplacement(undefined)}
        />
      )}
      <ConfirmDialog
        title="Delete this image?"
        action="Delete the image"
        danger
        isOpen={isDeleting}
        isPending={isPending}
        onConfirm={() => void remove()}
        onClose={() => setDeleting(false)}
      >
        <p>
          {image.fileName} is removed from {dataset.name} and from its searches at once. This cannot be
          undone.
        </p>
      </ConfirmDialog>
    </div>
  );
}

function Replace({
  image,
  dataset,
  file,
  onClose,
}: Omit<Props, 'onDeleted'> & { file: File; onClose: () => void }) {
  const [preview, setPreview] = useState<string>();
  const [put, { loading }] = useMutation(PutImagesDocument, {
    onError: showError,
    onCompleted: ({ putImages: { results } }) => {
      const [result] = results;
      onClose();
      if (result === undefined) return;
      if ('message' in result) {
        showToast({ title: 'The picture was not replaced', description: result.message, tone: 'bad' });
        return;
      }
      showToast({
        title: result.edit === 'UNCHANGED' ? 'It is the same picture already' : 'Picture replaced',
        tone: 'good',
      });
      refresh(['Dataset', 'DatasetCover']);
    },
  });
  useEffect(() => {
    const url = URL.createObjectURL(file);
    setPreview(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  return (
    <ConfirmDialog
      title="Replace this picture?"
      action="Replace the picture"
      danger
      isOpen
      isPending={loading}
      onConfirm={() =>
        void put({
          variables: { dataset: dataset.id, images: [{ externalId: image.externalId, upload: file }] },
        })
      }
      onClose={onClose}
    >
      <p>Its labels and attributes stay. The present picture cannot be brought back.</p>
      <div className={css.both}>
        <figure>
          <img src={image.large} alt="The present picture" />
          <figcaption>Now</figcaption>
        </figure>
        <figure>
          {preview !== undefined && <img src={preview} alt="The new picture" />}
          <figcaption>{file.name}</figcaption>
        </figure>
      </div>
    </ConfirmDialog>
  );
}
