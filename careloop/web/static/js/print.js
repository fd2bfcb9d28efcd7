/* CareLoop 服务闭环 · print.js: the two buttons above a sheet of paper. */
document.querySelector('[data-print]')?.addEventListener('click', () => print());
document.querySelector('[data-back]')?.addEventListener('click', () => { if (history.length > 1) history.back(); else close(); });
