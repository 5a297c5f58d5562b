import type { ListedModel, Proposal } from '../../../embeddings/index.ts';

/** Describes the contents of a model file and the proposed entry. */
export function describeProposal({ entry, inspection, changed, batches }: Proposal): string {
  const tensor = ({ name, type, shape }: (typeof inspection.outputs)[number]) =>
    `${name} ${type} [${shape === undefined ? '…' : shape.join(', ')}]`;
  const layers = inspection.layers.map(
    ({ tensor: name, operator, why }) => `  ${name.padEnd(28)} ${operator.padEnd(18)} ${why}\n`,
  );
  return (
    `inputs   ${inspection.inputs.map(tensor).join('; ')}\n` +
    `outputs  ${inspection.outputs.map(tensor).join('; ')}\n` +
    `graph    ${inspection.nodes} ${entry.format === 'tfjs-layers' ? 'layers' : 'nodes'}` +
    `${inspection.opset === undefined ? '' : `, operators of version ${inspection.opset}`}` +
    `${inspection.quantised ? ', quantised' : ''}\n` +
    `layers that look like features:\n${layers.join('') || '  none\n'}` +
    `${changed ? `the graph is rewritten to end in the features${entry.layer ? ` of ${entry.layer}` : ''}\n` : ''}` +
    `${entry.licenceUrl === undefined ? '' : `licence  ${entry.licence}: ${entry.licenceUrl}\n`}` +
    `it runs on sample pictures, ${batches ? 'several at once' : 'one at a time'}\n` +
    `proposed entry of manifest.json:\n${JSON.stringify(entry, null, 2)}\n`
  );
}

export function describeListed({ model, bundled, complete }: ListedModel): string {
  const { id, precision, format, dimension, bytes, licence, recipe, text } = model;
  return (
    `${id.padEnd(24)} ${precision.padEnd(8)} ${format.padEnd(12)} ${String(dimension).padStart(5)} numbers ` +
    `${megabytes(bytes)}  ${licence}${bundled ? ', bundled' : ''}${recipe === undefined ? '' : `, recipe ${recipe}`}${text === undefined ? '' : ', with text'}${complete ? '' : ', FILES MISSING OR SHORT'}\n`
  );
}

/** `mobilenet-v2 (onnx, float32)` */
export function variant({ id, format, precision }: ListedModel['model']): string {
  return `${id} (${format}, ${precision})`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1).padStart(7)} MB`;
}
