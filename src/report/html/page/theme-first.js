import { chosenTheme } from './theme-choice.js';

// Before anything is painted: a large page would be seen in the other theme first.
const chosen = chosenTheme();
if (chosen) document.documentElement.dataset.theme = chosen;
