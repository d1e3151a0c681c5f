/** Style of the evaluation's report. */
export const reportStyle = `
:root { color-scheme: dark; }
body { max-width: 1000px; margin: 2rem auto; padding: 0 1rem; background: #16181c; color: #dde1e6; font: 15px/1.5 system-ui, sans-serif; }
h1, h2 { font-weight: 600; margin-bottom: 0.2rem; }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.9rem; text-align: right; border-bottom: 1px solid #333842; font-variant-numeric: tabular-nums; }
th:first-child { text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.1rem 1rem; color: #9aa3ae; }
dt { color: #dde1e6; } dd { margin: 0; }
.wipe { position: relative; line-height: 0; }
.wipe img { width: 100%; image-rendering: pixelated; }
.wipe .left { position: absolute; inset: 0; clip-path: inset(0 50% 0 0); }
.wipe .line { position: absolute; top: 0; bottom: 0; left: 50%; width: 2px; margin-left: -1px; background: #fff; pointer-events: none; }
.wipe input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
.scores { color: #9aa3ae; margin-left: 1rem; }
`;

/** Script of the evaluation's report: the wipes and the figures of the two sides. */
export const reportScript = `
for (const section of document.querySelectorAll('section')) {
  const scores = JSON.parse(section.querySelector('script').textContent);
  const describe = (view) => {
    const entries = Object.entries(scores[view] ?? {}).filter(([, value]) => typeof value === 'number');
    return entries.length ? view + ' ' + entries.map(([key, value]) => key + ' ' + value.toFixed(3)).join(', ') : '';
  };
  const update = () => {
    const lines = [];
    for (const select of section.querySelectorAll('select')) {
      const image = section.querySelector('img.' + select.dataset.side);
      image.src = section.dataset.folder + '/' + select.value.replace(':', '-') + '.png';
      image.alt = select.value;
      lines.push(describe(select.value));
    }
    section.querySelector('.scores').textContent = lines.filter(Boolean).join(' | ');
  };
  section.addEventListener('change', update);
  section.querySelector('input').addEventListener('input', ({ target }) => {
    section.querySelector('.left').style.clipPath = 'inset(0 ' + (100 - target.value) + '% 0 0)';
    section.querySelector('.line').style.left = target.value + '%';
  });
  update();
}
`;
