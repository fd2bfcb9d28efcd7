/* CareLoop 服务闭环 · boot.js: runs before the first paint, so that nobody sees the wrong mode flash by. */
(function () {
  'use strict';
  var root = document.documentElement, store = null;
  try { store = window.localStorage; } catch (error) { store = null; }
  var theme = store && store.getItem('cl-theme');
  var dark = window.matchMedia('(prefers-color-scheme: dark)');
  function apply() {
    var is_dark = theme === 'dark' || (theme !== 'light' && dark.matches);
    root.setAttribute('data-bs-theme', is_dark ? 'dark' : 'light');
    root.setAttribute('data-cl-theme', theme || 'system');
  }
  root.classList.add('js');
  apply();
  if (!root.hasAttribute('data-cl-text') && store && store.getItem('cl-text') === 'large') root.setAttribute('data-cl-text', 'large');
  dark.addEventListener('change', function () { apply(); document.dispatchEvent(new CustomEvent('cl:theme')); });
  window.clTheme = function (value) {
    theme = value === 'system' ? null : value;
    if (store) { if (theme) store.setItem('cl-theme', theme); else store.removeItem('cl-theme'); }
    apply();
    document.dispatchEvent(new CustomEvent('cl:theme'));
  };
})();
