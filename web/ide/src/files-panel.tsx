import { useGraphiQL, type GraphiQLPlugin } from '@graphiql/react';
import { Kind, type DocumentNode, type TypeNode } from 'graphql';
import Paperclip from 'lucide-react/icons/paperclip';
import X from 'lucide-react/icons/x';
import { useEffect, useId, useState, useSyncExternalStore, type DragEvent } from 'react';
import { referencesIn, referenceTo, type FileSlots } from './file-slots.ts';
import { useVariables } from './use-variables.ts';

/** Where the files are chosen that the variables refer to. */
export function filesPlugin(slots: FileSlots): GraphiQLPlugin {
  return {
    title: 'Files',
    icon: () => <Paperclip strokeWidth={1.75} aria-hidden />,
    content: () => <FilesPanel slots={slots} />,
  };
}

function FilesPanel({ slots }: { readonly slots: FileSlots }) {
  const files = useSyncExternalStore(slots.subscribe, slots.all);
  const [variables, setVariable] = useVariables();
  const document = useGraphiQL((state) => state.documentAST);

  const used = referencesIn(variables).map(([, slot]) => slot);
  const lacking = uploadVariables(document).filter(
    (name) => !(name in variables) || variables[name] === null,
  );
  const shown = [...new Set([...used, ...lacking])];

  const choose = (slot: string, file: File | undefined) => {
    slots.set(slot, file);
    if (file !== undefined && lacking.includes(slot)) setVariable(slot, referenceTo(slot));
  };
  return (
    <section className="panel" aria-labelledby="files-title">
      <h2 id="files-title">Files</h2>
      {shown.length === 0 ? (
        <p className="panel-text">
          This operation takes no file. One that does has a variable of the type <code>Upload</code>, or{' '}
          <code>{`"${referenceTo('a-name')}"`}</code> wherever a file belongs in the variables. You choose the
          file here.
        </p>
      ) : (
        <p className="panel-text">The files for this operation. They are sent each time you run it.</p>
      )}
      <ul>
        {shown.map((slot) => (
          <li key={slot}>
            <Slot name={slot} file={files.get(slot)} onChoose={(file) => choose(slot, file)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface SlotProps {
  readonly name: string;
  readonly file: File | undefined;
  readonly onChoose: (file: File | undefined) => void;
}

function Slot({ name, file, onChoose }: SlotProps) {
  const input = useId();
  const [isOver, setIsOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    const [dropped] = event.dataTransfer.files;
    if (dropped !== undefined) onChoose(dropped);
  };
  return (
    <div
      className="slot"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <label className="slot-choose" htmlFor={input}>
        {file === undefined ? <span className="slot-blank" aria-hidden /> : <Preview file={file} />}
        <span>
          <code>{referenceTo(name)}</code>
          <span className="slot-file">{file?.name ?? 'Choose a file, or drop it here'}</span>
        </span>
        <input
          id={input}
          type="file"
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen !== undefined) onChoose(chosen);
          }}
        />
      </label>
      {file !== undefined && (
        <button
          type="button"
          className="slot-clear"
          aria-label={`Remove the file for ${name}`}
          onClick={() => onChoose(undefined)}
        >
          <X strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </div>
  );
}

function Preview({ file }: { readonly file: File }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file.type.startsWith('image/')) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url === undefined ? <span className="slot-blank" aria-hidden /> : <img src={url} alt="" />;
}

/** The names of the variables that are one file. */
function uploadVariables(document: DocumentNode | undefined): readonly string[] {
  const operations = document?.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION) ?? [];
  return operations
    .flatMap((operation) => ('variableDefinitions' in operation ? (operation.variableDefinitions ?? []) : []))
    .flatMap((defined) =>
      'variable' in defined && isUpload(defined.type) ? [defined.variable.name.value] : [],
    );
}

function isUpload(type: TypeNode): boolean {
  if (type.kind === Kind.NON_NULL_TYPE) return isUpload(type.type);
  return type.kind === Kind.NAMED_TYPE && type.name.value === 'Upload';
}
