/* CareLoop 服务闭环 · forms.js: drafts, signatures, uploads. Words come from the page. */
(function () {
  'use strict';
  const { store, ready, words, who, csrf, $, $$, on } = window.CareLoop;

  /* ---- drafts: what was typed is never lost. Kept per form key, dropped when the next page shows no refusal ---- */
  const key_of = form => `cl-draft:${who}:${form.dataset.draft}`;
  const kept = field => field.name && !field.disabled && !/^(password|file|hidden|submit|button)$/.test(field.type) && field.name !== 'csrfmiddlewaretoken';
  const fields = form => [...form.elements].filter(kept);
  const is_choice = field => field.type === 'checkbox' || field.type === 'radio';
  const untouched = field => is_choice(field) ? field.checked === field.defaultChecked
    : field.tagName === 'SELECT' ? field.value === ([...field.options].find(option => option.defaultSelected) || field.options[0])?.value
      : field.value === field.defaultValue;
  function read(form) {
    const values = {};
    fields(form).forEach(field => {
      if (is_choice(field)) { (values[field.name] ||= []); if (field.checked) values[field.name].push(field.value); }
      else if (field.multiple) values[field.name] = [...field.selectedOptions].map(option => option.value);
      else values[field.name] = field.value;
    });
    return values;
  }
  function write(form, values) {
    fields(form).forEach(field => {
      if (!(field.name in values)) return;
      const value = values[field.name];
      if (is_choice(field)) field.checked = value.includes(field.value);
      else if (field.multiple) [...field.options].forEach(option => { option.selected = value.includes(option.value); });
      else field.value = value;
    });
    form.dispatchEvent(new Event('change', { bubbles: true }));
  }
  const hour = at => new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
  const sent = sessionStorage.getItem('cl-sent');
  if (sent) {
    sessionStorage.removeItem('cl-sent');
    const refused = document.body.dataset.failed !== undefined || $(`form[data-refused][data-draft="${CSS.escape(sent.split(':').slice(2).join(':'))}"]`);
    if (!refused) store.drop(sent);
  }
  if (document.body.dataset.draftClear) store.drop(`cl-draft:${who}:${document.body.dataset.draftClear}`);
  ready(from => $$('form[data-draft]:not([data-kept])', from).forEach(form => {
    form.dataset.kept = '';
    const draft = store.get(key_of(form)), bar = $('.cl-draft', form), state = $('.cl-buttons .state, .cl-step-f .state', form);
    if (draft && form.dataset.refused === undefined && fields(form).every(untouched)) {
      const before = read(form);
      if (JSON.stringify(before) !== JSON.stringify(draft.values)) {
        write(form, draft.values);
        if (bar) {
          $('[data-at]', bar).textContent = hour(draft.at);
          bar.hidden = false;
          $('button', bar).addEventListener('click', () => { form.reset(); store.drop(key_of(form)); delete form.dataset.dirty; bar.hidden = true; });
        }
      }
    }
    let timer = 0;
    const keep = () => {
      clearTimeout(timer);
      timer = 0;
      store.set(key_of(form), { at: Date.now(), values: read(form) });
    };
    const soon = () => {
      form.dataset.dirty = '';
      clearTimeout(timer);
      timer = setTimeout(() => {
        keep();
        if (state) state.textContent = words.kept?.replace('%s', hour(Date.now())) || '';
      }, 350);
    };
    form.addEventListener('input', soon);
    addEventListener('pagehide', () => timer && keep());  // the last word before leaving as well
    form.addEventListener('submit', () => { keep(); sessionStorage.setItem('cl-sent', key_of(form)); delete form.dataset.dirty; });
  }));
  store.keys(`cl-draft:${who}:`).forEach(key => { if (Date.now() - (store.get(key)?.at || 0) > 14 * 864e5) store.drop(key); });

  /* ---- a form is sent once, however often the button is pressed ---- */
  on('submit', 'form[method="post"]', (form, event) => {
    if (form.dataset.sending !== undefined) { event.preventDefault(); return; }
    if (form.hasAttribute('hx-post')) return;
    form.dataset.sending = '';
    setTimeout(() => delete form.dataset.sending, 4000);
  });
  addEventListener('pageshow', () => $$('form[data-sending]').forEach(form => delete form.dataset.sending));

  /* ---- errors: the summary takes the focus, its links go to the field ---- */
  ready(from => { const summary = $('.cl-errors[tabindex]', from); if (summary && from === document) summary.focus(); });
  on('click', '.cl-errors a', (link, event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: 'center' }); }
  });
  on('input', '.is-bad-field', box => { box.classList.remove('is-bad-field'); $$('[aria-invalid]', box).forEach(field => field.removeAttribute('aria-invalid')); });
  ready(from => $$('[data-counter]', from).forEach(field => {
    const box = document.getElementById(field.dataset.counter);
    const tell = () => { box.textContent = `${[...field.value].length} / ${field.maxLength}`; };
    if (box) { field.addEventListener('input', tell); tell(); }
  }));

  /* ---- signature: drawn with finger, pen or mouse; a typed code is the keyboard's way ---- */
  function pad(box) {
    if (box.dataset.padReady !== undefined || !window.SignaturePad) return;
    box.dataset.padReady = '';
    const canvas = $('canvas', box), field = $('input[type=hidden]', box), clear = $('[data-clear]', box), line = $('[data-said]', box);
    const pen = new window.SignaturePad(canvas, { penColor: '#1b1c1e', minWidth: .8, maxWidth: 2.6 });
    const fit = () => {
      const strokes = pen.toData(), ratio = Math.max(devicePixelRatio || 1, 1), width = canvas.offsetWidth;
      if (!width || canvas.width === Math.round(width * ratio)) return;
      canvas.width = Math.round(width * ratio); canvas.height = Math.round(canvas.offsetHeight * ratio);
      canvas.getContext('2d').scale(ratio, ratio);
      pen.clear(); pen.fromData(strokes);
    };
    const tell = () => {
      field.value = pen.isEmpty() ? '' : pen.toDataURL('image/png');
      line.textContent = pen.isEmpty() ? '' : box.dataset.signed;
      clear.disabled = pen.isEmpty();
    };
    new ResizeObserver(fit).observe(canvas);
    fit();
    pen.addEventListener('endStroke', tell);
    clear.addEventListener('click', () => { pen.clear(); tell(); });
    if (field.value.startsWith('data:image/png')) pen.fromDataURL(field.value).then(() => { line.textContent = box.dataset.signed; clear.disabled = false; });
  }
  document.addEventListener('cl:pads', () => $$('[data-pad]').forEach(pad));

  /* ---- uploads: one request a file, with progress; a failed one can be tried again ---- */
  function send(box, file) {
    const row = document.createElement('li'), name = document.createElement('span'), note = document.createElement('span'), meter = document.createElement('progress');
    row.className = 'cl-up'; name.textContent = file.name; name.className = 'cl-clip'; meter.max = 1; meter.value = 0;
    meter.setAttribute('aria-label', file.name);
    note.setAttribute('role', 'status');
    row.append(name, note, meter);
    $('[data-queue]', box).append(row);
    const limit = Number(box.dataset.max) * 1048576;
    const fail = text => {
      row.classList.add('is-bad'); meter.remove(); note.textContent = text;
      const again = document.createElement('button');
      again.type = 'button'; again.className = 'cl-link'; again.textContent = box.dataset.again;
      again.addEventListener('click', () => { row.remove(); send(box, file); });
      if (!(limit && file.size > limit)) note.append(' ', again);
    };
    if (limit && file.size > limit) { fail(box.dataset.tooLarge); return; }
    const request = new XMLHttpRequest(), data = new FormData();
    data.append(box.dataset.field || 'file', file);
    request.open('POST', box.dataset.uploader);
    request.setRequestHeader('X-CSRFToken', csrf());
    request.setRequestHeader('HX-Request', 'true');
    request.setRequestHeader('HX-Request-Type', 'partial');
    request.upload.addEventListener('progress', event => { if (event.lengthComputable) meter.value = event.loaded / event.total; });
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) {
        row.remove();
        const target = document.getElementById(box.dataset.target);
        if (target && request.responseText.trim()) {
          const parsed = new DOMParser().parseFromString(request.responseText, 'text/html');
          target.replaceChildren(...parsed.body.childNodes);
        }
        box.dispatchEvent(new CustomEvent('cl:uploaded', { bubbles: true }));
      } else fail(request.status === 422 && request.responseText.length < 300 && !request.responseText.includes('<') ? request.responseText : box.dataset.failed);
    });
    request.addEventListener('error', () => fail(box.dataset.failed));
    request.send(data);
  }
  ready(from => $$('[data-uploader]:not([data-ready])', from).forEach(box => {
    box.dataset.ready = '';
    const drop = $('.cl-drop', box), field = $('input[type=file]', box);
    field.addEventListener('change', () => { [...field.files].forEach(file => send(box, file)); field.value = ''; });
    ['dragover', 'dragleave', 'drop'].forEach(type => drop.addEventListener(type, event => {
      event.preventDefault();
      drop.classList.toggle('is-over', type === 'dragover');
      if (type === 'drop') [...event.dataTransfer.files].forEach(file => send(box, file));
    }));
    document.addEventListener('paste', event => {
      if (!box.isConnected || !event.clipboardData?.files.length) return;
      [...event.clipboardData.files].forEach(file => send(box, file));
    });
    $('[data-plain]', box)?.remove();
  }));
})();
