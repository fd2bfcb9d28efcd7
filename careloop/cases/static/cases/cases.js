/* The register: Enter in the lookup leads to the first hit; the stop time starts with now. No words here. */
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
  document.addEventListener('change', event => {
    const stopped = document.getElementById('id_stopped_since');
    if (event.target.name !== 'urgency' || event.target.value !== 'stopped' || !stopped || stopped.value) return;
    const now = new Date();
    now.setMinutes(now.getMinutes() - now.getTimezoneOffset());
    stopped.value = now.toISOString().slice(0, 16);
  });
})();
