import { type ReactElement, useRef } from 'react';

interface Props {
  /** With the camera of a phone. */
  withCamera?: boolean;
  multiple?: boolean;
  onFiles: (files: File[]) => void;
  children: (open: () => void) => ReactElement;
}

/** Lets a button open the file chooser, or the camera. */
export function ChoosePicture({ withCamera = false, multiple = false, onFiles, children }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        multiple={multiple}
        {...(withCamera && { capture: 'environment' })}
        data-testid={withCamera ? 'camera' : 'file'}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // The same file can be chosen again.
          target.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
      {children(() => input.current?.click())}
    </>
  );
}
