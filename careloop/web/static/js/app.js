/* CareLoop 服务闭环 · app.js: the behaviour of the frame. No words here: they come from the page (#words).
   Everything is delegated or bound again after a swap, so fragments need no script of their own. */
(function () {
  'use strict';
  const root = document.documentElement;
  const assets = JSON.parse(document.getElementById('assets')?.textContent || '{}');
  const words = JSON.parse(document.getElementById('words')?.textContent || '{}');
  const who = document.body.dataset.user || '0';
  const store = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch (error) { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch (error) { /* full or forbidden: go without */ } },
    drop(key) { try { localStorage.removeItem(key); } catch (error) { /* as above */ } },
    keys(prefix) { try { return Object.keys(localStorage).filter(key => key.startsWith(prefix)); } catch (error) { return []; } },
  };
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, selector, fn) => document.addEventListener(type, event => {
    const hit = event.target.closest?.(selector);
    if (hit) fn(hit, event);
  });
  const is_phone = () => matchMedia('(max-width: 767.98px)').matches;
  const is_typing = target => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !/^(checkbox|radio|button|submit)$/.test(target.type);
  const csrf = () => JSON.parse(document.body.getAttribute('hx-headers:inherited') || '{}')['X-CSRFToken'] || '';
  const icon = name => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    svg.setAttribute('class', 'cl-i'); svg.setAttribute('aria-hidden', 'true');
    use.setAttribute('href', `${assets.icons}#i-${name}`); svg.append(use);
    return svg;
  };

  /* ---- small behaviours, run for the page and for every fragment ---- */
  const starters = [];
  const ready = fn => { starters.push(fn); fn(document); };
  document.addEventListener('htmx:after:swap', event => starters.forEach(fn => fn(event.detail?.ctx?.target?.isConnected ? event.detail.ctx.target : document)));

  const loaded = {};
  const load = name => loaded[name] ||= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = assets[name]; script.onload = resolve; script.onerror = reject;
    document.head.append(script);
  });
  ready(from => {
    if ($('[data-chart]', from)) load('echarts').then(() => load('charts')).then(() => window.clCharts?.(from));
    if ($('[data-pad]', from)) load('signature').then(() => document.dispatchEvent(new CustomEvent('cl:pads')));
  });

  /* ---- tabs: the present one is in sight, also where the phone shows half of them ---- */
  ready(from => $$('.cl-views [aria-current]', from).forEach(tab => {
    const strip = tab.closest('.cl-views');
    strip.scrollLeft = Math.max(0, tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2);
  }));

  /* ---- timeline: what was loaded below goes on where the part above ended ---- */
  document.addEventListener('htmx:after:swap', () => $$('.cl-tl + .cl-tl:not([data-joined])').forEach(part => {
    const days = $$('.cl-tl-d', part.parentElement), first = $('.cl-tl-d', part);
    part.dataset.joined = '';
    part.tabIndex = -1;
    part.focus({ preventScroll: true });
    if (first && days[days.indexOf(first) - 1]?.textContent === first.textContent) first.remove();
  }));

  /* ---- popovers: beside their button, a sheet from below on the phone ---- */
  function place(pop, button) {
    if (is_phone()) { pop.style.left = pop.style.top = ''; return; }
    const at = button.getBoundingClientRect(), width = pop.offsetWidth, height = pop.offsetHeight;
    const left = pop.dataset.side === 'end' ? at.right - width : at.left;
    const below = at.bottom + 6 + height <= innerHeight || at.top < height + 6;
    pop.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    pop.style.top = `${Math.max(8, below ? Math.min(at.bottom + 6, innerHeight - height - 8) : at.top - height - 6)}px`;
  }
  on('click', 'button[popovertarget]', (button, event) => {
    const pop = document.getElementById(button.getAttribute('popovertarget'));
    if (!pop?.togglePopover) return;
    event.preventDefault();
    pop.togglePopover();
    const open = pop.matches(':popover-open');
    if (open) { place(pop, button); ($('input:checked, [aria-current="true"]', pop) || $('input:not([type=hidden]), a, button', pop))?.focus({ preventScroll: true }); }
    pop._by = button;
  });
  document.addEventListener('toggle', event => {
    const pop = event.target;
    if (!pop.matches?.('[popover]')) return;
    pop._by?.setAttribute('aria-expanded', String(event.newState === 'open'));
  }, true);
  document.addEventListener('keydown', event => {   // arrows walk through a menu
    const menu = event.target.closest?.('.cl-menu:popover-open');
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu || !step) return;
    event.preventDefault();
    const items = $$('a, button', menu).filter(item => item.offsetParent || item.getClientRects().length);
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  });

  /* ---- frame: navigation drawer, theme, large text, shortcuts switch ---- */
  on('click', '[data-nav]', () => {
    const open = document.body.classList.toggle('nav-open');
    $$('[data-nav][aria-expanded]').forEach(button => button.setAttribute('aria-expanded', String(open)));
    if (open) $('.cl-nav a')?.focus({ preventScroll: true });
  });
  function show_modes() {
    $$('[data-mode]').forEach(button => button.setAttribute('aria-pressed', String(button.dataset.mode === root.dataset.clTheme)));
    $$('[data-text]').forEach(button => button.setAttribute('aria-pressed', String(button.dataset.text === (root.dataset.clText || 'normal'))));
    $$('[data-keys-switch]').forEach(button => button.setAttribute('aria-pressed', String(store.get('cl-keys') !== 'off')));
  }
  on('click', '[data-mode]', button => { window.clTheme(button.dataset.mode); show_modes(); });
  on('click', '[data-text]', button => {
    const large = button.dataset.text === 'large';
    if (large) root.dataset.clText = 'large'; else delete root.dataset.clText;
    try { if (large) localStorage.setItem('cl-text', 'large'); else localStorage.removeItem('cl-text'); } catch (error) { /* go without */ }
    if (button.dataset.url) fetch(button.dataset.url, { method: 'POST', headers: { 'X-CSRFToken': csrf() }, body: new URLSearchParams({ text_size: button.dataset.text }) });
    show_modes();
    document.dispatchEvent(new CustomEvent('cl:theme'));
  });
  on('click', '[data-keys-switch]', () => { store.set('cl-keys', store.get('cl-keys') === 'off' ? 'on' : 'off'); show_modes(); });
  ready(show_modes);
  const counted = $('[data-counts]');   // the numbers of the navigation come after the page, at most once a minute
  async function count() {
    const key = `cl-counts:${who}`;
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch (error) { /* ask */ }
    if (!kept || Date.now() - kept.at > 60000) {
      const answer = await fetch(counted.dataset.counts, { headers: { Accept: 'application/json' } });
      if (!answer.ok) return;
      kept = { at: Date.now(), counts: await answer.json() };
      sessionStorage.setItem(key, JSON.stringify(kept));
    }
    $$('[data-count]').forEach(node => {
      const [number, late] = kept.counts[node.dataset.count] || [0, false];
      if (!(node.dataset.count in kept.counts)) return;
      node.textContent = number || '';
      node.classList.toggle('is-bad', !!late);
      if (late && words.late) { const said = document.createElement('span'); said.className = 'cl-sr'; said.textContent = ` ${words.late}`; node.append(said); }
    });
  }
  if (counted) count().catch(() => {});
  on('submit', 'form[data-sign-out]', () => store.keys('cl-').filter(key => key.includes(`:${who}:`)).forEach(store.drop));
  on('change', 'select[data-submit]', select => select.form.requestSubmit());

  /* ---- toasts: an announcement with one way back; never for errors in a form ---- */
  const toasts = document.getElementById('toasts');
  // Above the bar of steps, however many lines its buttons take.
  function lift() {
    const bar = toasts && $('.cl-acts');
    if (toasts) toasts.style.bottom = bar ? `${Math.max(20, innerHeight - bar.getBoundingClientRect().top + 12)}px` : '';
  }
  function fade(toast) {
    lift();
    let timer = setTimeout(() => toast.remove(), Number(toast.dataset.stay || 8000));
    ['pointerenter', 'focusin'].forEach(type => toast.addEventListener(type, () => clearTimeout(timer)));
    ['pointerleave', 'focusout'].forEach(type => toast.addEventListener(type, () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), 4000); }));
  }
  function toast(text, { undo, tone } = {}) {
    if (!toasts) return;
    const box = document.createElement('div'), line = document.createElement('span'), close = document.createElement('button');
    box.className = `cl-toast${tone === 'bad' ? ' is-bad' : ''}`;
    line.textContent = text;
    box.append(line);
    if (undo) {
      const form = document.createElement('form'), token = document.createElement('input'), button = document.createElement('button');
      form.method = 'post'; form.action = undo;
      token.type = 'hidden'; token.name = 'csrfmiddlewaretoken'; token.value = csrf();
      button.textContent = words.undo;
      form.append(token, button); box.append(form);
    }
    close.type = 'button'; close.className = 'x'; close.setAttribute('aria-label', words.close); close.append(icon('x'));
    close.addEventListener('click', () => box.remove());
    box.append(close); toasts.append(box); fade(box);
  }
  $$('.cl-toast', toasts || document).forEach(fade);
  on('click', '.cl-toast .x', button => button.closest('.cl-toast').remove());
  document.addEventListener('cl:toast', event => toast(event.detail.text, event.detail));
  on('click', '[data-toast]', button => toast(button.dataset.toast, { undo: button.dataset.undo }));

  /* ---- the sheet: a step's form beside the record ---- */
  const sheet = document.getElementById('sheet'), body = document.getElementById('sheet-body');
  function open_sheet(url, by) {
    if (!sheet?.showModal || !window.htmx) { location.assign(url); return; }
    sheet._by = by;
    body.setAttribute('aria-busy', 'true');
    body.replaceChildren($('#sheet-wait').content.cloneNode(true));
    $('h2', body).textContent = by.innerText.trim();   // a name at once: what was pressed
    if (!sheet.open) sheet.showModal();
    window.htmx.ajax('GET', url, { target: '#sheet-body', swap: 'innerHTML' });
  }
  on('click', 'a[data-sheet]', (link, event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open_sheet(link.href, link);
  });
  document.addEventListener('htmx:before:swap', event => {   // a redirect after success is a new page, not the sheet's content
    const answer = event.detail?.ctx?.response;
    const raw = answer?.raw;
    if (raw?.redirected && event.detail.ctx.target?.closest?.('#sheet')) { event.preventDefault(); location.assign(raw.url); }
  });
  document.addEventListener('htmx:after:swap', () => {
    if (!sheet?.open || body.getAttribute('aria-busy') !== 'true') return;
    body.removeAttribute('aria-busy');
    ($('[autofocus], .in input:not([type=hidden]), .in select, .in textarea, .btn-primary', body))?.focus({ preventScroll: true });
  });
  document.addEventListener('htmx:after:swap', () => $('#sheet-body .cl-errors')?.focus());
  on('click', '[data-close]', (button, event) => {
    const dialog = button.closest('dialog[open]');
    if (dialog) { event.preventDefault(); dialog.close(); }
  });
  on('click', 'dialog', (dialog, event) => {   // a click beside the dialog closes it
    if (event.target !== dialog || dialog.id === 'sheet' && $('form[data-dirty]', dialog)) return;
    const box = dialog.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) dialog.close();
  });
  sheet?.addEventListener('close', () => { body.replaceChildren(); sheet._by?.focus?.(); });
  on('click', '[data-acts]', button => {
    const open = button.closest('.cl-acts').classList.toggle('is-open');
    button.setAttribute('aria-expanded', String(open));
  });

  /* ---- htmx: the thin line, and what to say when the line is dead ---- */
  let busy = 0;
  const tell = change => { busy = Math.max(0, busy + change); root.classList.toggle('is-busy', busy > 0); };
  document.addEventListener('htmx:before:request', () => tell(1));
  document.addEventListener('htmx:finally:request', () => tell(-1));
  document.addEventListener('htmx:error', event => {
    const status = event.detail?.ctx?.response?.status;
    if (status && status < 500) return;
    if (sheet?.open && body.getAttribute('aria-busy') === 'true') sheet.close();
    toast(words.failed, { tone: 'bad' });
  });

  /* ---- filters ---- */
  on('change', 'form[data-filter] :is(input[type=radio], input[type=date], select)', field => {
    if (!field.closest('[data-wait]')) field.form.requestSubmit();
  });
  on('submit', 'form[data-filter]', form => {   // an address without empty names
    $$('input, select', form).forEach(field => { if (!field.value && field.name) field.disabled = true; });
  });
  addEventListener('pageshow', () => $$('form[data-filter] :disabled').forEach(field => { field.disabled = false; }));
  on('click', '[data-unfold]', button => {
    const form = button.form;
    form.classList.add('is-unfolded');
    $('.is-rare, .is-rare-phone', form)?.focus();
  });
  on('input', '[data-narrow]', field => {   // long choices: type to narrow them
    const needle = field.value.trim().toLowerCase();
    $$('.cl-opt', field.closest('.cl-pop')).forEach(option => { option.hidden = !!needle && !option.textContent.toLowerCase().includes(needle); });
  });
  on('submit', 'form[data-columns]', (form, event) => {   // the chosen columns stand in the address
    event.preventDefault();
    const query = new URLSearchParams(location.search);
    query.set('cols', [form.dataset.first, ...$$('input:checked', form).map(field => field.value)].join(','));
    location.assign(`?${query}`);
  });
  /* ---- one choice in a group, ticks, yes and no ---- */
  ready(from => $$('[role="radiogroup"]:not([data-ready])', from).forEach(group => {
    const items = $$('[role="radio"]', group);
    if (!items.length) return;
    group.dataset.ready = '';
    const set = hit => {
      items.forEach(item => { item.setAttribute('aria-checked', String(item === hit)); item.tabIndex = item === hit ? 0 : -1; });
      const field = group.dataset.field && document.getElementById(group.dataset.field);
      if (field) { field.value = hit.dataset.value ?? hit.dataset.key ?? ''; field.dispatchEvent(new Event('change', { bubbles: true })); }
    };
    items.forEach((item, index) => {
      item.tabIndex = item.getAttribute('aria-checked') === 'true' || !items.some(other => other.getAttribute('aria-checked') === 'true') && !index ? 0 : -1;
      item.addEventListener('click', () => set(item));
      item.addEventListener('keydown', event => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) return;
        event.preventDefault(); event.stopPropagation();
        const next = items[(index + step + items.length) % items.length];
        set(next); next.focus();
      });
    });
  }));
  on('click', 'button.cl-check', button => button.setAttribute('aria-checked', String(button.getAttribute('aria-checked') !== 'true')));
  on('click', '.cl-yn button', button => $$('button', button.closest('.cl-yn')).forEach(other => other.setAttribute('aria-pressed', String(other === button))));
  on('click', '[data-print]', () => print());
  on('click', '[data-copy]', button => navigator.clipboard?.writeText(button.dataset.copy).then(() => toast(words.copied)));
  on('click', '[data-eye]', button => {
    const field = document.getElementById(button.getAttribute('aria-controls')), shown = field.type === 'text';
    field.type = shown ? 'password' : 'text';
    button.setAttribute('aria-pressed', String(!shown));
  });

  /* ---- palette ---- */
  const palette = document.getElementById('palette'), query = $('#palette input'), found = document.getElementById('palette-list');
  const recent_key = `cl-recent:${who}:`;
  const here = $('[data-recent]');
  if (here) {
    const item = { url: location.pathname, label: here.dataset.recent, icon: here.dataset.recentIcon || 'file-text', sub: here.dataset.recentSub || '' };
    store.set(recent_key, [item, ...(store.get(recent_key) || []).filter(other => other.url !== item.url)].slice(0, 8));
  }
  const option = item => {
    const link = document.createElement('a'), small = document.createElement('small');
    link.href = item.url; link.setAttribute('role', 'option'); link.tabIndex = -1;
    link.append(icon(item.icon || 'arrow-right'), item.label);
    if (item.sub) { small.textContent = item.sub; link.append(small); }
    return link;
  };
  const section = (title, items) => {
    const box = document.createElement('div'), head = document.createElement('h3');
    box.setAttribute('role', 'group'); head.textContent = title; box.setAttribute('aria-label', title);
    head.setAttribute('role', 'presentation');
    box.append(head, ...items);
    return box;
  };
  const places = () => $$('#palette-places [data-place]').map(node => ({ url: node.dataset.place, label: node.textContent.trim(), icon: node.dataset.icon, sub: node.dataset.sub || '', more: node.dataset.more || '' }));
  function mark(index) {
    const items = $$('[role="option"]', found);
    items.forEach((item, at) => { item.setAttribute('aria-selected', String(at === index)); item.id ||= `pal-${at}`; });
    query.setAttribute('aria-activedescendant', items[index]?.id || '');
    items[index]?.scrollIntoView({ block: 'nearest' });
  }
  const marked = () => $$('[role="option"]', found).findIndex(item => item.getAttribute('aria-selected') === 'true');
  let asked = 0, timer = 0;
  function fill() {
    const needle = query.value.trim(), lower = needle.toLowerCase();
    const actions = places().filter(place => !lower || `${place.label} ${place.more}`.toLowerCase().includes(lower));
    const recent = lower ? [] : (store.get(recent_key) || []).filter(item => item.url !== location.pathname).slice(0, 5);
    const boxes = [];
    if (recent.length) boxes.push(section(words.recent, recent.map(option)));
    if (actions.length) boxes.push(section(words.actions, actions.slice(0, lower ? 6 : 12).map(option)));
    if (!lower || !$('[data-remote]', found)) found.replaceChildren(...boxes);   // an answer stays until the next one is there
    mark(0);
    clearTimeout(timer);
    if (lower && palette.dataset.url) timer = setTimeout(() => ask(needle), 90);
    else say();
  }
  function say() {
    const empty = !$$('[role="option"]', found).length;
    $('#palette-none').hidden = !empty;
    $('#palette-count').textContent = empty ? '' : words.hits?.replace('%s', $$('[role="option"]', found).length) || '';
  }
  async function ask(needle) {
    const turn = ++asked;
    try {
      const answer = await fetch(`${palette.dataset.url}?${new URLSearchParams({ q: needle })}`, { headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } });
      if (turn !== asked || !answer.ok) return;
      const box = document.createElement('div');
      box.dataset.remote = '';
      box.append(new DOMParser().parseFromString(await answer.text(), 'text/html').body);
      box.replaceChildren(...box.firstChild.childNodes);
      $$('a', box).forEach(link => { link.setAttribute('role', 'option'); link.tabIndex = -1; });
      found.replaceChildren(box);   // records, places and actions in one list, made by the server
      mark(0);
    } catch (error) { /* no network: places and recent ones still work */ }
    say();
  }
  function open_palette() { if (palette && !palette.open) { palette.showModal(); query.value = ''; fill(); query.focus(); } }
  on('click', '[data-palette]', (button, event) => { event.preventDefault(); open_palette(); });
  query?.addEventListener('input', fill);
  query?.addEventListener('keydown', event => {
    const count = $$('[role="option"]', found).length, at = marked();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); if (count) mark((at + (event.key === 'ArrowDown' ? 1 : -1) + count) % count); }
    if (event.key === 'Enter') {
      event.preventDefault();
      const hit = $$('[role="option"]', found)[at];
      if (hit) { if (event.ctrlKey || event.metaKey) window.open(hit.href); else hit.click(); }
      else if (palette.dataset.search && query.value.trim()) location.assign(`${palette.dataset.search}?${new URLSearchParams({ q: query.value.trim() })}`);
    }
  });

  /* ---- keyboard ---- */
  const rows = () => $$('.cl-q-row, .table[data-rows] > tbody > tr').filter(row => row.getClientRects().length);
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex(row => row.classList.contains('is-active'));
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
    all.forEach(row => row.classList.toggle('is-active', row === next));
    next.scrollIntoView({ block: 'nearest' });
    ($('a.row, .what a, a', next))?.focus({ preventScroll: true });
  }
  let going = 0;
  const help = document.getElementById('help');
  on('click', '[data-help]', () => help?.showModal());
  document.addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') { event.preventDefault(); open_palette(); return; }
    if (event.key === 'Escape' && document.body.classList.contains('nav-open')) { document.body.classList.remove('nav-open'); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || is_typing(event.target)) return;
    const answer = /^[1-9]$/.test(event.key) && $('.cl-ask.is-now');
    if (answer) {
      const key = $(`[data-key="${event.key}"]`, answer);
      if (key) { event.preventDefault(); key.click(); key.focus(); return; }
    }
    if (store.get('cl-keys') === 'off' || $('dialog[open]')) return;
    if (going && performance.now() - going < 1500) {
      going = 0;
      const link = $(`.cl-nav a[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    const row_active = $('.cl-q-row.is-active, tr.is-active');
    const run = {
      '?': () => help?.showModal(),
      '/': () => ($('form[data-filter] input[type=search]') ? $('form[data-filter] input[type=search]').focus() : open_palette()),
      g: () => { going = performance.now(); },
      n: () => $('[data-create]')?.click(),
      j: () => move(1), k: () => move(-1),
      ArrowDown: row_active && (() => move(1)), ArrowUp: row_active && (() => move(-1)),
    }[event.key];
    if (run) { if (event.key !== 'g') event.preventDefault(); run(); return; }
    const own = event.key.length === 1 && $(`[data-shortcut="${CSS.escape(event.key.toLowerCase())}"]`);
    if (own && own.getClientRects().length) { event.preventDefault(); own.click(); }
  });

  window.CareLoop = { toast, store, ready, words, assets, who, csrf, open_sheet, icon, $, $$, on };
  document.dispatchEvent(new CustomEvent('cl:ready'));
})();
