import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { datasetAlias, formerNames, labelAlias, ownAlias, ownPrefix, physicalName } from './index-names.ts';

const INSTALLATION = '0123456789abcdef0123456789abcdef';
const PATTERN = 'lookalike.{dataset}.{label}';
/** What either engine takes for a name. */
const VALID = /^[a-z0-9][a-z0-9._-]*$/;

describe('the names of aliases and indexes', () => {
  it('contain plain text unchanged', () => {
    expect(datasetAlias('lookalike', 'clothing')).toBe('lookalike.clothing');
    expect(labelAlias(PATTERN, 'clothing', 'dress')).toBe('lookalike.clothing.dress');
    expect(labelAlias('{label}', 'clothing', '12')).toBe('12');
    expect(physicalName('lookalike', INSTALLATION, 'clothing-1-efficientnet@1.0')).toMatch(
      /^lookalike-0123456789ab-clothing-1-eff/,
    );
    expect(ownAlias('lookalike-clothing')).toBe('lookalike-clothing.own');
    expect(formerNames('lookalike', 'clothing-1')).toEqual({
      physical: 'lookalike-clothing-1',
      writeAlias: 'lookalike-clothing-1.write',
    });
  });

  it.each([
    ['a b', 'a_20b'],
    ['A', '_41'],
    ['Ü', '_c3_9c'],
    ['T-Shirt', '_54-_53hirt'],
    ['under_score', 'under_5fscore'],
    ['..', '_2e_2e'],
    ['100 %', '100_20_25'],
    ['a/b\\c*?"<>|,#:', 'a_2fb_5cc_2a_3f_22_3c_3e_7c_2c_23_3a'],
    ['👗', '_f0_9f_91_97'],
    ['$&$1', '_24_26_241'],
    ['{dataset}', '_7bdataset_7d'],
  ])('write the bytes of %s that are not plain as _hh', (label, name) => {
    expect(labelAlias(PATTERN, 'clothing', label)).toBe(`lookalike.clothing.${name}`);
  });

  it.each([
    ['-x', 'label.-x'],
    ['_x', 'label._5fx'],
    ['Ü', 'label._c3_9c'],
    ['', 'label.'],
    ['a b', 'a_20b'],
  ])('begin as the engines allow, by the pattern {label} too: "%s" is %s', (label, name) => {
    expect(labelAlias('{label}', 'clothing', label)).toBe(name);
  });

  const tricky = [
    ...[
      'x',
      '-x',
      '_x',
      '--x',
      'X',
      ' x',
      'x ',
      '_2dx',
      '2dx',
      '_5fx',
      'label',
      'label-x',
      'label.-x',
      'label_x',
    ],
    ...['Ü', 'ü', 'U\u0308', '_c3_9c', 'labelÜ', 'label._c3_9c', 'c3_9c', '', '.', '..', '+', '\u0000', '\n'],
    ...[
      'a b',
      'a_20b',
      'a_b',
      'a-b',
      'a.b',
      'ab',
      'A b',
      'long'.repeat(60),
      `${'long'.repeat(60)}er`,
      'Ü'.repeat(99),
    ],
  ];

  it.each([PATTERN, '{label}', '{label}.{dataset}', 'l-{label}'])(
    'tell all labels apart by the pattern %s',
    (pattern) => {
      const names = tricky.map((label) => labelAlias(pattern, 'clothing', label));
      expect(new Set(names).size).toBe(tricky.length);
      for (const name of names) {
        expect(name).toMatch(VALID);
        expect(name.length).toBeLessThanOrEqual(150);
      }
    },
  );

  it('end in a digest if they would be longer than 150 bytes', () => {
    const whole = `lookalike.clothing.${'l'.repeat(131)}`;
    expect(labelAlias(PATTERN, 'clothing', 'l'.repeat(131))).toBe(whole);
    const long = `${whole}l`;
    const digest = createHash('sha256').update(long).digest('hex');
    const name = labelAlias(PATTERN, 'clothing', 'l'.repeat(132));
    expect(name).toBe(`${long.slice(0, 133)}-${digest.slice(0, 16)}`);
    expect(name).toHaveLength(150);
    expect(physicalName('lookalike', INSTALLATION, 'x'.repeat(400))).toHaveLength(150);
    expect(datasetAlias('lookalike', 'x'.repeat(400))).toHaveLength(150);
  });

  it('differ between installations, even if they are shortened', () => {
    const other = `f${INSTALLATION.slice(1)}`;
    for (const name of ['clothing-1', 'x'.repeat(400)]) {
      const names = [INSTALLATION, other].map((id) => physicalName('lookalike', id, name));
      expect(new Set(names).size).toBe(2);
      expect(names[0]?.startsWith(ownPrefix('lookalike', INSTALLATION))).toBe(true);
    }
  });

  it('differ between models', () => {
    const names = ['a@1', 'a+1', 'a_401', 'A@1', 'a/1', 'a.1'].map((name) =>
      physicalName('lookalike', INSTALLATION, name),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(VALID);
  });
});
