/* CareLoop 服务闭环 · print.js: the two buttons above a sheet of paper, and what its further pages say at their top. */
const firm = document.querySelector('.cl-p-firm b')?.textContent.trim();
document.documentElement.style.setProperty('--cl-p-run', JSON.stringify([document.title.trim(), firm].filter(Boolean).join(' · ')));
document.querySelector('[data-print]')?.addEventListener('click', () => print());
document.querySelector('[data-back]')?.addEventListener('click', () => { if (history.length > 1) history.back(); else close(); });
