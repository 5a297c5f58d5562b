import { useMutation } from '@apollo/client/react';
import { useEffect } from 'react';
import { PreviewSourceDocument, type SourceFieldsFragment } from '../../api/generated/graphql.ts';
import { Button } from '../../ui/actions/button.tsx';
import { counted } from '../../ui/numbers.ts';
import { Dialog } from '../../ui/overlays/dialog.tsx';
import { ErrorState } from '../../ui/states/error-state.tsx';
import { Progress } from '../../ui/states/progress.tsx';
import { brakeOf, shareFor } from './brake.ts';
import { Difference } from './difference.tsx';
import css from './sources.module.css';
import { useSync } from './use-sync.ts';

interface Props {
  source: SourceFieldsFragment;
  isOpen: boolean;
  onClose: () => void;
}

/** Shows what synchronising with a source would change, and starts it: past the brake, too, if that would stop it. */
export function PreviewDialog({ source, isOpen, onClose }: Props) {
  const { name } = source;
  const [preview, { data, error, reset }] = useMutation(PreviewSourceDocument, {
    // It is shown in place of the preview.
    onError: () => undefined,
  });
  const { sync, isStarting } = useSync(name);
  const show = () => void preview({ variables: { name } });
  useEffect(() => {
    if (!isOpen) return;
    show();
    return reset;
  }, [isOpen, name]);

  const report = data?.previewSource;
  const difference = report?.sync ?? undefined;
  const brake = report && brakeOf(report, source);
  const run = async (maxDelete?: number) => {
    if (await sync(maxDelete)) onClose();
  };
  return (
    <Dialog
      title={`What would change: ${name}`}
      size="m"
      isOpen={isOpen}
      onClose={onClose}
      footer={
        <>
          <Button variant="plain" onPress={onClose}>
            Close
          </Button>
          {brake !== undefined && difference !== undefined && (
            <Button variant="danger" isPending={isStarting} onPress={() => void run(shareFor(difference))}>
              Remove {counted(difference.counts.vanished, 'image')} all the same
            </Button>
          )}
          {brake === undefined && report !== undefined && (
            <Button variant="primary" isPending={isStarting} onPress={() => void run()}>
              Synchronise now
            </Button>
          )}
        </>
      }
    >
      {error !== undefined && <ErrorState error={error} onRetry={show} />}
      {error === undefined && report === undefined && (
        <div role="status">
          <Progress label="Comparing" value={null} detail="Nothing is changed yet." />
        </div>
      )}
      {report !== undefined && (
        <div className={css.preview} role="status">
          {brake !== undefined && (
            <div className={css.brake}>
              <p>{brake}</p>
              <p>
                If they should go, remove them all the same: this run may remove so many and no more.
                Otherwise correct the source, and synchronise again.
              </p>
            </div>
          )}
          {difference === undefined ? (
            <p>
              There is no dataset {source.datasetName} yet. {counted(report.images, 'image')} would be added.
            </p>
          ) : (
            <Difference difference={difference} />
          )}
          {report.faults.count > 0 && (
            <section>
              <h3>{counted(report.faults.count, 'row or folder', 'rows or folders')} cannot be used</h3>
              <ul className={css.samples}>
                {report.faults.first.map(({ item, message }) => (
                  <li key={item}>
                    <strong>{item}</strong> {message}
                  </li>
                ))}
              </ul>
            </section>
          )}
          <p className={css.facts}>
            Servers of pictures are not asked, so pictures that have changed behind the same URL are not
            counted.
          </p>
        </div>
      )}
    </Dialog>
  );
}
