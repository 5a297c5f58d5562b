// AssemblyScript. `npm run build:wasm` compiles it into src/linear-algebra/multiply-code.ts.
//
// Dot products of rows with rows, in double precision. Each sum is made up in the order of the numbers, one by one, as a
// plain loop would do it: the vector instructions work on several sums at a time. So the result is the same to the last bit.

/**
 * Puts rows beside each other, four at a time: the first numbers of four rows, their second numbers and so on. `rows` must
 * be a multiple of 4, and `length` is that of a row.
 */
export function pack(rows: u32, length: u32, from: usize, to: usize): void {
  const bytes = (<usize>length) << 3;
  for (let row: u32 = 0; row < rows; row += 4) {
    let a = from + <usize>row * bytes;
    for (const end = a + bytes; a < end; a += 8, to += 32) {
      store<f64>(to, load<f64>(a));
      store<f64>(to, load<f64>(a + bytes), 8);
      store<f64>(to, load<f64>(a + 2 * bytes), 16);
      store<f64>(to, load<f64>(a + 3 * bytes), 24);
    }
  }
}

/**
 * Multiplies rows on the left, given one after the other, with packed rows on the right. Both numbers of rows must be
 * multiples of 4. The products are written row by row.
 */
export function multiply(lefts: u32, rights: u32, length: u32, left: usize, packed: usize, product: usize): void {
  const bytes = (<usize>length) << 3;
  const width = (<usize>rights) << 3;
  for (let column: u32 = 0; column < rights; column += 4) {
    const group = packed + <usize>column * bytes;
    for (let row: u32 = 0; row < lefts; row += 4) {
      let at = left + <usize>row * bytes;
      let right = group;
      let a = f64x2.splat(0);
      let b = a;
      let c = a;
      let d = a;
      let e = a;
      let f = a;
      let g = a;
      let h = a;
      for (const end = at + bytes; at < end; at += 8, right += 32) {
        const p = v128.load(right);
        const q = v128.load(right, 16);
        let x = v128.load_splat<f64>(at);
        a = f64x2.add(a, f64x2.mul(x, p));
        b = f64x2.add(b, f64x2.mul(x, q));
        x = v128.load_splat<f64>(at + bytes);
        c = f64x2.add(c, f64x2.mul(x, p));
        d = f64x2.add(d, f64x2.mul(x, q));
        x = v128.load_splat<f64>(at + 2 * bytes);
        e = f64x2.add(e, f64x2.mul(x, p));
        f = f64x2.add(f, f64x2.mul(x, q));
        x = v128.load_splat<f64>(at + 3 * bytes);
        g = f64x2.add(g, f64x2.mul(x, p));
        h = f64x2.add(h, f64x2.mul(x, q));
      }
      let to = product + <usize>row * width + ((<usize>column) << 3);
      v128.store(to, a);
      v128.store(to, b, 16);
      to += width;
      v128.store(to, c);
      v128.store(to, d, 16);
      to += width;
      v128.store(to, e);
      v128.store(to, f, 16);
      to += width;
      v128.store(to, g);
      v128.store(to, h, 16);
    }
  }
}
