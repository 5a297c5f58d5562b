import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import {
  DecideDuplicatesDocument,
  DeleteDuplicatesDocument,
  UndecideDuplicatesDocument,
  type DuplicateDecision,
} from '../api/generated/graphql.ts';
import { counted } from '../ui/numbers.ts';
import { showError, showToast } from '../ui/overlays/toast.tsx';
import type { Group } from './duplicate-groups.ts';

/** A deletion waits for this long, because it can be undone only before it is made. */
const UNDO_MS = 8_000;

interface Events {
  /** The service no longer lists the group (1), or lists it again (-1). */
  shift: (by: 1 | -1) => void;
  /** Something could not be done, so what is shown may be wrong. */
  onFailure: () => void;
}

interface Undoable {
  readonly group: Group;
  readonly undo: () => void;
}

/** Decides about groups, hides those that are decided, and takes decisions back. */
export function useDecisions({ shift, onFailure }: Events) {
  const client = useApolloClient();
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set());
  const history = useRef<Undoable[]>([]);
  /** Deletions that have not been made yet, and how to make each at once. */
  const waiting = useRef(new Map<string, { images: { id: string }[]; make: () => void }>());
  const closeToast = useRef<() => void>(() => undefined);
  const events = useRef({ shift, onFailure });
  events.current = { shift, onFailure };

  const mark = useCallback((key: string, isDecided: boolean) => {
    setDecided((before) => {
      const after = new Set(before);
      if (isDecided) after.add(key);
      else after.delete(key);
      return after;
    });
  }, []);

  const offerUndo = useCallback((title: string, entry: Undoable, timeout?: number) => {
    history.current.push(entry);
    closeToast.current();
    closeToast.current = showToast({
      title,
      tone: 'good',
      action: { label: 'Undo', onPress: entry.undo },
      timeout: timeout ?? UNDO_MS,
    });
  }, []);

  const forget = useCallback((entry: Undoable) => {
    history.current = history.current.filter((one) => one !== entry);
  }, []);

  const failed = useCallback(
    (group: Group, error: unknown) => {
      mark(group.key, false);
      showError(error);
      events.current.onFailure();
    },
    [mark],
  );

  /** Keeps one image: the others are deleted when the time to undo it has passed. */
  const keepOne = useCallback(
    (group: Group, id: string) => {
      const images = group.members
        .filter(({ image }) => image.id !== id)
        .map(({ image }) => ({ id: image.id }));
      const make = () => {
        clearTimeout(timer);
        waiting.current.delete(group.key);
        forget(entry);
        client
          .mutate({ mutation: DeleteDuplicatesDocument, variables: { images } })
          .then(({ data }) => {
            const refused = data?.deleteImages.results.find((result) => 'code' in result);
            if (refused !== undefined && 'code' in refused && refused.code !== 'IMAGE_NOT_FOUND') {
              throw Object.assign(new Error(refused.message), {
                code: refused.code,
                title: 'Not all were deleted',
              });
            }
            events.current.shift(1);
          })
          .catch((error: unknown) => failed(group, error));
      };
      const timer = setTimeout(make, UNDO_MS);
      const entry: Undoable = {
        group,
        undo: () => {
          if (!waiting.current.delete(group.key)) return;
          clearTimeout(timer);
          forget(entry);
          mark(group.key, false);
        },
      };
      waiting.current.set(group.key, { images, make });
      mark(group.key, true);
      offerUndo(`One kept, ${counted(images.length, 'image')} deleted`, entry);
    },
    [client, failed, forget, mark, offerUndo],
  );

  const decide = useCallback(
    (group: Group, decision: DuplicateDecision) => {
      const images = group.members.map(({ image }) => ({ id: image.id }));
      mark(group.key, true);
      const made = client
        .mutate({ mutation: DecideDuplicatesDocument, variables: { images, decision } })
        .then(() => {
          events.current.shift(1);
          return true;
        })
        .catch((error: unknown) => {
          forget(entry);
          failed(group, error);
          return false;
        });
      const undo = async () => {
        forget(entry);
        if (!(await made)) return;
        try {
          await client.mutate({ mutation: UndecideDuplicatesDocument, variables: { images } });
          events.current.shift(-1);
          mark(group.key, false);
        } catch (error) {
          showError(error);
        }
      };
      const entry: Undoable = { group, undo: () => void undo() };
      offerUndo(decision === 'KEEP_ALL' ? 'All kept' : 'Marked as different pictures', entry);
    },
    [client, failed, forget, mark, offerUndo],
  );

  /** Takes the last decision back that can be; returns its group. */
  const undoLast = useCallback((): Group | undefined => {
    const last = history.current.at(-1);
    if (last === undefined) return undefined;
    closeToast.current();
    last.undo();
    return last.group;
  }, []);

  useEffect(() => {
    // Whoever leaves has made up their mind. A request outlives the page if it is sent in this way.
    const leave = () => {
      for (const { images } of waiting.current.values()) sendDeletion(images);
      waiting.current.clear();
    };
    addEventListener('pagehide', leave);
    return () => {
      removeEventListener('pagehide', leave);
      closeToast.current();
      for (const { make } of [...waiting.current.values()]) make();
    };
  }, []);

  return useMemo(() => ({ decided, keepOne, decide, undoLast }), [decided, keepOne, decide, undoLast]);
}

function sendDeletion(images: readonly { id: string }[]): void {
  const query =
    'mutation ($images: [ImageRef!]!) { deleteImages(images: $images) { results { __typename } } }';
  void fetch('/graphql', {
    method: 'POST',
    keepalive: true,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables: { images } }),
  }).catch(() => undefined);
}
