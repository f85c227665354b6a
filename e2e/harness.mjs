// All that a browser test needs: a farm with its service, Chromium, axe, the keyboard. See shell.test.mjs for its use.

export * from "./browser.mjs";
export * from "./keyboard.mjs";
export * from "./looks.mjs";
export * from "./service.mjs";
export * from "./ways.mjs";
