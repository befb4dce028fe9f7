// Numbers, money and times as people read them. Money comes as exact text and goes to Intl as text:
// it is never a floating number on its way to the page.

const MISSING = '–';
let formats = build(null, null);

function safely(options, locale) {
  try {
    return new Intl.NumberFormat(locale ?? undefined, options);
  } catch {
    const { style, currency, ...plain } = options; // a code that Intl does not know
    return new Intl.NumberFormat(undefined, style === 'currency' ? plain : options);
  }
}

function known(locale) {
  try {
    return Intl.getCanonicalLocales(locale ?? [])[0] ?? navigator.language;
  } catch {
    return navigator.language;
  }
}

function build(currency, wanted) {
  const locale = known(wanted);
  const english = locale.startsWith('en');
  const unit = currency ? { style: 'currency', currency } : {};
  const exact = { ...unit, minimumFractionDigits: 2, maximumFractionDigits: 4 };
  const day = english
    ? { day: 'numeric', month: 'short', year: 'numeric' }
    : { day: '2-digit', month: '2-digit', year: 'numeric' };
  return {
    money: safely(exact, locale),
    change: safely({ ...exact, signDisplay: 'exceptZero' }, locale),
    axis: safely({ ...unit, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 2 }, locale),
    count: safely({ maximumFractionDigits: 4 }, locale),
    rate: safely({ minimumFractionDigits: 1, maximumFractionDigits: 1 }, locale),
    percent: safely({ style: 'unit', unit: 'percent', minimumFractionDigits: 1 }, locale),
    signed: safely({ style: 'unit', unit: 'percent', minimumFractionDigits: 1, signDisplay: 'exceptZero' }, locale),
    share: safely({ style: 'unit', unit: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }, locale),
    growth: safely({ style: 'unit', unit: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' }, locale),
    ratio: safely({ minimumFractionDigits: 0, maximumFractionDigits: 2 }, locale),
    score: safely({ minimumFractionDigits: 2, maximumFractionDigits: 2 }, locale),
    price: safely({ ...unit, minimumFractionDigits: 2, maximumFractionDigits: 2 }, locale),
    day: new Intl.DateTimeFormat(locale, { ...day, timeZone: 'UTC' }),
    shortDay: new Intl.DateTimeFormat(locale, { ...day, year: undefined, timeZone: 'UTC' }),
    clock: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }),
    seconds: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }),
    here: new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
    hereFull: new Intl.DateTimeFormat(locale, { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }),
  };
}

/** Takes currency and locale from an answer; either may be null. */
export function configure({ currency, locale }) {
  formats = build(currency ?? null, locale ?? null);
}

const or = (value, format) => (value === null || value === undefined ? MISSING : format(value));

/** "333734.73" as money with 2 to 4 decimals. */
export const money = (text) => or(text, (t) => formats.money.format(t));
/** Money with its sign. */
export const moneyChange = (text) => or(text, (t) => formats.change.format(t));
/** A count, or a quantity given as text. */
export const count = (n) => or(n, (v) => formats.count.format(v));
/** A speed with one decimal. */
export const rate = (n) => or(n, (v) => formats.rate.format(v));
/** "12.3" as a percentage. */
export const percent = (text) => or(text, (t) => formats.percent.format(t));
/** "12.3" as a percentage with its sign. */
export const percentChange = (text) => or(text, (t) => formats.signed.format(t));
/** "12.3456" as a percentage, rounded to one decimal. */
export const share = (text) => or(text, (t) => formats.share.format(t));
/** "12.3456" as a percentage with its sign, rounded to one decimal. */
export const growth = (text) => or(text, (t) => formats.growth.format(t));
/** "12.3456" rounded to at most two decimals. */
export const ratio = (text) => or(text, (t) => formats.ratio.format(t));
/** "12.3456" rounded to two decimals. */
export const score = (text) => or(text, (t) => formats.score.format(t));
/** A mean of money, rounded to two decimals. */
export const mean = (text) => or(text, (t) => formats.price.format(t));
/** A short label of an axis; takes a number. */
export const axisMoney = (n) => formats.axis.format(n);

const at = (day) => new Date(`${day}T00:00:00Z`);
/** "2026-11-21" as a date. */
export const date = (day) => or(day, (d) => formats.day.format(at(d)));
/** "2026-11-21" without its year. */
export const shortDate = (day) => or(day, (d) => formats.shortDay.format(at(d)));
/** How plotly is to write a day without its year. */
export function axisDay() {
  const parts = formats.shortDay.formatToParts(at('2026-11-21'));
  const codes = { day: '%-d', month: parts.some((p) => /^\D+$/.test(p.value) && p.type === 'month') ? '%b' : '%m' };
  return parts.map((p) => codes[p.type] ?? p.value).join('');
}
/** Two days as a range. */
export const dateRange = (from, to) => (from === to ? date(from) : `${date(from)} – ${date(to)}`);
/** Hours and minutes of an instant, in UTC. */
export const clock = (iso) => or(iso, (t) => formats.clock.format(new Date(t)));
/** Day, hours and minutes of an instant, in UTC. */
export const instant = (iso) => or(iso, (t) => `${formats.shortDay.format(new Date(t))}, ${clock(t)}`);
/** Day, hours, minutes and seconds of an instant, in UTC. */
export const moment = (iso) => or(iso, (t) => `${formats.shortDay.format(new Date(t))}, ${formats.seconds.format(new Date(t))}`);
/** The time of day where the reader is. */
export const here = (time) => formats.here.format(time);
/** Day and time where the reader is, with the zone. */
export const hereFull = (time) => or(time, (t) => formats.hereFull.format(new Date(t)));

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
/** "2026-11" as "November 2026". */
export const month = (text) => `${MONTHS[Number(text.slice(5, 7)) - 1]} ${text.slice(0, 4)}`;
/** 1 as "Monday". */
export const weekday = (n) => ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][n - 1];
/** 9 as "09:00–10:00". */
export const hour = (n) => `${String(n).padStart(2, '0')}:00–${String(n + 1).padStart(2, '0')}:00`;

/** Seconds as "42 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return MISSING;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s / 60} min`;
  const minutes = Math.floor((s % 3600) / 60);
  return minutes ? `${count(Math.floor(s / 3600))} h ${minutes} min` : `${count(Math.floor(s / 3600))} h`;
}

/** "1 sale", "2 sales". */
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${count(n) === count(1) ? one : many}`;
/** A name as it is shown; what the input left empty says so. */
export const name = (text) => (text === '' ? 'not stated' : text);
