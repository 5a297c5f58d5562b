import ChevronLeft from 'lucide-react/icons/chevron-left';
import ChevronRight from 'lucide-react/icons/chevron-right';
import { useQuery } from '@apollo/client/react';
import { type MouseEvent, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { ImageDetailsDocument } from '../../../api/generated/graphql.ts';
import { labelled } from '../../../search/pictures/image-words.ts';
import { IconButton } from '../../../ui/actions/icon-button.tsx';
import { ConfirmDialog, Dialog } from '../../../ui/overlays/dialog.tsx';
import { ErrorState } from '../../../ui/states/error-state.tsx';
import { Skeleton } from '../../../ui/states/skeleton.tsx';
import { useLeaveGuard } from '../../../ui/use-leave-guard.ts';
import type { Dataset } from '../../dataset-view.tsx';
import type { BrowsedImage } from '../use-browsed-images.ts';
import { ImageActions } from './image-actions.tsx';
import css from './image-dialog.module.css';
import { ImageEditor } from './image-editor.tsx';
import { ImageFile } from './image-file.tsx';

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

  const [, navigate] = useLocation();
  const [isUnsaved, setUnsaved] = useState(false);
  const [leaving, setLeaving] = useState<{ go: () => void }>();
  const unguarded = useLeaveGuard(isUnsaved, (go) => setLeaving({ go }), onClose);
  const leave = (go: () => void) => (isUnsaved ? setLeaving({ go: () => unguarded(go) }) : go());
  /** A link leaves as well, unless it opens another tab. */
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const link = (event.target as HTMLElement).closest('a');
    if (!isUnsaved || link?.target !== '' || link.download !== '') return;
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    leave(() => navigate(link.pathname + link.search));
  };
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
      {id !== null && (
        <div className={css.whole} onClickCapture={onClick}>
          <Content key={id} id={id} dataset={dataset} onUnsaved={setUnsaved} onClose={onClose} />
        </div>
      )}
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
