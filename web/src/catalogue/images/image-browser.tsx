import Filter from 'lucide-react/icons/sliders-horizontal';
import ImagePlus from 'lucide-react/icons/image-plus';
import SearchX from 'lucide-react/icons/search-x';
import { useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Button, LinkButton } from '../../ui/actions/button.tsx';
import { JustifiedGrid } from '../../ui/images/justified-grid.tsx';
import { count, counted } from '../../ui/numbers.ts';
import { Dialog } from '../../ui/overlays/dialog.tsx';
import { EmptyState } from '../../ui/states/empty-state.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { SkeletonGrid } from '../../ui/states/skeleton.tsx';
import { datasetAddress } from '../addresses.ts';
import type { Dataset } from '../dataset-view.tsx';
import { CatalogueTile } from './catalogue-tile.tsx';
import { FilterChips } from './filters/filter-chips.tsx';
import { FilterPanel } from './filters/filter-panel.tsx';
import {
  EVERYTHING,
  filterInput,
  formatFilter,
  type ImageFilter,
  isFiltered,
  parseFilter,
} from './filters/image-filter.ts';
import css from './image-browser.module.css';
import { ImageDialog } from './image/image-dialog.tsx';
import { SelectionBar } from './selection/selection-bar.tsx';
import { useBrowsedImages } from './use-browsed-images.ts';

interface Props {
  dataset: Dataset;
  /** Whether pictures may arrive at any moment. */
  isGrowing: boolean;
}

/** The images of a dataset: filtered, opened, selected. The address holds the filter and the open image. */
export function ImageBrowser({ dataset, isGrowing }: Props) {
  const query = useSearch();
  const [location, navigate] = useLocation();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isFilterOpen, setFilterOpen] = useState(false);
  const filter = useMemo(() => parseFilter(query), [query]);
  const input = useMemo(() => filterInput(filter, dataset.attributes), [filter, dataset.attributes]);
  const { images, total, isOld, error, refetch, more } = useBrowsedImages(dataset.id, input);

  const openId = new URLSearchParams(query).get('image');
  const address = (shown: ImageFilter, image?: string) => {
    const parts = [formatFilter(shown), image === undefined ? '' : `image=${image}`].filter(Boolean);
    return parts.length === 0 ? location : `${location}?${parts.join('&')}`;
  };
  const show = (shown: ImageFilter) => {
    setSelected(new Set());
    navigate(address(shown));
  };
  const open = (id: string | undefined, replace = false) => navigate(address(filter, id), { replace });
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };

  if (images === undefined) {
    if (error !== undefined) return <ErrorState error={error} onRetry={() => void refetch()} />;
    return <SkeletonGrid label="Loading the images" />;
  }
  if (dataset.imageCount === 0 && images.length === 0) {
    return isGrowing ? (
      <SkeletonGrid label="Waiting for the first pictures" />
    ) : (
      <EmptyState icon={ImagePlus} title="No pictures yet">
        <p>Add a folder, or an annotation file with its pictures.</p>
        <LinkButton href={datasetAddress(dataset.name, 'add')} variant="primary" icon={ImagePlus}>
          Add pictures
        </LinkButton>
      </EmptyState>
    );
  }

  const hasFilters = dataset.labels.totalCount > 0 || dataset.attributes.length > 0;
  return (
    <div className={css.browser}>
      {hasFilters && (
        <aside className={css.side} aria-label="Filters">
          <FilterPanel dataset={dataset} filter={filter} onChange={show} />
        </aside>
      )}
      <div className={css.main} aria-busy={isOld}>
        <div className={css.bar}>
          <p role="status" className={css.total}>
            {isFiltered(filter)
              ? `${count(total ?? 0)} of ${counted(dataset.imageCount, 'image')}`
              : counted(total ?? 0, 'image')}
          </p>
          <FilterChips dataset={dataset} filter={filter} onChange={show} />
          {hasFilters && (
            <span className={css.filterButton}>
              <Button size="s" icon={Filter} onPress={() => setFilterOpen(true)}>
                Filter
              </Button>
            </span>
          )}
        </div>
        {images.length === 0 ? (
          <EmptyState icon={SearchX} title="No image passes this filter">
            <Button onPress={() => show(EVERYTHING)}>Show all images</Button>
          </EmptyState>
        ) : (
          <JustifiedGrid
            items={images}
            keyOf={({ id }) => id}
            aspectOf={({ width, height }) => width / height}
            label={`Images of ${dataset.name}`}
            captionHeight={26}
            onEnd={more}
            {...(total !== undefined && { total })}
          >
            {(image) => (
              <CatalogueTile
                image={image}
                dataset={dataset.name}
                href={address(filter, image.id)}
                isSelecting={selected.size > 0}
                isSelected={selected.has(image.id)}
                onOpen={() => open(image.id)}
                onToggle={() => toggle(image.id)}
              />
            )}
          </JustifiedGrid>
        )}
      </div>
      <SelectionBar
        dataset={dataset}
        filter={input}
        total={total ?? 0}
        images={images}
        selected={selected}
        onSelect={setSelected}
      />
      <Dialog
        title="Filters"
        size="side"
        isOpen={isFilterOpen}
        onClose={() => setFilterOpen(false)}
        footer={
          <Button variant="primary" onPress={() => setFilterOpen(false)}>
            Show {counted(total ?? 0, 'image')}
          </Button>
        }
      >
        <FilterPanel dataset={dataset} filter={filter} onChange={show} />
      </Dialog>
      <ImageDialog
        dataset={dataset}
        id={openId}
        images={images}
        onOpen={(id) => open(id, true)}
        onClose={() => open(undefined, true)}
      />
    </div>
  );
}
