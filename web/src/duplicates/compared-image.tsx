import Check from 'lucide-react/icons/check';
import { useState } from 'react';
import { Link } from 'wouter';
import { classNames } from '../ui/class-names.ts';
import { bytes } from '../ui/numbers.ts';
import css from './compared-image.module.css';
import { bitsAlike, type Differences, type Member } from './duplicate-groups.ts';

interface Props {
  member: Member;
  /** Its place in the group, starting at 1. */
  number: number;
  isBest: boolean;
  differences: Differences;
  onKeep: () => void;
}

/** An image of a group: a button that keeps it, and what tells it from the others. */
export function ComparedImage({ member, number, isBest, differences, onKeep }: Props) {
  const { image } = member;
  const [hasFailed, setFailed] = useState(false);
  const facts = [
    {
      name: 'Size',
      value: `${image.width} × ${image.height}`,
      differs: differences.size,
      isMost: image.width * image.height === differences.mostPixels,
    },
    {
      name: 'File',
      value: `${bytes(image.bytes)} ${image.format.toUpperCase()}`,
      differs: differences.bytes || differences.format,
      isMost: differences.bytes && image.bytes === differences.mostBytes,
    },
    {
      name: 'Label',
      value: image.labels.map(({ name }) => name).join(', ') || 'none',
      differs: differences.labels,
      isMost: false,
    },
    { name: 'Likeness', value: likeness(member, number), differs: true, isMost: false },
  ];
  return (
    <li className={classNames(css.item, isBest && css.best)}>
      <button
        type="button"
        className={css.picture}
        aria-label={`Keep only picture ${number}, ${image.externalId}`}
        onClick={onKeep}
      >
        {hasFailed ? (
          <span className={css.missing}>Picture not available</span>
        ) : (
          <img
            src={image.thumbnailUrl}
            width={image.width}
            height={image.height}
            alt=""
            decoding="async"
            loading="lazy"
            onError={() => setFailed(true)}
          />
        )}
        {number < 10 && <kbd className={css.number}>{number}</kbd>}
        <span className={css.keep} aria-hidden>
          <Check size={15} strokeWidth={2.2} /> Keep only this
        </span>
      </button>
      <div className={css.head}>
        <Link className={css.name} href={`/?like=${image.id}`} title={image.externalId}>
          {image.externalId}
        </Link>
        {isBest && <span className={css.chip}>Largest</span>}
      </div>
      <dl className={css.facts}>
        {facts.map(({ name, value, differs, isMost }) => (
          <div key={name} className={classNames(!differs && css.same, differs && isMost && css.most)}>
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function likeness({ sameBytes, distance }: Member, number: number): string {
  if (number === 1) return 'oldest';
  if (sameBytes) return 'same file as 1';
  return bitsAlike(distance);
}
