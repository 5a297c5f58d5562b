import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { cosine } from '../contracts/feature-extractor.contract.ts';

const execute = promisify(execFile);
const EMULATOR = 'qemu-x86_64';
const program = fileURLToPath(new URL('describe-picture.js', import.meta.url));

const hasEmulator = spawnSync(EMULATOR, ['--version']).status === 0;
const required = process.env.REQUIRE_EMULATOR === '1';
const isUsable = process.arch === 'x64' && (hasEmulator || required);
if (!isUsable) {
  process.stderr.write(
    `\nTESTS ARE SKIPPED: other processors are emulated on x86-64 by ${EMULATOR}, which is not there (Debian's qemu-user).\n\n`,
  );
}

/** The features of the same picture by the bundled network with eight-bit weights. */
async function featuresOn(...emulator: readonly string[]): Promise<Float32Array> {
  const [command = process.execPath, ...args] = [...emulator, process.execPath, program];
  const { stdout } = await execute(command, args, { maxBuffer: 1e7 });
  return Float32Array.from(JSON.parse(stdout) as number[]);
}

(isUsable ? describe : describe.skip)('a network with eight-bit weights', () => {
  it.each(['Haswell'])('gives the same features on a processor like %s', async (processor) => {
    const [here, there] = await Promise.all([featuresOn(), featuresOn(EMULATOR, '-cpu', processor)]);
    expect(here).toHaveLength(1280);
    expect(cosine(here, there)).toBeGreaterThan(0.9999);
  });
});
