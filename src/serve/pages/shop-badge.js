// Words with a colour and a sign, so that no meaning hangs on the colour alone.

import { make } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
const SIGNS = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z', // an octagon
  high: 'M8 1.5 15.5 15h-15z', // a triangle
  medium: 'M8 .8 15.2 8 8 15.2.8 8z', // a diamond
  low: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z', // a dot
  good: 'M6.3 13.6 1 8.3l1.9-1.9 3.4 3.4 6.8-6.8L15 4.9z', // a tick
};

const WORDS = { CRITICAL: 'Critical', HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low' };
const STOCKS = {
  OUT_OF_STOCK: ['critical', 'Out of stock'],
  CRITICAL_STOCK: ['critical', 'Critical'],
  LOW_STOCK: ['high', 'Low'],
  OVERSTOCKED: ['medium', 'Overstocked'],
  IN_STOCK: ['good', 'In stock'],
};

/** "LOW_STOCK" and "high_value" as words. */
export function words(name) {
  const text = String(name ?? '').replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A badge. */
export function badge(tone, text) {
  const sign = document.createElementNS(SVG, 'svg');
  sign.setAttribute('viewBox', '0 0 16 16');
  sign.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SIGNS[tone] ?? SIGNS.low);
  sign.append(path);
  return make('span', { class: 'badge', 'data-tone': tone }, sign, make('span', {}, text));
}

/** The severity of an alert. */
export const severity = (name) => badge(String(name).toLowerCase(), WORDS[name] ?? words(name));

/** What a stock is, as tone and word. */
export const stockWords = (status) => STOCKS[status] ?? ['low', words(status)];

/** The same as a badge. */
export const stock = (status) => badge(...stockWords(status));
