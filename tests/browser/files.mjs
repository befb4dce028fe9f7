// What the files say: the output of `retail batch`, and the sales it was made from.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { csv, parse } from './money.mjs';

const read = (folder) => readdirSync(folder)
  .filter((name) => name.endsWith('.csv'))
  .sort()
  .flatMap((name) => csv(readFileSync(join(folder, name), 'utf8')));

/** Rows of `analysis_csv` below `data` with `units`, in 1/10,000. */
export function output(data) {
  const folder = [join(data, 'output', 'analysis_csv'), join(data, 'analysis_csv')].find(existsSync);
  if (!folder) throw new Error(`no analysis_csv below ${data}`);
  return read(folder).map((row) => ({ ...row, units: parse(row.total_amount) }));
}

/** Sales of `input` below `data` with `units`; null when they are not of the standard profile. */
export function input(data) {
  const folder = join(data, 'input');
  if (!existsSync(folder)) return null;
  const rows = read(folder);
  const needed = ['order_date', 'order_time', 'product', 'amount', 'transaction_type', 'store_id', 'category', 'country'];
  if (!rows.length || !needed.every((name) => name in rows[0])) return null;
  return rows.map((row) => {
    const amount = parse(row.amount);
    const size = amount < 0n ? -amount : amount;
    const isReturn = row.transaction_type.toUpperCase() === 'RETURN' || amount < 0n;
    return { ...row, isReturn, units: isReturn ? -size : amount, time: Date.parse(`${row.order_time.replace(/Z$/, '')}Z`) };
  });
}

/** Sums of `units` by a key. */
export function sums(rows, key) {
  const found = new Map();
  for (const row of rows) found.set(key(row), (found.get(key(row)) ?? 0n) + row.units);
  return found;
}

/** The sum of `units`. */
export const total = (rows) => rows.reduce((sum, row) => sum + row.units, 0n);

/** Order of bytes, as the program sorts. */
export const bytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
