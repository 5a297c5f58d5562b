import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ImageDetailsDocument } from '../../api/generated/graphql.ts';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { labelled } from '../../search/image-words.ts';
import type { Dataset } from '../dataset-view.tsx';
import css from './image-dialog.module.css';
import { ImageEditor } from './image-editor.tsx';
import { ImageActions } from './image-actions.tsx';
import { ImageFile } from './image-file.tsx';
import type { BrowsedImage } from './use-browsed-images.ts';

interface Props {
  dataset: Dataset;
  /** The open image, or null if none is. */
  id: string | null;
  /** Those around it. */
  images: readonly BrowsedImage[];
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** An image at its full size, with what is known of it and what can be done with it. */
export function ImageDialog({ dataset, id, images, onOpen, onClose }: Props) {
  const place = images.findIndex((image) => image.id === id);
  const before = place > 0 ? images[place - 1]?.id : undefined;
  const after = place >= 0 ? images[place + 1]?.id : undefined;

  const isUnsaved = useRef(false);
  const [leaving, setLeaving] = useState<{ go: () => void }>();
  const setUnsaved = useCallback((is: boolean) => {
    isUnsaved.current = is;
  }, []);
  const leave = (go: () => void) => (isUnsaved.current ? setLeaving({ go }) : go());
  const open = (next: string | undefined) => next !== undefined && leave(() => onOpen(next));

  useEffect(() => {
    if (id === null || leaving !== undefined) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea, [role=listbox]'))
        return;
      const next = event.key === 'ArrowLeft' ? before : event.key === 'ArrowRight' ? after : undefined;
      open(next);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  return (
    <Dialog
      title={images[place]?.fileName ?? 'Image'}
      size="full"
      isOpen={id !== null}
      onClose={() => leave(onClose)}
      actions={
        <>
          <IconButton
            label="Previous image"
            icon={ChevronLeft}
            isDisabled={before === undefined}
            onPress={() => open(before)}
          />
          <IconButton
            label="Next image"
            icon={ChevronRight}
            isDisabled={after === undefined}
            onPress={() => open(after)}
          />
        </>
      }
    >
      {id !== null && <Content key={id} id={id} dataset={dataset} onUnsaved={setUnsaved} onClose={onClose} />}
      <ConfirmDialog
        title="Discard your changes?"
        action="Discard the changes"
        danger
        isOpen={leaving !== undefined}
        onConfirm={() => {
          setLeaving(undefined);
          leaving?.go();
        }}
        onClose={() => setLeaving(undefined)}
      >
        <p>The labels and attributes that you have changed are not saved yet.</p>
      </ConfirmDialog>
    </Dialog>
  );
}

interface ContentProps {
  id: string;
  dataset: Dataset;
  onUnsaved: (isUnsaved: boolean) => void;
  onClose: () => void;
}

function Content({ id, dataset, onUnsaved, onClose }: ContentProps) {
  const { data, error, refetch } = useQuery(ImageDetailsDocument, { variables: { id } });
  if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) {
    return (
      <div className={css.content} role="status" aria-label="Loading the image">
        <div className={css.stage} />
        <div className={css.panel}>
          <Skeleton width="60%" height="2.5rem" />
          <Skeleton height="12rem" />
        </div>
      </div>
    );
  }
  const { image } = data;
  if (image?.datasetId !== dataset.id) {
    return (
      <ErrorState
        error={{
          code: 'IMAGE_NOT_FOUND',
          title: 'There is no such image in this dataset',
          message: 'It may have been deleted.',
        }}
      />
    );
  }
  return (
    <div className={css.content}>
      <div className={css.stage}>
        <img
          key={image.sha256}
          className={css.picture}
          src={image.url}
          width={image.width}
          height={image.height}
          alt={labelled(image)}
        />
      </div>
      <div className={css.panel}>
        <ImageActions image={image} dataset={dataset} onDeleted={onClose} />
        <ImageEditor image={image} dataset={dataset} onUnsaved={onUnsaved} />
        <ImageFile image={image} />
      </div>
    </div>
  );
}
