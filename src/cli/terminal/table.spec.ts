import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { formatTable, type Column } from './table.ts';

const columns: readonly Column[] = [
  { header: '#', align: 'right' },
  { header: 'image', shrinks: true },
  { header: 'labels', shrinks: true },
];

function terminal(width: number): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), {
    isTTY: true,
    columns: width,
    getColorDepth: () => 1,
  }) as unknown as NodeJS.WriteStream;
}
const file = new PassThrough() as unknown as NodeJS.WriteStream;

describe('formatTable', () => {
  it('aligns columns below their headers', () => {
    const rows = [
      ['1', 'kiwi.jpg', 'fruit'],
      ['10', 'a', ''],
    ];
    expect(formatTable(columns, rows, file)).toBe(
      [' #  image     labels', ' 1  kiwi.jpg  fruit', '10  a', ''].join('\n'),
    );
  });

  it('counts wide characters as two columns, and combined ones as one', () => {
    const rows = [
      ['1', '猫の写真', 'x'],
      ['2', 'e\u0301te\u0301', 'y'],
      ['3', '👩‍👩‍👧', 'z'],
    ];
    const lines = formatTable(columns, rows, file).split('\n');
    const labelAt = lines.slice(1, 4).map((line) => stringWidth(line.slice(0, -1)));
    expect(labelAt).toEqual([13, 13, 13]);
  });

  it('shortens the widest columns until the table fits the terminal', () => {
    const rows = [['1', 'a-very-long-name-of-a-picture.jpg', '写真'.repeat(20)]];
    const lines = formatTable(columns, rows, terminal(40)).trimEnd().split('\n');
    expect(lines.map((line) => stringWidth(line) <= 40)).toEqual([true, true]);
    expect(lines[1]).toMatch(/^1 {2}a-very-long-name.*… {1,2}写真.*…$/);
  });

  it('leaves cells whole if there is no terminal', () => {
    const name = 'x'.repeat(500);
    expect(formatTable(columns, [['1', name, '']], file)).toContain(name);
  });

  it('keeps narrow columns in a very narrow terminal', () => {
    const lines = formatTable(columns, [['1', 'abcdefghijkl', 'mnopqrstuvwx']], terminal(5)).split('\n');
    expect(lines[1]).toBe('1  abcdefg…  mnopqrs…');
  });

  it('replaces what a terminal would obey', () => {
    const text = formatTable(columns, [['1', '\u001b[2Jevil\nname\u202egpj', '']], file);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain('�[2Jevil�name�gpj');
  });
});
