// The report's own script: photos, selections and the address. Text from the data enters the page as textContent only.

const data = JSON.parse(document.getElementById("data").textContent);
const ARRAYS = {u1: Uint8Array, u2: Uint16Array, i2: Int16Array, i4: Int32Array, f4: Float32Array};
const element = id => document.getElementById(id);

function numbers(packed) { // what Python's `packed` wrote
  if (!packed) return null;
  const bytes = Uint8Array.from(atob(packed.d), c => c.charCodeAt(0));
  return new ARRAYS[packed.t](bytes.buffer);
}

const N = data.ids.length, thumbs = numbers(data.thumbs), groups = numbers(data.group), parts = numbers(data.part);
const ranks = data.ranks.map(rank => ({...rank, codes: numbers(rank.codes)}));
const graphs = data.graphs.map(g => ({...g, neighbours: numbers(g.neighbours), similarity: numbers(g.similarity),
                                       nearest: numbers(g.nearest)}));
const clusterings = data.clusters.map(c => ({...c, genus: numbers(c.genus), species: numbers(c.species),
                                             genus_similarity: numbers(c.genus_similarity), species_similarity: numbers(c.species_similarity)}));
const unit = ranks[0] || null; // the widest rank that is known
const state = {picked: [], words: "", photo: -1, color: unit ? unit.rank : "cluster", rank: "", name: "", map: -1};
const maps = [];

// ---- small helpers ----
function make(tag, text = "", kind = "") {
  const node = document.createElement(tag);
  if (text !== "") node.textContent = text;
  if (kind) node.className = kind;
  return node;
}
function button(text, action, kind = "") {
  const node = make("button", text, kind);
  node.type = "button";
  node.addEventListener("click", action);
  return node;
}
function options(select, entries) { // entries: [value, text]
  select.replaceChildren(...entries.map(([value, text]) => { const o = make("option", text); o.value = value; return o; }));
}
function nameOf(rank, i) { return !rank || rank.codes[i] < 0 ? "unknown" : rank.names[rank.codes[i]]; }
function finest(i) { for (let r = ranks.length - 1; r >= 0; r--) if (ranks[r].codes[i] >= 0) return nameOf(ranks[r], i); return "unknown"; }
function iso(name) { return `\u2068${name}\u2069`; } // a name of any direction of writing inside a sentence
function rowsWhere(test) { const rows = []; for (let i = 0; i < N; i++) if (test(i)) rows.push(i); return rows; }
function share(value) { return value === null || value === undefined || Number.isNaN(value) ? "–" : `${Math.round(100 * value)} %`; }
function count(n, one, many = one + "s") { return `${n.toLocaleString("en")} ${n === 1 ? one : many}`; }

// ---- thumbnails: parts of sheets, shown at any size ----
function thumb(i, size = 72) {
  const box = make("span", "", "thumb"), place = thumbs[i];
  box.style.width = box.style.height = `${size}px`;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `Photo ${data.ids[i]}, ${finest(i)}`);
  if (place < 0) { box.textContent = "no picture inside"; box.classList.add("none"); return box; }
  const cell = place % data.columns ** 2, sheet = Math.floor(place / data.columns ** 2);
  box.classList.add(`sheet${sheet}`);
  box.style.backgroundSize = `${size * data.sheet_columns[sheet]}px auto`;
  box.style.backgroundPosition = `${-size * (cell % data.columns)}px ${-size * Math.floor(cell / data.columns)}px`;
  return box;
}
function photoButton(i, size = 72, caption = "") {
  const node = button("", () => showPhoto(i), "photo");
  node.append(thumb(i, size));
  if (caption) node.append(make("small", caption));
  node.title = `${finest(i)} · ${data.ids[i]}`;
  node.style.width = `${size + 6}px`;
  for (const event of ["mouseenter", "focus"]) node.addEventListener(event, () => mark(i));
  node.addEventListener("mouseleave", () => mark(state.photo));
  return node;
}
function mark(i) { for (const map of maps) map.mark(i); }

