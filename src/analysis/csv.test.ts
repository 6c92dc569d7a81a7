import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvError, numberColumn, parseCsv, rowsWhere } from './csv.js';

describe('parseCsv', () => {
  it('reads quoted fields, doubled quotes, CRLF, a byte order mark and no last line end', () => {
    const table = parseCsv('\uFEFFname, value\r\n"a, ""b""\r\nc",1\r\n\r\nd,2');
    expect(table).toEqual({
      columns: ['name', 'value'],
      rows: [
        ['a, "b"\r\nc', '1'],
        ['d', '2'],
      ],
      lines: [2, 5],
    });
  });

  it('names the line at fault', () => {
    expect(() => parseCsv('')).toThrow('the file is empty');
    expect(() => parseCsv('a,b\n1,2\n3\n')).toThrow('line 3: 1 fields, the first line names 2 columns');
    expect(() => parseCsv('a\n"1\n2')).toThrow('line 2: a quote is opened');
    const table = parseCsv('a,b\n1,x\n');
    expect(() => numberColumn(table, 'b')).toThrow("line 2: column 'b' holds 'x'");
    expect(() => numberColumn(table, 'c')).toThrow("no column 'c'; the file has a, b");
  });

  it('takes an empty field and a dash for no sample', () => {
    const table = parseCsv('t,v\nall,1\nx,9\nall,-\nall,\n');
    expect(numberColumn(rowsWhere(table, 't', 'all'), 'v')).toEqual([1, null, null]);
  });

  it('gives a table or a CsvError for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', ' ') }), (text) => {
        try {
          expect(parseCsv(text).columns.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(CsvError);
        }
      }),
    );
  });
});
