import Lasso from 'lucide-react/icons/lasso';
import Search from 'lucide-react/icons/scan-search';
import { useState } from 'react';
import { Link } from 'wouter';
import { Button, LinkButton } from '../../ui/actions/button.tsx';
import { count, counted } from '../../ui/numbers.ts';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { inCatalogue, searchLike } from '../map-address.ts';
import { NO_LABEL, type MapPoints } from '../points/map-points.ts';
import css from './lists.module.css';

const SHOWN = 60;
/** The number of examples that a search takes. */
const EXAMPLES = 20;

interface Props {
  points: MapPoints;
  dataset: string;
  selected: readonly number[];
  onClear: () => void;
}

/** The images in the lasso. */
export function SelectionList({ points, dataset, selected, onClear }: Props) {
  const [shown, setShown] = useState(SHOWN);
  if (selected.length === 0) {
    return (
      <EmptyState icon={Lasso} title="Nothing is selected">
        <p>Draw around points with the lasso, or with the Shift key held. They are listed here.</p>
      </EmptyState>
    );
  }
  const examples = spread(selected, EXAMPLES).map((point) => `Image:${points.ids[point]!}`);
  return (
    <>
      <p className={css.note} role="status">
        {counted(selected.length, 'image')}: {labelsOf(points, selected)}
      </p>
      <div className={css.actions}>
        <LinkButton size="s" variant="primary" icon={Search} href={searchLike(dataset, examples)}>
          {selected.length > EXAMPLES ? `Search by ${EXAMPLES} of them` : 'Search by these'}
        </LinkButton>
        <Button size="s" onPress={onClear}>
          Clear
        </Button>
      </div>
      <ul className={css.grid} aria-label="Selected images">
        {selected.slice(0, shown).map((point) => {
          const id = points.ids[point]!;
          return (
            <li key={id}>
              <Link
                href={inCatalogue(dataset, `Image:${id}`)}
                aria-label={`Open image ${id} in the catalogue, ${labelOf(points, point)}`}
              >
                <img src={`/images/${id}/thumbnail?w=128`} alt="" loading="lazy" />
              </Link>
            </li>
          );
        })}
      </ul>
      {selected.length > shown && (
        <Button size="s" variant="plain" onPress={() => setShown(shown + 4 * SHOWN)}>
          Show more of {count(selected.length - shown)}
        </Button>
      )}
    </>
  );
}

function labelOf({ labels, labelOf: indexes }: MapPoints, point: number): string {
  const index = indexes[point]!;
  return index === NO_LABEL ? 'no label' : labels[index]!.name;
}

/** `34 bird, 2 fish, and 3 other labels` */
function labelsOf(points: MapPoints, selected: readonly number[]): string {
  const counts = new Map<string, number>();
  for (const point of selected) {
    const name = labelOf(points, point);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([name, images]) => `${count(images)} ${name}`);
  const rest = parts.length - 3;
  return parts.slice(0, 3).join(', ') + (rest > 0 ? `, and ${counted(rest, 'other label')}` : '');
}

/** Some of them, from all over. */
function spread<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_each, index) => items[Math.floor((index * items.length) / most)]!);
}
