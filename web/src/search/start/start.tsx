import Camera from 'lucide-react/icons/camera';
import ImageUp from 'lucide-react/icons/image-up';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/actions/button.tsx';
import { classNames } from '../../ui/class-names.ts';
import { ChoosePicture } from '../pictures/choose-picture.tsx';
import type { Adding } from '../pictures/use-add-pictures.ts';
import type { SearchControls } from '../state/use-search-state.ts';
import { StartImages } from './start-images.tsx';
import css from './start.module.css';
import { TextForm } from '../query/text-form.tsx';
import { useTextDatasets } from '../query/use-text-datasets.ts';

/** Before a search: where a picture goes, and pictures of the catalogue to start from. */
export function Start({ controls, adding }: { controls: SearchControls; adding: Adding }) {
  return (
    <div className={css.start}>
      <section className={css.hero} aria-labelledby="start-title">
        <div className={css.words}>
          <h1 id="start-title" className={css.title}>
            Show it a picture.
            <br />
            Find what looks alike.
          </h1>
          <p className={css.lead}>
            Lookalike searches your catalogue by what pictures look like. No words, no tags, and nothing
            leaves your server.
          </p>
        </div>
        <PictureWell controls={controls} adding={adding} />
      </section>
      <StartImages controls={controls} />
    </div>
  );
}

function PictureWell({ controls, adding }: { controls: SearchControls; adding: Adding }) {
  const { add, isAdding } = adding;
  const { state, update } = controls;
  const able = useTextDatasets(state.datasets);
  return (
    <div className={classNames(css.well, isAdding && css.busy)}>
      <Rings />
      <div className={css.inner}>
        <p className={css.drop}>
          {isAdding ? 'Looking at your picture…' : 'Drop or paste a picture anywhere on this page'}
        </p>
        <div className={css.buttons}>
          <ChoosePicture multiple onFiles={(files) => add(files, 'search')}>
            {(open) => (
              <Button variant="primary" icon={ImageUp} onPress={open} isPending={isAdding}>
                Choose a picture
              </Button>
            )}
          </ChoosePicture>
          <span className={css.camera}>
            <ChoosePicture withCamera onFiles={(files) => add(files, 'search')}>
              {(open) => (
                <Button icon={Camera} onPress={open}>
                  Take a photo
                </Button>
              )}
            </ChoosePicture>
          </span>
        </div>
        <AddressForm onAddress={(address) => add([address], 'search')} />
        {able.length > 0 && <TextForm onText={(text) => update({ text, datasets: able })} />}
      </div>
    </div>
  );
}

function AddressForm({ onAddress }: { onAddress: (address: string) => void }) {
  const [address, setAddress] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (address.trim() !== '') onAddress(address.trim());
  };
  return (
    <form className={css.address} onSubmit={submit}>
      <input
        type="url"
        aria-label="Address of a picture on the web"
        placeholder="or the address of a picture: https://…"
        value={address}
        onChange={({ target }) => setAddress(target.value)}
      />
      {address !== '' && (
        <Button size="s" type="submit">
          Search
        </Button>
      )}
    </form>
  );
}

/** Circles that come closer to each other: what the score of a hit looks like, at large. */
function Rings() {
  return (
    <svg className={css.rings} viewBox="0 0 600 360" preserveAspectRatio="xMidYMid slice" aria-hidden>
      {[0, 1, 2, 3, 4].map((step) => (
        <g key={step} style={{ opacity: 0.9 - step * 0.17 }}>
          <circle cx={300 - 26 * (step + 0.6)} cy="180" r={118 + step * 26} className={css.one} />
          <circle cx={300 + 26 * (step + 0.6)} cy="180" r={118 + step * 26} className={css.other} />
        </g>
      ))}
    </svg>
  );
}
