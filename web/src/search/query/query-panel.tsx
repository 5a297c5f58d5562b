import { useQuery } from '@apollo/client/react';
import Crop from 'lucide-react/icons/crop';
import ImagePlus from 'lucide-react/icons/image-plus';
import Maximize from 'lucide-react/icons/maximize';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { ExampleSourceDocument, type ExampleSourceQuery } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Skeleton } from '../../ui/states/skeleton.tsx';
import { ChoosePicture } from '../pictures/choose-picture.tsx';
import { sizes } from '../pictures/picture-size.ts';
import type { Adding } from '../pictures/use-add-pictures.ts';
import type { Example, Region } from '../state/search-state.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import css from './query-panel.module.css';
import { TextForm } from './text-form.tsx';
import { Tray } from './tray.tsx';
import { useTextDatasets } from './use-text-datasets.ts';
import { WeightSlider } from './weight-slider.tsx';

const CropBox = lazy(() => import('./crop-box.tsx'));

/** Where a crop begins if it is not drawn: most of the picture. */
const FIRST_CROP: Region = { x: 0.15, y: 0.15, width: 0.7, height: 0.7 };

interface Props {
  controls: SearchControls;
  adding: Adding;
  /** More buttons. */
  children?: ReactNode;
}

/** What is searched with: words, if the model takes them, and pictures. */
export function QueryPanel({ controls, adding, children }: Props) {
  const { state, update } = controls;
  const takesText = useTextDatasets(state.datasets).length > 0;
  return (
    <>
      {(takesText || state.text !== undefined) && (
        <TextForm text={state.text} onText={(text) => update({ text })} />
      )}
      {state.examples.length > 0 ? (
        <PicturePanel controls={controls} adding={adding}>
          {children}
        </PicturePanel>
      ) : (
        <section className={css.panel} aria-label="Query">
          <div className={css.buttons}>
            <AddButton adding={adding} />
            {children}
          </div>
        </section>
      )}
    </>
  );
}

function AddButton({ adding }: { adding: Adding }) {
  return (
    <ChoosePicture multiple onFiles={(files) => adding.add(files, 'add')}>
      {(open) => (
        <Button size="s" icon={ImagePlus} onPress={open} isPending={adding.isAdding}>
          Add
        </Button>
      )}
    </ChoosePicture>
  );
}

/** One picture large with its crop, all of them in a tray. */
function PicturePanel({ controls, adding, children }: Props) {
  const { state, update, endGesture } = controls;
  const { examples } = state;
  const [wanted, setWanted] = useState(0);
  const [weighed, setWeighed] = useState<string | undefined>(undefined);
  const shown = Math.min(wanted, examples.length - 1);
  const example = examples[shown]!;
  // The slider stays while it turns a single "less like this" into "more like this".
  const hasTray = examples.length > 1 || example.weight < 0 || example.id === weighed;

  const { data, error, loading } = useQuery(ExampleSourceDocument, {
    variables: { id: example.id },
    fetchPolicy: 'cache-first',
  });
  const source = data?.node != null && 'url' in data.node ? data.node : undefined;
  const isMissing = source === undefined && !loading;

  const change = (patch: Partial<Example>, gesture?: string) =>
    update(
      { examples: examples.map((one, index) => (index === shown ? { ...one, ...patch } : one)) },
      gesture === undefined ? {} : { gesture: `${gesture} ${shown}` },
    );

  return (
    <section
      className={classNames(css.panel, example.region !== undefined && css.cropping)}
      aria-label="Query"
    >
      <div className={css.stage}>
        {source !== undefined && (
          <QueryPicture
            key={example.id}
            source={source}
            example={example}
            onRegion={(region) => change({ region }, 'crop')}
            onRegionEnd={endGesture}
          />
        )}
        {isMissing && (
          <p className={css.gone}>
            {error === undefined ? 'This picture is no longer there.' : 'This picture cannot be shown now.'}
          </p>
        )}
        {source === undefined && !isMissing && <Skeleton height="14rem" />}
      </div>
      <div className={css.beside}>
        <div className={css.buttons}>
          {!isMissing && example.region === undefined && (
            <Button size="s" icon={Crop} onPress={() => change({ region: FIRST_CROP })}>
              Crop
            </Button>
          )}
          {!isMissing && example.region !== undefined && (
            <Button size="s" icon={Maximize} onPress={() => change({ region: undefined })}>
              Whole picture
            </Button>
          )}
          <AddButton adding={adding} />
          {children}
        </div>
        {hasTray && (
          <>
            <Tray controls={controls} shown={shown} onShow={setWanted} />
            <WeightSlider
              weight={example.weight}
              onChange={(weight) => {
                setWeighed(example.id);
                change({ weight }, 'weight');
              }}
              onChangeEnd={endGesture}
            />
          </>
        )}
      </div>
    </section>
  );
}

type Source = Extract<NonNullable<ExampleSourceQuery['node']>, { url: string }>;

interface PictureProps {
  source: Source;
  example: Example;
  onRegion: (region: Region | undefined) => void;
  onRegionEnd: () => void;
}

function QueryPicture({ source, example, onRegion, onRegionEnd }: PictureProps) {
  const { url, width, height } = source;
  const alt = 'fileName' in source ? `Query: ${source.fileName}` : 'Query: your picture';
  // Takes its room before it has been loaded.
  const plain = (
    <img src={url} draggable={false} width={width} height={height} alt={alt} className={css.picture} />
  );
  return (
    <div className={css.frame} style={sizes({ width, height })}>
      <Suspense fallback={plain}>
        <CropBox region={example.region} onChange={onRegion} onEnd={onRegionEnd}>
          {plain}
        </CropBox>
      </Suspense>
    </div>
  );
}
