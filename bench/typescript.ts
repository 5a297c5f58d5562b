// Benchmarks import this first, and what they measure by `await import('../src/…')` after it.
import '../scripts/load-typescript.js';
