import X from 'lucide-react/icons/x';
import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Button } from '../actions/button.tsx';
import { IconButton } from '../actions/icon-button.tsx';
import { classNames } from '../class-names.ts';
import css from './dialog.module.css';

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  /** `full` covers the window; `side` stands at the right, and at the bottom on phones. */
  size?: 's' | 'm' | 'full' | 'side' | undefined;
  /** Beside the button that closes. */
  actions?: ReactNode;
  /** A row of buttons at the bottom. */
  footer?: ReactNode;
  children: ReactNode;
}

/**
 * A dialog over the page. Escape and a press outside close it; the focus returns to where it was, or to the view if the
 * page was opened with the dialog.
 */
export function Dialog({ title, isOpen, onClose, size = 's', actions, footer, children }: Props) {
  const dialog = useRef<HTMLElement>(null);
  useEffect(() => (isOpen ? () => focusViewAfterwards() : undefined), [isOpen]);
  // What had the focus may be gone with this rendering. Until React Aria notices, a frame later, keys would be lost.
  useLayoutEffect(() => {
    if (isOpen && hasLostFocus(dialog.current)) dialog.current?.focus({ preventScroll: true });
  });
  return (
    <ModalOverlay
      className={classNames(css.overlay, css[`at-${size}`])}
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      isDismissable
    >
      <Modal className={classNames(css.modal, css[size])}>
        <AriaDialog ref={dialog} className={css.dialog}>
          <header className={css.header}>
            <Heading slot="title" className={css.title}>
              {title}
            </Heading>
            {actions}
            <IconButton label="Close" icon={X} onPress={onClose} />
          </header>
          <div className={css.body}>{children}</div>
          {footer !== undefined && <footer className={css.footer}>{footer}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Whether nothing that takes keys has the focus, and this dialog is above all others. */
function hasLostFocus(dialog: HTMLElement | null): boolean {
  if (dialog !== [...document.querySelectorAll('[role=dialog]')].at(-1)) return false;
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement.matches(':disabled');
}

/** A dialog fades for fewer frames. After more, another one is there. */
const FADING_FRAMES = 60;

/** Once no dialog is there any more, and nothing else has got the focus. */
function focusViewAfterwards(frames = FADING_FRAMES): void {
  requestAnimationFrame(() => {
    if (document.querySelector('[role=dialog]') !== null) {
      if (frames > 0) focusViewAfterwards(frames - 1);
      return;
    }
    // What had the focus before gets it in the next frame.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        document.getElementById('main')?.focus({ preventScroll: true });
      }),
    );
  });
}

interface ConfirmProps {
  title: string;
  /** What will happen, and whether it can be taken back. */
  children: ReactNode;
  /** What the button does, such as "Delete 3 images". */
  action: string;
  danger?: boolean;
  isOpen: boolean;
  /** Whether something is missing for it. */
  isDisabled?: boolean;
  isPending?: boolean;
  size?: Props['size'];
  onConfirm: () => void;
  onClose: () => void;
}

/** A dialog that ends in one action, or is cancelled. */
export function ConfirmDialog({
  title,
  children,
  action,
  danger,
  isOpen,
  isDisabled = false,
  isPending = false,
  size,
  onConfirm,
  onClose,
}: ConfirmProps) {
  return (
    <Dialog
      title={title}
      size={size}
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button variant="plain" onPress={onClose}>
            Cancel
          </Button>
          <Button
            variant={danger ? 'danger' : 'primary'}
            isDisabled={isDisabled}
            isPending={isPending}
            onPress={onConfirm}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
