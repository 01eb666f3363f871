// Light or dark: as the system has it until somebody chooses.
const kKey = 'hashlens-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

export const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';

export function applyTheme() {
  const chosen = localStorage.getItem(kKey);
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
}

export function switchTheme() {
  const next = isDark() ? 'light' : 'dark';
  // What the system has anyway is not remembered: the page follows it again.
  if ((next === 'dark') === system.matches) localStorage.removeItem(kKey);
  else localStorage.setItem(kKey, next);
  applyTheme();
  return next;
}
