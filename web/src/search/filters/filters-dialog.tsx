import type { ReactNode } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { Dialog } from '../../ui/overlays/dialog.tsx';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** The filters. */
  children: ReactNode;
}

/** The filters on narrow screens, which open them with a button. */
export default function FiltersDialog({ isOpen, onClose, children }: Props) {
  return (
    <Dialog
      title="Filters"
      size="side"
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <Button variant="primary" onPress={onClose}>
          Show the hits
        </Button>
      }
    >
      {children}
    </Dialog>
  );
}
