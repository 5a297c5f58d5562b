import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { loadConfig } from '../../../config/index.ts';
import { EmbeddingsConfig } from '../../embeddings.config.ts';
import { usableProviders, type ProviderOffer } from './onnxruntime.execution-providers.ts';

const configured = (text: string) =>
  (loadConfig([EmbeddingsConfig], { EMBEDDING_PROVIDERS: text }).get(EmbeddingsConfig) as EmbeddingsConfig)
    .EMBEDDING_PROVIDERS;

describe('EMBEDDING_PROVIDERS', () => {
  it('is a list of known names, the CPU by default', () => {
    expect(configured('')).toEqual(['cpu']);
    expect(configured('CUDA, cpu')).toEqual(['cuda', 'cpu']);
  });

  it.each(['gpu', 'cpu,', 'cuda;cpu'])('refuses %s', (text) => {
    expect(() => configured(text)).toThrow(/EMBEDDING_PROVIDERS=.*expected names out of cpu, cuda/);
  });

  it('refuses a name that is given twice', () => {
    expect(() => configured('cpu,cpu')).toThrow('each may be named once');
  });
});

describe('usableProviders', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const offer = (...broken: string[]): ProviderOffer => ({
    available: ['cpu', 'cuda', 'webgpu'],
    tryOut: async (name) => {
      if (broken.includes(name)) throw new Error(`no device for ${name}`);
    },
  });

  it('takes all that work, in order', async () => {
    expect(await usableProviders(['cuda', 'cpu'], offer())).toEqual({ names: ['cuda', 'cpu'] });
  });

  it('falls back to what the list names next, and says so', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    expect(await usableProviders(['cuda', 'webgpu', 'cpu'], offer('cuda'))).toEqual({
      names: ['webgpu', 'cpu'],
    });
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('no device for cuda'));
  });

  it('does not fall back to what the list does not name', async () => {
    await expect(usableProviders(['cuda'], offer('cuda'))).rejects.toMatchObject({
      code: 'EXECUTION_PROVIDER_UNUSABLE',
      message: expect.stringContaining('cuda (no device for cuda)') as unknown,
    });
  });

  it('refuses one that the build lacks, even if others follow', async () => {
    await expect(usableProviders(['coreml', 'cpu'], offer())).rejects.toMatchObject({
      code: 'EXECUTION_PROVIDER_MISSING',
      details: { provider: 'coreml', available: ['cpu', 'cuda', 'webgpu'] },
    });
  });

  it('asks the installed ONNX Runtime', async () => {
    expect(await usableProviders(['cpu'])).toEqual({ names: ['cpu'] });
    await expect(usableProviders(['qnn'])).rejects.toMatchObject({
      code: 'EXECUTION_PROVIDER_MISSING',
      details: { available: expect.arrayContaining(['cpu']) as unknown },
    });
  });
});
