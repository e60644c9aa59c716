// Keys that do something by themselves: only where nobody types, and unless they are turned off in the menu under the
// user's name. The dialog with all of them is Shell/KeysDialog.razor.
(() => {
  'use strict';
  const leadMilliseconds = 1500;
  let leadEnds = 0; // Until when a letter after g leads to a page.

  const isTyped = target => target.closest?.('input:not([type="checkbox"]), textarea, select, [contenteditable]');
  const click = selector => {
    const found = document.querySelector(selector);
    found?.click();
    return !!found;
  };
  const search = () => {
    const field = document.querySelector('main [role="search"] input:not([type="checkbox"])');
    if (!field) return click('[data-palette-open]');
    field.focus();
    field.select();
    return true;
  };
  // Moves the focus to the link of the next row, or of the one before.
  const move = step => {
    const links = [...document.querySelectorAll('main tbody tr')]
      .map(row => row.querySelector('a[href]')).filter(link => link?.getClientRects().length > 0);
    if (links.length === 0) return false;
    const at = links.findIndex(link => link.closest('tr').contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    return true;
  };
  const press = key => {
    const isLed = performance.now() < leadEnds;
    leadEnds = 0;
    if (isLed) return /^[a-z]$/.test(key) && click(`[data-key="${key}"]`);
    switch (key) {
      case 'g': leadEnds = performance.now() + leadMilliseconds; return true;
      case '?': return click('[data-keys-open]');
      case '/': return search();
      case 'n': return move(1);
      case 'p': return move(-1);
      default: return false;
    }
  };

  document.addEventListener('keydown', event => {
    // The key that makes capitals and question marks is no key of its own.
    if (event.key === 'Shift') return;
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey
      || isTyped(event.target) || document.querySelector('dialog[open]') || !scheduleZero.areKeysOn()) {
      leadEnds = 0;
      return;
    }
    if (press(event.key)) event.preventDefault();
  });
})();