// ---- what is taken away: CSV ----
function csv(rows, columns) {
  const cell = value => /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const safe = (value, at) => { // ids (the first column) as they are; other text must not become a formula in a spreadsheet
    const text = String(value);
    return cell(at && typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? "'" + text : text);
  };
  return [columns.join(","), ...rows.map(row => row.map(safe).join(","))].join("\n") + "\n";
}
async function copy(text, n, output) {
  output.textContent = n ? "" : "Nothing is ticked or picked.";
  if (!n) return;
  const area = make("textarea", text, "csv");
  area.readOnly = true;
  area.rows = 4;
  area.setAttribute("aria-label", "The CSV, to be copied by hand");
  output.append(area);
  try { await navigator.clipboard.writeText(text); output.prepend(`${count(n, "line")} copied. `); } catch {
    area.select();
    output.prepend(`${document.execCommand("copy") ? "Copied" : "Copy this by hand"}: ${count(n, "line")}. `);
  }
}
function idsAsCsv(rows) { return csv(rows.map(i => [data.ids[i], ...ranks.map(rank => rank.codes[i] < 0 ? "" : nameOf(rank, i))]), ["hash_id", ...ranks.map(r => r.rank)]); }

// ---- the drawer: one photo large, and what is picked ----
function fact(list, name, ...nodes) { list.append(make("dt", name)); const dd = make("dd"); dd.append(...nodes); list.append(dd); }
function showPhoto(i, remember = true) {
  state.photo = i;
  mark(i);
  element("photo").hidden = i < 0;
  if (i < 0) return drawer();
  const facts = make("dl");
  for (const rank of ranks) fact(facts, rank.rank, rank.codes[i] < 0 ? "unknown" : button(nameOf(rank, i), () => pickName(rank, rank.codes[i]), "link"));
  fact(facts, "id", make("code", data.ids[i]));
  if (parts) fact(facts, "part", parts[i] ? "test photo" : "training photo");
  if (groups && groups[i] >= 0) {
    const same = rowsWhere(j => groups[j] === groups[i]);
    if (same.length > 1) fact(facts, "group", button(`${same.length} photos of one observation`, () => pick(same, "One observation"), "link"));
  }
  element("photo-large").replaceChildren(thumb(i, Math.min(224, innerWidth - 60)), facts);
  element("photo-neighbours").replaceChildren(...graphs.map(graph => neighbours(graph, i)).filter(Boolean));
  drawer();
  if (remember) writeAddress();
}
function neighbours(graph, i) {
  const row = make("div", "", "neighbours"), strip = make("div", "", "strip");
  row.append(make("h4", graph.title), strip);
  if (graph.neighbours[i * graph.k] < 0) return null;
  for (let k = 0; k < graph.k; k++) {
    const j = graph.neighbours[i * graph.k + k];
    if (j < 0) break;
    const same = unit && unit.codes[i] === unit.codes[j], copy = groups && groups[i] >= 0 && groups[i] === groups[j];
    const one = photoButton(j, 52, (graph.similarity[i * graph.k + k] / 255).toFixed(2) + (copy ? " copy" : ""));
    one.classList.add(copy ? "copy" : same ? "same" : "other");
    strip.append(one);
  }
  return row;
}
function drawer() { // what the reader looks at stays where it is, though the page gets another width
  const open = state.photo >= 0 || state.picked.length > 0, box = element("drawer"), active = document.activeElement;
  if (open !== box.hidden) return;
  const kept = active && active !== document.body && !box.contains(active) ? active : document.elementFromPoint(60, innerHeight / 3);
  const top = kept ? kept.getBoundingClientRect().top : 0;
  box.hidden = !open;
  document.body.classList.toggle("open", open);
  if (kept && top > 0 && top < innerHeight) scrollBy({top: kept.getBoundingClientRect().top - top, behavior: "instant"});
}
function pick(rows, words = "", remember = true, rank = "", name = "") {
  Object.assign(state, {picked: rows, words, rank, name});
  if (document.activeElement !== element("search")) element("search").value = name;
  const lit = rows.length ? new Uint8Array(N) : null;
  for (const i of rows) lit[i] = 1;
  if (state.photo >= 0 && !rows.includes(state.photo)) showPhoto(-1, false);
  for (const map of maps) { map.lit = lit; map.marked = state.photo; map.redraw(); }
  showTray(24);
  recolor();
  drawer();
  if (remember) writeAddress();
}
function summary(rows) {
  if (!rows.length || !unit) return "";
  const counts = new Map();
  for (const i of rows) counts.set(nameOf(unit, i), (counts.get(nameOf(unit, i)) || 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]);
  if (most.length === 1 && most[0][0] === state.name) return ""; // it has been said already
  return ` (${most.slice(0, 3).map(([name, n]) => `${iso(name)} ${n}`).join(", ")}${most.length > 3 ? ` and ${count(most.length - 3, "other")}` : ""})`;
}
function showTray(shown) {
  const rows = state.picked;
  const words = rows.length ? `${state.words ? state.words + ": " : ""}${count(rows.length, "photo")} of ${N.toLocaleString("en")}${summary(rows)}` : "Nothing is picked.";
  element("count").textContent = words;
  element("tray").hidden = !rows.length;
  element("tray-words").textContent = words;
  const sorted = [...rows].sort((a, b) => (thumbs[a] < 0) - (thumbs[b] < 0));
  element("tray-photos").replaceChildren(...sorted.slice(0, shown).map(i => photoButton(i, 64)));
  element("tray-more").hidden = rows.length <= shown;
  element("tray-more").textContent = `Showing ${Math.min(shown, rows.length)} of ${rows.length}: show ${Math.min(60, rows.length - shown)} more`;
  element("tray-more").onclick = () => showTray(shown + 60);
  element("tray-output").replaceChildren();
}

