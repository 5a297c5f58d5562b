import FileStack from 'lucide-react/icons/file-stack';
import FolderUp from 'lucide-react/icons/folder-up';
import Link2 from 'lucide-react/icons/link-2';
import Server from 'lucide-react/icons/server';
import { useState } from 'react';
import { DropZone } from 'react-aria-components/DropZone';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button } from '../../ui/actions/button.tsx';
import { Field } from '../../ui/forms/field.tsx';
import { Select } from '../../ui/forms/select.tsx';
import { count } from '../../ui/numbers.ts';
import { showError } from '../../ui/overlays/toast.tsx';
import css from './create.module.css';
import type { ImportSource } from './import-source.ts';
import { fromDrop, fromFileList, type PickedFile, sortPicked } from './picked-files.ts';

/** Asks where the pictures are: a folder, files, a URL, or a path on the server. */
export function SourceStep({ onSource }: { onSource: (source: ImportSource) => void }) {
  const [reading, setReading] = useState<number>();
  const [url, setUrl] = useState('');
  const [path, setPath] = useState('');
  const [kind, setKind] = useState<'folder' | 'file'>('folder');
  const [problem, setProblem] = useState<string>();

  const pick = (files: readonly PickedFile[]) => {
    const picked = sortPicked(files);
    if (picked.pictures.length === 0 && picked.annotations.length === 0) {
      setProblem(
        'There is no picture and no annotation file in it. Pictures are JPEG, PNG, WebP, GIF, AVIF, TIFF or HEIC.',
      );
      return;
    }
    setProblem(undefined);
    onSource({ kind: 'files', picked });
  };
  const onServer = path.trim();
  const isUrl = URL.canParse(url.trim()) && /^https?:$/.test(new URL(url.trim()).protocol);

  return (
    <div className={css.step}>
      <DropZone
        className={css.drop}
        aria-label="Drop a folder, or an annotation file with its pictures"
        getDropOperation={() => 'copy'}
        onDrop={({ items }) => {
          setReading(0);
          fromDrop(items, setReading)
            .then(pick, showError)
            .finally(() => setReading(undefined));
        }}
      >
        <span className={css.dropIcon} aria-hidden>
          <FolderUp size={30} strokeWidth={1.5} />
        </span>
        {reading === undefined ? (
          <>
            <h2>Drop a folder here</h2>
            <p>
              Its sub-folders become labels. Or drop an annotation file (JSON, CSV, XML and others) together
              with its pictures, or Parquet or a tar archive that contains them.
            </p>
          </>
        ) : (
          <p role="status">Looking through the folder: {count(reading)} files so far…</p>
        )}
        <div className={css.buttons}>
          <FileTrigger acceptDirectory onSelect={(files) => files && pick(fromFileList(files))}>
            <Button variant="primary" icon={FolderUp}>
              Choose a folder
            </Button>
          </FileTrigger>
          <FileTrigger allowsMultiple onSelect={(files) => files && pick(fromFileList(files))}>
            <Button icon={FileStack}>Choose files</Button>
          </FileTrigger>
        </div>
      </DropZone>
      {problem !== undefined && (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      )}
      <p className={css.or}>
        <span>or</span>
      </p>
      <form
        className={css.url}
        onSubmit={(event) => {
          event.preventDefault();
          if (isUrl) onSource({ kind: 'url', url: url.trim() });
        }}
      >
        <Field
          label="The address of an annotation file"
          type="url"
          inputMode="url"
          placeholder="https://example.com/annotations.json"
          description="The service downloads it, and then the pictures that it names."
          value={url}
          onChange={setUrl}
        />
        <div>
          <Button type="submit" icon={Link2} isDisabled={!isUrl}>
            Continue with this address
          </Button>
        </div>
      </form>
      <form
        className={css.url}
        onSubmit={(event) => {
          event.preventDefault();
          if (onServer !== '') onSource({ kind, path: onServer });
        }}
      >
        <Select
          label="On the server"
          value={kind}
          onChange={(id) => setKind(id as 'folder' | 'file')}
          options={[
            { id: 'folder', label: 'A folder, whose sub-folders become labels' },
            { id: 'file', label: 'An annotation file' },
          ]}
        />
        <Field
          label={kind === 'folder' ? 'The path of the folder' : 'The path of the annotation file'}
          description="Below one of the import roots of the server (IMPORT_ROOTS)."
          value={path}
          onChange={setPath}
          autoComplete="off"
        />
        <div>
          <Button type="submit" icon={Server} isDisabled={onServer === ''}>
            Continue with this path
          </Button>
        </div>
      </form>
    </div>
  );
}
