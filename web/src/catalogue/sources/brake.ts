import type {
  JobFieldsFragment,
  PreviewSourceMutation,
  SourceFieldsFragment,
} from '../../api/generated/graphql.ts';
import { count, counted } from '../../ui/numbers.ts';

const CODES = ['SYNC_DELETES_TOO_MANY', 'SYNC_SOURCE_DAMAGED'];

/** Whether the brake has stopped a run before it removed anything. */
export function wasBraked(job: JobFieldsFragment | null): boolean {
  return job?.state === 'FAILED' && CODES.includes(job.error?.code ?? '');
}

type Preview = PreviewSourceMutation['previewSource'];

/** Why a run would stop before it removes anything; undefined if it would not. */
export function brakeOf({ sync, faults }: Preview, { maxDelete }: SourceFieldsFragment): string | undefined {
  if (sync === null || sync.counts.vanished === 0) return undefined;
  const { brought, mostVanished, counts } = sync;
  if (counts.vanished > mostVanished) {
    return (
      `The source no longer has ${count(counts.vanished)} of the ${counted(brought, 'image')} that it has brought. ` +
      `At most ${count(mostVanished)} may be removed by one run, so a run stops before it removes any.`
    );
  }
  if (faults.count === 0 || maxDelete !== null) return undefined;
  return (
    `${counted(faults.count, 'row or folder', 'rows or folders')} of the source cannot be read, and may have the images ` +
    'that seem to be gone. A run brings everything else in step and removes none.'
  );
}

/** The share of images that lets a run remove those that a preview has shown, and not one more. */
export function shareFor({ brought, counts }: NonNullable<Preview['sync']>): number {
  return Math.min(1, (counts.vanished + 0.5) / brought);
}
