import ImagePlus from 'lucide-react/icons/image-plus';
import ScanSearch from 'lucide-react/icons/scan-search';
import { type DragEvent as ReactDragEvent, useEffect, useRef, useState } from 'react';
import { classNames } from '../../ui/class-names.ts';
import type { LucideIcon } from '../../ui/icon.ts';
import css from './drop-target.module.css';
import { mayHoldPicture, picturesIn } from './picture-transfer.ts';
import type { AddMode, Adding } from './use-add-pictures.ts';

interface Props {
  /** Whether there is a search that a picture can be added to. */
  canAdd: boolean;
  onPictures: Adding['add'];
}

/** Takes pictures that are dropped or pasted anywhere on the page. */
export function DropTarget({ canAdd, onPictures }: Props) {
  const [isOver, setOver] = useState(false);
  const take = useRef(onPictures);
  take.current = onPictures;

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.clipboardData === null || isTextField(event.target)) return;
      event.preventDefault();
      take.current(picturesIn(event.clipboardData), 'search');
    };
    const enter = (event: DragEvent) => {
      if (event.dataTransfer !== null && mayHoldPicture(event.dataTransfer)) setOver(true);
    };
    const over = (event: DragEvent) => {
      if (event.dataTransfer === null || !mayHoldPicture(event.dataTransfer)) return;
      event.preventDefault();
      // The shell refuses drops otherwise.
      event.dataTransfer.dropEffect = 'copy';
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer !== null) take.current(picturesIn(event.dataTransfer), 'search');
    };
    const handlers = { paste, dragenter: enter, dragover: over, dragleave: leave, drop } as const;
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler as EventListener);
    return () => {
      for (const [name, handler] of Object.entries(handlers))
        removeEventListener(name, handler as EventListener);
    };
  }, []);

  if (!isOver) return null;
  const dropped = (mode: AddMode) => (event: ReactDragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    setOver(false);
    onPictures(picturesIn(event.dataTransfer), mode);
  };
  return (
    <div className={css.overlay}>
      <Target icon={ScanSearch} title="Search with it" onDrop={dropped('search')} />
      {canAdd && <Target icon={ImagePlus} title="Add it as an example" onDrop={dropped('add')} />}
    </div>
  );
}

interface TargetProps {
  icon: LucideIcon;
  title: string;
  onDrop: (event: ReactDragEvent) => void;
}

function Target({ icon: Icon, title, onDrop }: TargetProps) {
  const [isOver, setOver] = useState(false);
  return (
    <div
      className={classNames(css.target, isOver && css.over)}
      onDragOver={(event) => event.preventDefault()}
      onDragEnter={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Icon size={34} strokeWidth={1.5} aria-hidden />
      <p>{title}</p>
    </div>
  );
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
