// Begins.
import { App } from './app.js';
import { listenForKeys } from './keys.js';
import { applyTheme } from './theme.js';

applyTheme();
const app = new App();
listenForKeys(app);
app.start();
