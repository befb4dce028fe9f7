// The page "Live": rolling revenue of products, and how the stream is.

import { duration } from './format.js';
import { onLegend, showRate, showRolling } from './live-charts.js';
import { startPage } from './live-page.js';
import { showLeaders, showMovers, showWindows } from './live-tables.js';
import { showHealth, showTiles, tileSkeletons } from './live-tiles.js';

let shown = null; // the newest that is shown

tileSkeletons();
onLegend(() => shown && showRolling(shown));
startPage({
  url: '/api/live',
  name: 'live',
  titles: { no_data: 'No stream yet', error: 'The stream cannot be shown' },
  empty: ({ status, window: shape }) => status === 'no_data' || !shape,
  cut: ({ stream }) => stream?.truncated && 'There are more open windows than can be told: this shows the newest of them, and totals are of these.',
  about: ({ window: { size_seconds: size, slide_seconds: slide } }) => `Windows of ${duration(size)}, a new one each ${duration(slide)}. All window times in UTC.`,
  show(state) {
    shown = state;
    showTiles(state);
    showHealth(state);
    showRolling(state);
    showRate(state);
    showMovers(state);
    showLeaders(state);
    showWindows(state);
  },
});
