(() => {
const photos = JSON.parse(document.getElementById("photos").textContent);
const element = id => document.getElementById(id);
let source = null, marks = null, marked = -1, pointer = [0, 0];
function name_of(rank, i) { return rank.codes[i] < 0 ? "unknown" : rank.names[rank.codes[i]]; }
function made(tag, text, kind) {
  const found = document.createElement(tag);
  found.textContent = text;
  if (kind) found.className = kind;
  return found;
}

function thumbnail(i) {
  const place = photos.thumbs[i], box = made("span", place < 0 ? "no thumbnail" : "", "thumb");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", "Photo " + photos.ids[i] + ", " + name_of(photos.ranks[0], i));
  if (place < 0) return box;
  const cell = place % photos.columns ** 2;
  box.classList.add("sheet" + Math.floor(place / photos.columns ** 2));
  box.style.backgroundPosition = `${-photos.side * (cell % photos.columns)}px ${-photos.side * Math.floor(cell / photos.columns)}px`;
  return box;
}
function describe(box, i) {
  const facts = document.createElement("dl");
  for (const rank of photos.ranks) facts.append(made("dt", rank.rank), made("dd", name_of(rank, i), rank.rank));
  facts.append(made("dt", "id"), made("dd", photos.ids[i], "id"));
  box.replaceChildren(thumbnail(i), facts);
}

function mark(i) {
  if (i === marked) return;
  marked = i;
  marks.data = Object.fromEntries(photos.axes.map(axis => [axis, i < 0 ? [] : [source.get_column(axis)[i]]]));
  if (i >= 0) describe(element("card"), i);
}
function hover(indices) {
  const tip = element("tip"), i = indices.length ? indices[indices.length - 1] : -1;
  tip.hidden = i < 0;
  if (i < 0) return;
  if (i !== marked || !tip.firstChild) describe(tip, i);
  mark(i);
  const [x, y] = pointer, width = tip.offsetWidth, height = tip.offsetHeight;
  tip.style.left = Math.max(4, x + 16 + width > innerWidth ? x - 16 - width : x + 16) + "px";
  tip.style.top = Math.max(4, y + 16 + height > innerHeight ? y - 16 - height : y + 16) + "px";
}

function selected(indices) {
  const family = photos.ranks[0], counts = new Map();
  for (const i of indices) counts.set(family.codes[i], (counts.get(family.codes[i]) || 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([code, n]) => `${family.names[code]} ${n}`);
  element("count").textContent = indices.length ? `${indices.length} of ${photos.ids.length} photos: ${most.join(", ")}${counts.size > 3 ? " …" : ""}` : "Nothing is picked.";
  const shown = [...indices].sort((a, b) => (photos.thumbs[a] < 0) - (photos.thumbs[b] < 0)).slice(0, 60);
  element("gallery").replaceChildren(...shown.map(i => {
    const button = made("button", "");
    button.type = "button";
    button.append(thumbnail(i));
    for (const event of ["focus", "click", "mouseenter"]) button.addEventListener(event, () => mark(i));
    return button;
  }));
  for (const button of document.querySelectorAll("button.family")) button.setAttribute("aria-pressed", counts.size === 1 && counts.has(family.names.indexOf(button.dataset.family)));
  if (indices.length === 1) mark(indices[0]);
}

function pick(name) {
  const family = photos.ranks[0], code = family.names.indexOf(name), found = [];
  if (code >= 0) family.codes.forEach((own, i) => { if (own === code) found.push(i); });
  source.selected.indices = found;
  element("family").value = name;
  if (name && code < 0) element("count").textContent = "No family has this name.";
}
function start(all, one, plots) {
  [source, marks] = [all, one];
  if (matchMedia("(pointer: coarse)").matches) for (const plot of plots) plot.toolbar.active_drag = null;
  const box = element("family");
  box.addEventListener("input", () => { if (!box.value || photos.ranks[0].names.includes(box.value)) pick(box.value); });
  box.addEventListener("change", () => pick(box.value));
  element("clear").addEventListener("click", () => pick(""));
  for (const button of document.querySelectorAll("button.family")) button.addEventListener("click", () => pick(button.dataset.family));
  document.addEventListener("pointermove", event => { pointer = [event.clientX, event.clientY]; });
  document.addEventListener("keydown", event => { if (event.key === "Escape") { element("tip").hidden = true; pick(""); } });
  document.body.dataset.ready = "yes";
}
window.report = {start, hover, selected, mark, pick};
})();
