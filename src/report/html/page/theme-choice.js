const THEME_KEY = 'arena-report-theme';

/** What the reader chose on an earlier visit, if the browser keeps such things for files. */
export function chosenTheme() {
  try {
    const theme = localStorage.getItem(THEME_KEY);
    return theme === 'light' || theme === 'dark' ? theme : undefined;
  } catch {
    return undefined;
  }
}

/** @param {'light' | 'dark'} theme */
export function keepTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // A browser that keeps nothing still shows the theme until the page is closed.
  }
}
