/** A CSV file as read: names of the columns and the rows below them. */
export interface CsvTable {
  readonly columns: readonly string[];
  /** One array of fields a row; `lines[i]` is the line of the file on which `rows[i]` begins. */
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** The text is no CSV that can be used; the message names the line and the remedy. */
export class CsvError extends Error {
  override readonly name = 'CsvError';
}

interface Record_ {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Splits RFC 4180 text into records: quoted fields may hold commas, doubled quotes and line ends. */
function records(text: string): Record_[] {
  const found: Record_[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endRecord = (): void => {
    fields.push(field);
    // A line without anything on it is no row.
    if (fields.length > 1 || fields[0]!.trim() !== '') found.push({ fields, line: startedAt });
    fields = [];
    field = '';
    startedAt = line;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\n') line++;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (char === '"' && field.trim() === '') {
      field = '';
      quoted = true;
    } else if (char === ',') {
      fields.push(field);
      field = '';
    } else if (char === '\n') {
      endRecord();
    } else if (char !== '\r') {
      field += char;
    }
  }
  if (quoted) throw new CsvError(`line ${startedAt}: a quote is opened and never closed`);
  endRecord();
  return found;
}

/**
 * Reads CSV (RFC 4180, a byte order mark and blank lines tolerated), first record = column names.
 * @throws CsvError when there is no header, or a row has another number of fields.
 */
export function parseCsv(text: string): CsvTable {
  const [header, ...rest] = records(text.replace(/^\uFEFF/, ''));
  if (header === undefined)
    throw new CsvError('the file is empty: expected a line with the names of the columns');
  const columns = header.fields.map((name) => name.trim());
  const odd = rest.find((record) => record.fields.length !== columns.length);
  if (odd !== undefined) {
    throw new CsvError(
      `line ${odd.line}: ${odd.fields.length} fields, the first line names ${columns.length} columns`,
    );
  }
  return { columns, rows: rest.map((record) => record.fields), lines: rest.map((record) => record.line) };
}

/** @returns the index of a column. @throws CsvError listing the columns that there are. */
export function columnIndex(table: CsvTable, name: string): number {
  const index = table.columns.indexOf(name);
  if (index < 0) throw new CsvError(`no column '${name}'; the file has ${table.columns.join(', ')}`);
  return index;
}

/** Rows whose field of `column` is exactly `value`. @throws CsvError as {@link columnIndex}. */
export function rowsWhere(table: CsvTable, column: string, value: string): CsvTable {
  const index = columnIndex(table, column);
  const kept = table.rows.map((_, i) => i).filter((i) => table.rows[i]![index]!.trim() === value);
  return { ...table, rows: kept.map((i) => table.rows[i]!), lines: kept.map((i) => table.lines[i]!) };
}

/**
 * One number a row; null where the field is empty or `-`, which is how an idle interval is written.
 * @throws CsvError naming the line of a field that is no number.
 */
export function numberColumn(table: CsvTable, name: string): (number | null)[] {
  const index = columnIndex(table, name);
  return table.rows.map((row, i) => {
    const text = row[index]!.trim();
    if (text === '' || text === '-') return null;
    const value = Number(text);
    if (!Number.isFinite(value)) {
      throw new CsvError(`line ${table.lines[i]}: column '${name}' holds '${text}', expected a number`);
    }
    return value;
  });
}
