// What pages need of the browser itself: its theme, clock and time zone, and the way back after a lost connection.
(() => {
  'use strict';
  const themeKey = 'schedulezero.theme';
  const zoneKey = 'schedulezero.zone';
  const keysKey = 'schedulezero.keys';
  const namespaceKey = 'schedulezero.namespace';
  const awayKey = 'schedulezero.away';
  const read = (store, key) => { try { return store.getItem(key); } catch { return null; } };
  const write = (store, key, value) => {
    try { value === null ? store.removeItem(key) : store.setItem(key, value); } catch { /* The browser stores nothing. */ }
  };

  // The zone in which pages show and take times.
  const isUtcChosen = () => read(localStorage, zoneKey) === 'UTC';
  const zone = () => isUtcChosen() ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const areKeysOn = () => read(localStorage, keysKey) !== 'off';
  const press = (choice, chosen) => {
    for (const button of document.querySelectorAll(`[data-${choice}-choice]`))
      button.setAttribute('aria-pressed', String(button.dataset[`${choice}Choice`] === chosen));
  };

  // The theme is set before the first paint.
  const applyTheme = () => {
    const theme = read(localStorage, themeKey);
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    press('theme', theme || 'auto');
    press('zone', isUtcChosen() ? 'UTC' : 'auto');
    press('keys', areKeysOn() ? 'on' : 'off');
  };
  applyTheme();

  document.addEventListener('click', event => {
    const choice = event.target.closest?.('[data-theme-choice]');
    if (choice) {
      write(localStorage, themeKey, choice.dataset.themeChoice === 'auto' ? null : choice.dataset.themeChoice);
      applyTheme();
    }
    const zoneChoice = event.target.closest?.('[data-zone-choice]');
    if (zoneChoice) {
      write(localStorage, zoneKey, zoneChoice.dataset.zoneChoice === 'UTC' ? 'UTC' : null);
      location.reload();
    }
    const keysChoice = event.target.closest?.('[data-keys-choice]');
    if (keysChoice) {
      write(localStorage, keysKey, keysChoice.dataset.keysChoice === 'off' ? 'off' : null);
      applyTheme();
    }
    for (const menu of document.querySelectorAll('details.menu[open]'))
      if (!menu.contains(event.target) || event.target.closest?.('[data-keys-open]')) menu.open = false;
  });
  // A copy is made in the click itself, since browsers allow it only there. Where a page may not write to the clipboard,
  // as over plain http, the text is selected, and copied the old way if the browser still has it.
  const copy = async source => {
    try { await navigator.clipboard.writeText(source.textContent); return 'Copied'; } catch { /* Not allowed here. */ }
    getSelection().selectAllChildren(source);
    return document.execCommand('copy') ? 'Copied' : 'Selected: copy it with Ctrl+C';
  };
  document.addEventListener('click', async event => {
    const button = event.target.closest?.('[data-copy]');
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    const said = await copy(source);
    for (const status of document.querySelectorAll(`[data-copied="${button.dataset.copy}"]`)) status.textContent = said;
  });
  document.addEventListener('keydown', event => {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      const open = document.querySelector('[data-palette-open]');
      if (!open) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) open.click();
    }
    // The keys choose a place of the list; in the field they would move the caret.
    if (event.target.matches?.('[data-palette]') && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) event.preventDefault();
    if (event.key !== 'Escape') return;
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
  document.addEventListener('toggle', event => { if (event.target.matches?.('details.menu')) applyTheme(); }, true);

  const two = number => String(number).padStart(2, '0');
  const time = (now, utc) => utc
    ? `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())}`
    : `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const showClock = () => {
    const now = new Date();
    const name = zone();
    const text = name === 'UTC' ? `${time(now, true)} UTC`
      : `${time(now, false)} ${name.split('/').pop().replaceAll('_', ' ')} · ${time(now, true).slice(0, 5)} UTC`;
    for (const clock of document.querySelectorAll('[data-clock]')) clock.textContent = text;
  };
  setInterval(showClock, 1000);

  // The way back: the page asks until the Broker answers, goes on where it was if the Broker still knows the page, and
  // loads itself again if not.
  let asking = false;
  const banner = (text, kind) => {
    const element = document.getElementById('connection');
    if (!element) return;
    element.textContent = text;
    element.className = `connection ${kind}`;
    element.hidden = text === '';
  };
  const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const here = () => location.href.slice(document.baseURI.length).split('#')[0];
  const answers = async () => {
    try { return (await fetch('alive', { cache: 'no-store' })).ok; } catch { return false; }
  };
  const comeBack = async () => {
    if (asking) return;
    asking = true;
    const since = new Date();
    banner(`No connection since ${time(since, isUtcChosen())}. What you see may be old; the page comes back by itself.`, 'bad');
    let refusals = 0;
    for (let pause = 500; ; pause = Math.min(pause * 1.5, 5000)) {
      await wait(pause);
      if (!await answers()) continue;
      let resumed = false;
      try {
        resumed = await Blazor.reconnect();
      } catch {
        if (++refusals < 2) continue;
        // The Broker answers, and does not take this page's connection: the session has ended. If it has not, the
        // sign-in leads back here at once.
        location.assign(`sign-in?ended&to=${encodeURIComponent(here())}`);
        return;
      }
      if (resumed) {
        banner('', 'ok');
        asking = false;
        return;
      }
      write(sessionStorage, awayKey, String(since.getTime()));
      location.reload();
      return;
    }
  };
  const sayBack = () => {
    const since = Number(read(sessionStorage, awayKey));
    if (!since) return;
    write(sessionStorage, awayKey, null);
    const seconds = Math.max(1, Math.round((Date.now() - since) / 1000));
    banner(`The page is back. The Broker was away for ${seconds} s, from ${time(new Date(since), isUtcChosen())}.`, 'ok');
    setTimeout(() => banner('', 'ok'), 20000);
  };

  // Where tabs are wider than the window, the current one is brought into sight: once, since then the reader scrolls.
  const shownTabs = new WeakMap();
  const showTabs = () => {
    for (const tabs of document.querySelectorAll('.tabs')) {
      const current = tabs.querySelector('[aria-current]');
      if (!current || shownTabs.get(tabs) === current) continue;
      shownTabs.set(tabs, current);
      const [box, tab] = [tabs.getBoundingClientRect(), current.getBoundingClientRect()];
      if (tab.left < box.left || tab.right > box.right) tabs.scrollLeft += tab.left - box.left - (box.width - tab.width) / 2;
    }
  };
  let isShowing = false;
  new MutationObserver(() => {
    if (isShowing) return;
    isShowing = true;
    requestAnimationFrame(() => { isShowing = false; showTabs(); });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-current'] });

  // What a page reads in pieces may not be empty.
  const bytesOf = text => new TextEncoder().encode(text || ' ');

  window.scheduleZero = {
    // Called once by the page when it is live.
    begin: page => {
      document.addEventListener('visibilitychange', () =>
        page.invokeMethodAsync('SetVisible', document.visibilityState === 'visible').catch(() => {}));
      showClock();
      applyTheme();
      sayBack();
      return zone();
    },
    // Whether keys without a modifier do something.
    areKeysOn,
    lastNamespace: () => read(localStorage, namespaceKey),
    rememberNamespace: name => write(localStorage, namespaceKey, name),
    // What the browser stores for a page, as bytes, which the page reads in pieces; blank when there is nothing.
    stored: key => bytesOf(read(localStorage, key)),
    store: (key, text) => write(localStorage, key, text),
    // The text of a field as bytes, which the page reads in pieces.
    textOf: field => bytesOf(field.value),
    // Lets a box stay at its end as long as the reader has not gone back in it.
    stayAtEnd: box => {
      if (!box) return;
      let isAtEnd = true;
      const goToEnd = () => { if (isAtEnd) box.scrollTop = box.scrollHeight; };
      box.addEventListener('scroll', () => { isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 32; });
      new MutationObserver(goToEnd).observe(box, { childList: true, subtree: true });
      goToEnd();
    },
    showDialog: dialog => { if (dialog && !dialog.open) dialog.showModal(); },
  };

  document.addEventListener('DOMContentLoaded', () => {
    showClock();
    if (!window.Blazor) return;
    Blazor.start({
      ssr: { disableDomPreservation: true },
      circuit: {
        reconnectionHandler: { onConnectionDown: () => { comeBack(); }, onConnectionUp: () => {} },
      },
    });
  });
})();
