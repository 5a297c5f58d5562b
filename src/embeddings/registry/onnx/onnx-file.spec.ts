import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { sharedPath } from '../../../../test/shared-data.ts';
import { classifier } from '../../../../test/fixtures/small-networks.ts';
import { readOnnx, writeOnnx } from './onnx-file.ts';
import { StringStringEntryProtoSchema, TensorProto_DataLocation } from './onnx-ml_pb.ts';

const bundled = fileURLToPath(new URL('../../../../models/efficientnet-lite0-int8.onnx', import.meta.url));
const shared = sharedPath('models/mobilenet_v2/classifier.onnx');

describe('readOnnx and writeOnnx', () => {
  it.each([bundled, ...(shared === undefined ? [] : [shared])])('keep every byte of %s', async (path) => {
    const bytes = await readFile(path);
    expect(Buffer.compare(Buffer.from(writeOnnx(readOnnx(bytes))), bytes)).toBe(0);
  });

  it('keep unknown fields', () => {
    // Field 999 of the model, one byte long.
    const bytes = Buffer.concat([classifier(), Buffer.from([0xba, 0x3e, 0x01, 0x2a])]);
    const written = Buffer.from(writeOnnx(readOnnx(bytes)));
    expect(written.includes(Buffer.from([0xba, 0x3e, 0x01, 0x2a]))).toBe(true);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', Buffer.from('this is no model at all')],
    ['a web page', Buffer.from('<!doctype html><html></html>')],
    ['the beginning of a model', classifier().slice(0, 500)],
  ])('refuse %s', (_what, bytes) => {
    expect(() => readOnnx(bytes)).toThrow(expect.objectContaining({ code: 'MODEL_UNREADABLE' }));
  });

  it('refuse weights that are kept in a separate file', () => {
    const model = readOnnx(classifier());
    const tensor = model.graph.initializer[0]!;
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL;
    tensor.externalData = [
      create(StringStringEntryProtoSchema, { key: 'location', value: '../../etc/passwd' }),
    ];
    expect(() => readOnnx(writeOnnx(model))).toThrow(
      expect.objectContaining({ code: 'MODEL_EXTERNAL_DATA', details: { tensor: 'kernel' } }),
    );
  });
});
