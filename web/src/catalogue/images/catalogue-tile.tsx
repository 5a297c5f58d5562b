import Check from 'lucide-react/icons/check';
import CircleCheck from 'lucide-react/icons/circle-check';
import Circle from 'lucide-react/icons/circle';
import ScanSearch from 'lucide-react/icons/scan-search';
import { useLocation } from 'wouter';
import { labelled } from '../../search/pictures/image-words.ts';
import { IconButton } from '../../ui/actions/icon-button.tsx';
import { ImageTile } from '../../ui/images/image-tile.tsx';
import { useTilePlace } from '../../ui/images/justified-grid.tsx';
import { similarAddress } from '../addresses.ts';
import css from './catalogue-tile.module.css';
import type { BrowsedImage } from './use-browsed-images.ts';

interface Props {
  image: BrowsedImage;
  dataset: string;
  /** The address at which it is open. */
  href: string;
  /** Whether a press selects instead of opening. */
  isSelecting: boolean;
  isSelected: boolean;
  onOpen: () => void;
  onToggle: () => void;
}

/** Narrower pictures would be hidden by two buttons; an open image has them all. */
const ROOM_FOR_TWO = 110;

/** An image in the grid of its dataset. */
export function CatalogueTile(props: Props) {
  const { image, dataset, href, isSelecting, isSelected, onOpen, onToggle } = props;
  const { tabIndex, width } = useTilePlace();
  const [, navigate] = useLocation();
  const labels = image.labels.map(({ name }) => name).join(', ');
  const isReachable = tabIndex === 0;
  return (
    <ImageTile
      small={image.thumbnailUrl}
      large={image.large}
      alt={`${labelled(image)}${isSelected ? ', selected' : ''}`}
      href={href}
      onOpen={isSelecting ? onToggle : onOpen}
      isSelected={isSelected}
      badge={
        isSelected ? (
          <span className={css.tick}>
            <Check size={14} strokeWidth={3} aria-hidden />
          </span>
        ) : undefined
      }
      actions={
        <>
          {!isSelecting && width >= ROOM_FOR_TWO && (
            <IconButton
              label="Find similar images"
              icon={ScanSearch}
              size="s"
              solid
              excludeFromTabOrder={!isReachable}
              onPress={() => navigate(similarAddress(image.id, dataset))}
            />
          )}
          <IconButton
            label={isSelected ? 'Deselect' : 'Select'}
            icon={isSelected ? CircleCheck : Circle}
            size="s"
            solid
            excludeFromTabOrder={!isReachable}
            onPress={onToggle}
          />
        </>
      }
      caption={
        <span className={css.caption} title={`${labels}${labels && ' · '}${image.fileName}`}>
          {labels === '' ? <span className={css.none}>No label</span> : labels}
        </span>
      }
    />
  );
}
