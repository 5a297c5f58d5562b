import { useEffect } from 'react';
import { mayHoldPicture } from '../search/pictures/picture-transfer.ts';

/** Keeps the browser from leaving the page for a file or link that is dropped where nothing takes it. */
export function useDropGuard(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      const { dataTransfer, target } = event;
      if (event.defaultPrevented || dataTransfer === null || !mayHoldPicture(dataTransfer)) return;
      // A link can be dropped into a field as text.
      if (isTextField(target) && !dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      dataTransfer.dropEffect = 'none';
    };
    addEventListener('dragover', refuse);
    addEventListener('drop', refuse);
    return () => {
      removeEventListener('dragover', refuse);
      removeEventListener('drop', refuse);
    };
  }, []);
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