// ---- names: search in all ranks and ids ----
function pickName(rank, code, remember = true) {
  pick(rowsWhere(i => rank.codes[i] === code), `${iso(rank.names[code])} (${rank.rank})`, remember, rank.rank, rank.names[code]);
}
function matches(text) { // [rank or null, code or row, words], whole names first, then beginnings, then parts
  const wanted = text.trim().toLocaleLowerCase(), found = [];
  if (!wanted) return found;
  for (const rank of ranks) {
    rank.names.forEach((name, code) => {
      const at = name.toLocaleLowerCase().indexOf(wanted);
      if (at >= 0) found.push([rank, code, name, name.length === wanted.length ? 0 : at ? 2 : 1]);
    });
  }
  for (let i = 0; i < N && found.length < 400; i++) if (data.ids[i].toLowerCase().startsWith(wanted)) found.push([null, i, data.ids[i], 3]);
  return found.sort((a, b) => a[3] - b[3]);
}
function choose([rank, at]) { if (rank) pickName(rank, at); else { pick([at], "One id"); showPhoto(at); } }
function search() {
  const box = element("search"), list = element("found");
  let active = -1;
  const close = () => { list.hidden = true; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); active = -1; };
  const light = step => {
    const items = [...list.children];
    if (!items.length) return;
    active = (active + step + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", at === active));
    box.setAttribute("aria-activedescendant", items[active].id);
    items[active].scrollIntoView({block: "nearest"});
  };
  box.addEventListener("input", () => {
    const hits = matches(box.value).slice(0, 12);
    list.replaceChildren(...hits.map((hit, at) => {
      const item = make("li", hit[2]);
      item.id = `hit${at}`;
      item.setAttribute("role", "option");
      item.append(make("small", hit[0] ? hit[0].rank : "id"));
      item.addEventListener("pointerdown", event => { event.preventDefault(); box.value = hit[2]; choose(hit); close(); });
      return item;
    }));
    active = -1;
    list.hidden = !hits.length;
    box.setAttribute("aria-expanded", String(hits.length > 0));
    if (!box.value) pick([]);
  });
  box.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); light(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    if (event.key !== "Enter") return;
    const hit = matches(box.value)[Math.max(active, 0)];
    if (hit) { box.value = hit[2]; choose(hit); } else { pick([]); element("count").textContent = `No name or id contains “${iso(box.value)}”.`; }
    close();
  });
  box.addEventListener("blur", close);
}

