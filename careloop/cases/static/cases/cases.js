/* Register: Enter in the lookup leads to the first hit, the stop time starts with now. Record: keys of the box. */
(function () {
  'use strict';
  const find = document.getElementById('find');
  find?.addEventListener('keydown', event => {
    const hit = document.querySelector('#found a');
    if ((event.key === 'Enter' || event.key === 'ArrowDown') && hit) {
      event.preventDefault();
      if (event.key === 'Enter') hit.click(); else hit.focus();
    }
  });
  document.addEventListener('click', event => {   // r, c, i choose what is written; the text follows
    if (event.target.matches?.('.case-say-kinds input')) document.getElementById('say-text')?.focus();
  });
  document.addEventListener('htmx:after:swap', () => {   // nobody found: the fields of a new customer open
    const fold = document.getElementById('new-customer');
    if (fold && document.querySelector('#found p')) fold.open = true;
  });
  document.addEventListener('change', event => {
    const stopped = document.getElementById('id_stopped_since');
    if (event.target.name !== 'urgency' || event.target.value !== 'stopped' || !stopped || stopped.value) return;
    const now = new Date();
    now.setMinutes(now.getMinutes() - now.getTimezoneOffset());
    stopped.value = now.toISOString().slice(0, 16);
  });
})();
