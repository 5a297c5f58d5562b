import X from 'lucide-react/icons/x';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Text } from 'react-aria-components/Text';
import {
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components/Toast';
import { codedError } from '../../api/coded-error.ts';
import { Button } from '../actions/button.tsx';
import { classNames } from '../class-names.ts';
import css from './toast.module.css';

interface Message {
  title: string;
  description?: string | undefined;
  tone?: 'plain' | 'good' | 'bad';
  /** Something to do about it, such as "Undo". */
  action?: { label: string; onPress: () => void };
  /** For an action that is possible for a while only: milliseconds, at least 5,000. */
  timeout?: number;
}

const SHOWN_MS = 6_000;
const queue = new ToastQueue<Message>({ maxVisibleToasts: 3 });

/**
 * Says for a while what has happened. Errors and messages with an action stay until they are closed, unless they have a
 * timeout. Returns a function that closes it.
 */
export function showToast(message: Message): () => void {
  const stays = message.tone === 'bad' || message.action !== undefined;
  const timeout = message.timeout ?? (stays ? undefined : SHOWN_MS);
  const key = queue.add(message, timeout === undefined ? {} : { timeout });
  return () => queue.close(key);
}

/** Says what went wrong, in the words of the API or better ones. */
export function showError(error: unknown): void {
  const { code, title, message } = codedError(error);
  if (code !== 'UNREACHABLE') showToast({ title, description: message, tone: 'bad' });
  // The banner of the shell says this already, unless a dialog covers it.
  else if (document.querySelector('[role=dialog]') !== null) {
    closeUnreachable?.();
    closeUnreachable = showToast({
      title,
      description: 'Check that Lookalike is still running, then try again.',
      tone: 'bad',
    });
  }
}

let closeUnreachable: (() => void) | undefined;

export function Toasts() {
  return (
    <ToastRegion queue={queue} className={css.region}>
      {({ toast }) => (
        <Toast toast={toast} className={classNames(css.toast, css[toast.content.tone ?? 'plain'])}>
          <ToastContent className={css.content}>
            <Text slot="title" className={css.title}>
              {toast.content.title}
            </Text>
            {toast.content.description !== undefined && (
              <Text slot="description" className={css.description}>
                {toast.content.description}
              </Text>
            )}
          </ToastContent>
          {toast.content.action !== undefined && (
            <Button
              size="s"
              onPress={() => {
                toast.content.action?.onPress();
                queue.close(toast.key);
              }}
            >
              {toast.content.action.label}
            </Button>
          )}
          <AriaButton slot="close" className={css.close} aria-label="Close">
            <X size={16} aria-hidden />
          </AriaButton>
        </Toast>
      )}
    </ToastRegion>
  );
}
