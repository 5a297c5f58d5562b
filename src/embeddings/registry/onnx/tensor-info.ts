import { TensorProto_DataType, type ValueInfoProto } from './onnx-ml_pb.ts';

/** A number, or the name of an open size (`?` if it has none). */
export type Size = number | string;

export interface TensorInfo {
  readonly name: string;
  /** As named by ONNX Runtime, such as `float32` or `float16`; `unknown` if the file does not say. */
  readonly type: string;
  /** Undefined if the file does not say. */
  readonly shape: readonly Size[] | undefined;
}

/** The order of the dimensions: channels first or last. */
export type Layout = 'NCHW' | 'NHWC';

/** `[N, 3, 224, 224]`, for people. */
export function shapeText(shape: readonly Size[] | undefined): string {
  return shape === undefined ? '[…]' : `[${shape.join(', ')}]`;
}

export function tensorInfo({ name, type }: ValueInfoProto): TensorInfo {
  if (type?.value.case !== 'tensorType') {
    return { name, type: type?.value.case === undefined ? 'unknown' : 'not a tensor', shape: undefined };
  }
  const { elemType, shape } = type.value.value;
  return {
    name,
    type: typeName(elemType),
    shape: shape?.dim.map(({ value }) => {
      if (value.case === 'dimValue') return Number(value.value);
      return value.case === 'dimParam' && value.value !== '' ? value.value : '?';
    }),
  };
}

/** Recognises the layout by the dimension of size three. */
export function guessLayout(shape: readonly Size[] | undefined): Layout | undefined {
  if (shape?.length !== 4) return undefined;
  const [, first, , last] = shape;
  if (first === 3 && last !== 3) return 'NCHW';
  if (last === 3 && first !== 3) return 'NHWC';
  return undefined;
}

function typeName(type: number): string {
  const name = TensorProto_DataType[type] ?? 'UNDEFINED';
  if (name === 'UNDEFINED') return 'unknown';
  return name === 'FLOAT' ? 'float32' : name.toLowerCase();
}
