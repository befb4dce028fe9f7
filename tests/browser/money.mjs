// Exact money in BigInt of 1/10,000, and CSV: an own reading of the files, independent of the program.

/** "-12.5" as -125000n. */
export function parse(text) {
  const found = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(text);
  if (!found) throw new Error(`no amount: ${JSON.stringify(text)}`);
  const units = BigInt(found[2] + (found[3] ?? '').padEnd(4, '0'));
  return found[1] ? -units : units;
}

/** -125000n as "-12.50": two decimals at least, four at most. */
export function text(units) {
  const digits = (units < 0n ? -units : units).toString().padStart(5, '0');
  const decimals = digits.slice(-4).replace(/0{1,2}$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -4)}.${decimals}`;
}

/** a / b, rounded half to even, of whole numbers. */
export function divide(a, b) {
  const minus = a < 0n !== b < 0n;
  const [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const twice = (x % y) * 2n;
  const up = twice > y || (twice === y && (x / y) % 2n === 1n);
  const whole = x / y + (up ? 1n : 0n);
  return minus ? -whole : whole;
}

/** 100 * a / b with one decimal, as text. */
export function percent(a, b) {
  const tenths = divide(a * 1000n, b);
  const digits = (tenths < 0n ? -tenths : tenths).toString().padStart(2, '0');
  return `${tenths < 0n ? '-' : ''}${digits.slice(0, -1)}.${digits.slice(-1)}`;
}

/** What the page must show for an amount, without the signs of its locale: digits only. */
export function digits(amount) {
  return text(parse(amount)).replace(/\D/g, '');
}

/** Rows of a CSV (RFC 4180) as objects. */
export function csv(content) {
  const rows = [];
  let row = [];
  let field = '';
  let quoted = false;
  for (let i = 0; i < content.length; i += 1) {
    const c = content[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (content[i + 1] === '"') field += content[(i += 1)];
      else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') {
      row.push(field);
      field = '';
    } else if (c === '\n') {
      row.push(field.replace(/\r$/, ''));
      rows.push(row);
      row = [];
      field = '';
    } else field += c;
  }
  if (field || row.length) rows.push([...row, field]);
  const [head, ...body] = rows;
  return body.map((values) => Object.fromEntries(head.map((name, i) => [name, values[i]])));
}
