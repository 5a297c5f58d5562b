import type { Command } from 'commander';
import type { SyncRequest } from '../../../datasets/index.ts';
import type { CommonOptions } from '../../options.ts';
import { withApps } from '../../with-apps.ts';
import { givenName } from './named-command.ts';
import { printSource } from './print-source.ts';
import { scheduleOf, type TimeOptions } from './time-options.ts';

const TRUSTED = { trusted: true };

export async function keepSource(
  command: Command,
  request: SyncRequest,
  options: TimeOptions & CommonOptions,
): Promise<void> {
  const name = givenName(command);
  const schedule = scheduleOf(options);
  await withApps(async (apps) => {
    const { watch = false } = options;
    const wanted = { name, request, watch, ...(schedule ? { schedule } : {}) };
    await printSource(apps, await apps.keptSources.add(wanted, TRUSTED), options);
  });
}

/** Replaces what a source reads and how; its times stay unless others are given. */
export async function replaceSource(
  command: Command,
  request: SyncRequest,
  options: TimeOptions & CommonOptions,
): Promise<void> {
  const name = givenName(command);
  const schedule = scheduleOf(options);
  await withApps(async (apps) => {
    const { watch } = options;
    const changes = {
      request,
      ...(schedule === undefined ? {} : { schedule }),
      ...(watch === undefined ? {} : { watch }),
    };
    await printSource(apps, await apps.keptSources.update(name, changes, TRUSTED), options);
  });
}
