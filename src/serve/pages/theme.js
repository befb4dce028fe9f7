// Not a module: it runs before the first paint, so that a remembered theme does not flash.
(function () {
  const root = document.documentElement;
  const system = window.matchMedia('(prefers-color-scheme: dark)');

  function remembered() {
    try {
      const name = localStorage.getItem('theme');
      return name === 'light' || name === 'dark' ? name : null;
    } catch {
      return null; // storage may be forbidden; then the system decides
    }
  }

  function show() {
    const name = remembered();
    if (name) root.dataset.theme = name;
    else delete root.dataset.theme;
    root.dataset.shown = name ?? (system.matches ? 'dark' : 'light');
    window.dispatchEvent(new Event('themechange'));
  }

  window.toggleTheme = function () {
    const name = root.dataset.shown === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem('theme', name);
      show();
    } catch {
      root.dataset.theme = root.dataset.shown = name;
      window.dispatchEvent(new Event('themechange'));
    }
  };

  system.addEventListener('change', show);
  window.addEventListener('storage', show);
  show();
})();
