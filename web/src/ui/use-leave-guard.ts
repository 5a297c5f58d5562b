import { useCallback, useEffect, useRef } from 'react';

interface Guarded {
  /** This entry of the history stands before the one that must not be left. */
  readonly leaveGuard?: boolean;
}

/** Going back within the page takes less; another page ends this one. */
const NOWHERE_MS = 400;

const stands = () => (history.state as Guarded | null)?.leaveGuard === true;

/**
 * While `isUnsaved`, the browser asks before it closes or reloads the page, and its Back button calls `onBack` with what
 * goes back after all, or calls `onNowhere` if the history has nothing before. Returns a function that takes the guard
 * away and then does something else.
 */
export function useLeaveGuard(isUnsaved: boolean, onBack: (go: () => void) => void, onNowhere: () => void) {
  const asked = useRef(onBack);
  asked.current = onBack;
  const nowhere = useRef(onNowhere);
  nowhere.current = onNowhere;
  /** What happens once the guard is gone. */
  const then = useRef<(() => void) | undefined>(undefined);

  useEffect(() => {
    if (!isUnsaved) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    // Going back leads from a copy of the entry to the entry itself, so that nothing has been left while we ask.
    const guard = () =>
      history.pushState({ ...(history.state as object), leaveGuard: true }, '', location.href);
    const onPop = () => {
      if (then.current !== undefined) {
        const act = then.current;
        then.current = undefined;
        return act();
      }
      guard();
      asked.current(() => {
        then.current = () => undefined;
        history.go(-2);
        // A step beyond the beginning of the history does nothing, and nothing tells so.
        setTimeout(() => {
          if (then.current === undefined || !stands()) return;
          then.current = () => nowhere.current();
          history.back();
        }, NOWHERE_MS);
      });
    };
    guard();
    addEventListener('beforeunload', stay);
    addEventListener('popstate', onPop);
    return () => {
      removeEventListener('beforeunload', stay);
      removeEventListener('popstate', onPop);
      if (stands()) history.back();
    };
  }, [isUnsaved]);

  return useCallback((act: () => void) => {
    if (!stands()) return act();
    then.current = act;
    history.back();
  }, []);
}
