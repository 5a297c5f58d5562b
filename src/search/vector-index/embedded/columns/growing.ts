/** The numbers, in a larger array unless they have room for `length` of them already. The rest is zero. */
export function withRoom<Numbers extends Uint8Array | Uint32Array | Float64Array>(
  numbers: Numbers,
  length: number,
): Numbers {
  if (length <= numbers.length) return numbers;
  const larger = new (numbers.constructor as new (length: number) => Numbers)(
    Math.max(length, Math.ceil(numbers.length * 1.5)),
  );
  larger.set(numbers);
  return larger;
}