// ---- colours ----
function rgb(hex) { return parseInt(hex.slice(5, 7) + hex.slice(3, 5) + hex.slice(1, 3), 16); } // as the canvas wants it
function ranked(codes) { // the most frequent codes, of the picked photos if some are picked
  const counts = new Map();
  for (const i of state.picked.length ? state.picked : data.ids.keys()) if (codes[i] >= 0) counts.set(codes[i], (counts.get(codes[i]) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([code]) => code);
}
function recolor() {
  const rank = ranks.find(r => r.rank === state.color), kind = state.color, palette = data.palette.map(rgb), grey = rgb(data.grey);
  let legend = [];
  for (const map of maps) {
    const clustering = clusterings[map.clustering], graph = graphs[map.graph];
    const codes = rank ? rank.codes : kind === "genus cluster" ? clustering && clustering.genus : kind === "species cluster" ? clustering && clustering.species : null;
    if (codes) {
      const names = rank ? code => rank.names[code] : code => `cluster ${code}`;
      const fixed = rank === unit && unit ? new Map(data.colors.map((at, code) => [code, at]).filter(([, at]) => at >= 0)) : new Map(ranked(codes).slice(0, palette.length).map((code, at) => [code, at]));
      if (rank === unit && unit && state.picked.length) ranked(codes).filter(code => !fixed.has(code)).slice(0, 20).forEach((code, at) => fixed.set(code, at % palette.length));
      for (let i = 0; i < N; i++) { const at = fixed.get(codes[i]); map.colors[i] = at === undefined ? grey : palette[at]; }
      if (rank) legend = [...fixed].sort((a, b) => a[1] - b[1]).map(([code, at]) => [names(code), data.palette[at], () => pickName(rank, code)]);
      else legend = [["each cluster of a map has one of 20 colours; the largest come first, all others are grey", "", null]];
    } else if (kind === "part" && parts) {
      for (let i = 0; i < N; i++) map.colors[i] = rgb(parts[i] ? "#d55e00" : "#56b4e9");
      legend = [["training photos", "#56b4e9", () => pick(rowsWhere(i => !parts[i]), "Training photos")], ["test photos", "#d55e00", () => pick(rowsWhere(i => parts[i]), "Test photos")]];
    } else if (kind === "right" && graph && unit) {
      for (let i = 0; i < N; i++) { const j = graph.nearest[i]; map.colors[i] = j < 0 || unit.codes[i] < 0 || unit.codes[j] < 0 ? grey : rgb(unit.codes[i] === unit.codes[j] ? "#56b4e9" : "#d55e00"); }
      legend = [[`nearest photo of another group is of the same ${unit.rank}`, "#56b4e9", null], [`of another ${unit.rank}`, "#d55e00", null], ["not asked", data.grey, null]];
    } else map.colors.fill(rgb("#56b4e9"));
    map.redraw();
  }
  const others = rank && rank.names.length > legend.length ? rank.names.length - legend.length : 0;
  element("legend").replaceChildren(...legend.slice(0, 24).map(([words, color, action]) => {
    const node = action ? button("", action) : make("span", "", "key"), swatch = make("span", "", "swatch");
    if (color) { swatch.style.background = color; node.append(swatch); }
    node.append(words);
    if (action && state.name === words) node.setAttribute("aria-pressed", "true");
    return node;
  }), ...(others ? [make("span", `${count(others, "other name")} in grey until picked`, "key")] : []));
}

// ---- the maps ----
function tip(i, event) {
  const box = element("tip");
  box.hidden = i < 0;
  mark(i < 0 ? state.photo : i);
  if (i < 0) return;
  const words = make("div");
  for (const rank of ranks) words.append(make("div", nameOf(rank, i), rank.rank));
  words.append(make("small", data.ids[i]));
  box.replaceChildren(thumb(i, 96), words);
  const width = box.offsetWidth, height = box.offsetHeight;
  box.style.left = `${Math.max(4, event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16)}px`;
  box.style.top = `${Math.max(4, event.clientY + 16 + height > innerHeight ? event.clientY - 16 - height : event.clientY + 16)}px`;
}
function startMaps() {
  document.querySelectorAll(".map").forEach((figure, at) => {
    const map = new Scatter(figure, numbers(data.maps[at].xy), {
      hover: tip, pick: i => { state.map = at; showPhoto(i); }, moved: () => moved(at),
      lasso: rows => { state.map = at; pick(rows, "Drawn around"); },
    });
    map.graph = data.maps[at].graph;
    map.clustering = data.maps[at].clusters;
    maps.push(map);
    for (const node of figure.querySelectorAll("[data-zoom]")) {
      node.addEventListener("click", () => { ({in: () => map.zoom(1.6), out: () => map.zoom(1 / 1.6), whole: () => map.whole()})[node.dataset.zoom](); moved(at); });
    }
  });
  const colors = [...ranks.map(r => [r.rank, r.rank]), ...(clusterings.length ? [["genus cluster", "genus cluster"], ["species cluster", "species cluster"]] : []),
                  ...(parts ? [["part", "test or training"]] : []), ...(unit && graphs.length ? [["right", "right or wrong"]] : [])];
  options(element("color"), colors.length ? colors : [["none", "one colour"]]);
  element("color").addEventListener("change", event => { state.color = event.target.value; recolor(); writeAddress(); });
  element("lasso").addEventListener("click", () => {
    const on = element("lasso").getAttribute("aria-pressed") !== "true";
    element("lasso").setAttribute("aria-pressed", on);
    for (const map of maps) { map.lassoing = on; map.overlay.classList.toggle("drawing", on); }
  });
  element("density").addEventListener("change", event => { for (const map of maps) { map.density = event.target.checked; map.redraw(); } });
  element("zoom-picked").addEventListener("click", () => { for (const map of maps) map.lookAt(state.picked.length ? state.picked : state.photo >= 0 ? [state.photo] : []); });
  element("clear").addEventListener("click", clear);
  search();
  state.color = element("color").value;
}
function clear() {
  element("search").value = "";
  state.photo = state.map = -1;
  element("photo").hidden = true;
  for (const map of maps) map.view = {x: 0.5, y: 0.5, scale: 1};
  pick([]);
  element("tip").hidden = true;
}

// ---- a place in the address, so that it can be sent ----
let writing = false, waiting = 0;
function moved(at) { // a map was moved: the address follows when it rests
  state.map = at;
  clearTimeout(waiting);
  waiting = setTimeout(writeAddress, 300);
}
function writeAddress() {
  const place = new URLSearchParams();
  if (state.name) { place.set("rank", state.rank); place.set("name", state.name); }
  if (state.color && state.color !== (unit ? unit.rank : "")) place.set("color", state.color);
  if (state.photo >= 0) place.set("photo", data.ids[state.photo]);
  if (state.map >= 0) {
    const {method, level} = data.maps[state.map], {x, y, scale} = maps[state.map].view;
    place.set("method", method);
    place.set("level", level);
    if (scale > 1) place.set("at", [x, y, scale].map(value => value.toFixed(3)).join(","));
  }
  writing = true;
  try { history.replaceState(null, "", place.size ? `#${place}` : location.hash.includes("=") ? "#maps" : location.hash || "#"); } catch { /* inside a notebook there is no address */ }
  writing = false;
}
function readAddress() {
  if (writing || !location.hash.includes("=")) return;
  const place = new URLSearchParams(location.hash.slice(1));
  const rank = ranks.find(r => r.rank === (place.get("rank") || (place.has("family") ? "family" : ""))), wanted = place.get("name") || place.get("family");
  if ([...element("color").options].some(o => o.value === place.get("color"))) element("color").value = state.color = place.get("color");
  state.map = data.maps.findIndex(map => map.method === place.get("method") && (!place.has("level") || map.level === place.get("level")));
  const [x, y, scale] = (place.get("at") || "").split(",").map(Number);
  if (state.map >= 0 && [x, y, scale].every(Number.isFinite) && scale >= 1 && scale <= 200) { maps[state.map].view = {x, y, scale}; maps[state.map].redraw(); }
  const code = rank ? rank.names.indexOf(wanted) : -1, photo = data.ids.indexOf(place.get("photo"));
  if (code >= 0) pickName(rank, code, false); else recolor();
  if (photo >= 0) showPhoto(photo, false);
  const seen = state.map >= 0 ? document.querySelectorAll(".map")[state.map] : element("maps");
  if (code >= 0 || photo >= 0 || state.map >= 0) requestAnimationFrame(() => seen.scrollIntoView({behavior: "instant"})); // after the drawer has made its room
}

function start() {
  startMaps();
  if (typeof startEvidence === "function") startEvidence(); // a notebook shows the maps alone
  element("close").addEventListener("click", clear);
  element("tray-copy").addEventListener("click", () => copy(idsAsCsv(state.picked), state.picked.length, element("tray-output")));
  element("address").addEventListener("click", async () => {
    writeAddress();
    try { await navigator.clipboard.writeText(location.href); element("address").textContent = "Address copied"; } catch { element("address").textContent = "It stands in the address bar"; }
    setTimeout(() => { element("address").textContent = "Copy the address"; }, 2000);
  });
  document.addEventListener("keydown", event => { if (event.key === "Escape") clear(); });
  addEventListener("hashchange", readAddress);
  recolor();
  readAddress();
  window.report = {maps, state, pick, showPhoto};
  document.body.dataset.ready = "yes";
}
