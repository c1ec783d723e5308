// Families, clusters, doubtful labels and copies: from the numbers in the page to photos.

const PHONE = matchMedia("(max-width: 44rem)").matches, FIRST = PHONE ? 8 : 20; // what is shown before somebody asks for more

// ---- families: one sortable table ----
function bar(value) {
  const cell = make("td", "", "bar");
  if (value === null) { cell.textContent = "–"; cell.dataset.value = -1; return cell; }
  const fill = make("span", "", "fill"), meter = make("span", "", "meter");
  fill.style.width = `${100 * value}%`;
  meter.append(fill);
  cell.append(meter, make("span", share(value)));
  cell.dataset.value = value;
  return cell;
}
function number(value) { const cell = make("td", value === null ? "–" : value.toLocaleString("en"), "number"); cell.dataset.value = value === null ? -1 : value; return cell; }
function familyRow(row) {
  const line = make("tr"), name = make("th"), taken = make("td");
  name.scope = "row";
  name.append(button(unit.names[row.code], () => pickName(unit, row.code), "link"));
  name.dataset.value = unit.names[row.code];
  if (row.mark) name.append(" ", make("small", row.mark, row.mark.startsWith("hard") ? "hard" : "alone"));
  taken.dataset.value = row.taken_for < 0 ? "" : unit.names[row.taken_for];
  if (row.taken_for >= 0) taken.append(button(unit.names[row.taken_for], () => showPairs(bestGraph(), row.code, row.taken_for), "link"));
  line.append(name, number(row.n), ...row.known.map(number), ...row.clusters.map(number), taken, ...row.shares.map(bar));
  return line;
}
function startFamilies() {
  const table = element("family-table");
  if (!table || !unit) return;
  const body = table.tBodies[0];
  body.append(...data.families.map(familyRow));
  table.querySelectorAll("thead button").forEach((head, at) => head.addEventListener("click", () => {
    const cell = head.closest("th"), up = cell.getAttribute("aria-sort") === "descending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = line => line.children[at].dataset.value;
    const compare = (a, b) => isNaN(value(a)) || isNaN(value(b)) ? value(a).localeCompare(value(b)) : value(a) - value(b);
    body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * compare(a, b)));
  }));
  if (graphs.length) startMatrix();
}
function bestGraph() { return graphs[element("matrix-graph").value || 0]; }

// ---- who is taken for whom: a matrix on a canvas, and the same as a list ----
function confusions(graph) { // counts[given * F + taken], asked per given
  const F = unit.names.length, counts = new Uint32Array(F * F), asked = new Uint32Array(F);
  for (let i = 0; i < N; i++) {
    const j = graph.nearest[i];
    if (j < 0 || unit.codes[i] < 0 || unit.codes[j] < 0) continue;
    counts[unit.codes[i] * F + unit.codes[j]]++;
    asked[unit.codes[i]]++;
  }
  return {F, counts, asked};
}
function startMatrix() {
  const select = element("matrix-graph"), canvas = element("matrix"), words = element("matrix-words");
  options(select, graphs.map((graph, at) => [at, graph.title]));
  select.value = data.best_graph;
  let cell = 0, table = null, margin = 0;
  const spot = event => {
    const box = canvas.getBoundingClientRect(), scale = (margin + cell * table.F) / box.width;
    return [event.clientX - box.left, event.clientY - box.top].map(pixels => Math.floor((pixels * scale - margin) / cell));
  };
  const within = (given, taken) => given >= 0 && taken >= 0 && given < table.F && taken < table.F;
  const names = pen => { // beside the rows, and above the columns from bottom to top
    pen.font = `${Math.min(13, cell - 3)}px system-ui, sans-serif`;
    pen.fillStyle = getComputedStyle(canvas).color;
    pen.textBaseline = "middle";
    unit.names.forEach((name, at) => {
      const short = name.length > 17 ? name.slice(0, 16) + "…" : name;
      pen.textAlign = "right";
      pen.fillText(short, margin - 5, margin + (at + 0.5) * cell, margin - 6);
      pen.save();
      pen.translate(margin + (at + 0.5) * cell, margin - 5);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "left";
      pen.fillText(short, 0, 0, margin - 6);
      pen.restore();
    });
  };
  const draw = () => {
    table = confusions(bestGraph());
    cell = Math.max(3, Math.min(26, Math.floor(640 / table.F)));
    margin = cell >= 13 ? 116 : 0;
    const ratio = Math.min(window.devicePixelRatio || 1, 2), side = margin + cell * table.F, pen = canvas.getContext("2d");
    [canvas.width, canvas.height] = [side * ratio, side * ratio];
    canvas.style.maxWidth = canvas.parentElement.style.flexBasis = `${side}px`;
    canvas.classList.toggle("named", margin > 0 && table.F > 10);
    pen.scale(ratio, ratio);
    if (margin) names(pen);
    pen.fillStyle = "#f6f6f3";
    pen.fillRect(margin, margin, cell * table.F, cell * table.F);
    for (let given = 0; given < table.F; given++) {
      for (let taken = 0; taken < table.F; taken++) {
        const part = table.counts[given * table.F + taken] / (table.asked[given] || 1);
        if (!part) continue;
        pen.fillStyle = given === taken ? `rgba(0, 85, 138, ${0.12 + 0.88 * part})` : `rgba(196, 74, 0, ${0.2 + 0.8 * Math.min(1, 1.6 * part)})`;
        pen.fillRect(margin + taken * cell + 0.5, margin + given * cell + 0.5, cell - 1, cell - 1);
      }
    }
    const wrong = [];
    table.counts.forEach((n, at) => { const given = Math.floor(at / table.F), taken = at % table.F; if (n && given !== taken) wrong.push([given, taken, n]); });
    wrong.sort((a, b) => b[2] - a[2] || a[0] - b[0]);
    element("confusions").replaceChildren(...wrong.slice(0, 12).map(([given, taken, n]) => {
      const item = make("li");
      item.append(button(`${iso(unit.names[given])} → ${iso(unit.names[taken])}`, () => showPairs(bestGraph(), given, taken), "link"), ` ${n} of ${table.asked[given]}`);
      return item;
    }));
    if (!wrong.length) element("confusions").append(make("li", "Nobody is taken for anybody else."));
  };
  select.addEventListener("change", draw);
  canvas.addEventListener("pointermove", event => {
    const [taken, given] = spot(event);
    if (within(given, taken)) words.textContent = `${iso(unit.names[given])} beside ${iso(unit.names[taken])}: ${table.counts[given * table.F + taken]} of ${table.asked[given]} photos`;
  });
  canvas.addEventListener("click", event => { const [taken, given] = spot(event); if (within(given, taken) && table.counts[given * table.F + taken]) showPairs(bestGraph(), given, taken); });
  draw();
}
function showPairs(graph, given, taken) {
  const rows = rowsWhere(i => unit.codes[i] === given && graph.nearest[i] >= 0 && unit.codes[graph.nearest[i]] === taken);
  pick(rows, given === taken ? `${iso(unit.names[given])}, nearest photo of the same ${unit.rank}` : `${iso(unit.names[given])} taken for ${iso(unit.names[taken])}`);
  const box = element("pairs"), shown = rows.slice(0, 24);
  box.replaceChildren(make("h3", `${iso(unit.names[given])} → ${iso(unit.names[taken])}: ${count(rows.length, "photo")}, ${graph.title}`), ...shown.map(i => {
    const pair = make("div", "", "pair");
    pair.append(photoButton(i, 96, finest(i)), make("span", "→", "arrow"), photoButton(graph.nearest[i], 96, finest(graph.nearest[i])));
    return pair;
  }));
  if (rows.length > shown.length) box.append(make("p", `${rows.length - shown.length} more are in the tray.`));
  box.scrollIntoView({block: "nearest"});
}

// ---- clusters as contact sheets ----
function startClusters() {
  if (!clusterings.length) return;
  const method = element("cluster-method"), family = element("cluster-family");
  options(method, clusterings.map((c, at) => [at, c.title]));
  method.value = data.best_clustering;
  const byName = unit ? unit.names.map((name, code) => [code, name]) : [[-2, "all photos"]];
  options(family, byName.map(([code, name]) => [code, unit ? `${iso(name)} (${data.family_sizes[code]})` : name]));
  if (unit) family.value = data.family_sizes.indexOf(Math.max(...data.family_sizes));
  for (const select of [method, family]) select.addEventListener("change", () => showClusters(PHONE ? 4 : 12));
  showClusters(PHONE ? 4 : 12);
}
function grouped(rows, codes) {
  const members = new Map();
  for (const i of rows) { if (codes[i] < 0) continue; if (!members.has(codes[i])) members.set(codes[i], []); members.get(codes[i]).push(i); }
  return [...members].sort((a, b) => b[1].length - a[1].length || a[0] - b[0]);
}
function ofWhat(rows) { // the truth inside a cluster, by the finest rank that is known
  const rank = ranks[ranks.length - 1], names = new Map();
  if (ranks.length < 2) return "";
  for (const i of rows) names.set(nameOf(rank, i), (names.get(nameOf(rank, i)) || 0) + 1);
  const sorted = [...names].sort((a, b) => b[1] - a[1]);
  return sorted.slice(0, 3).map(([name, n]) => `${iso(name)} ${n}`).join(", ") + (sorted.length > 3 ? ` and ${count(sorted.length - 3, "other")}` : "");
}
function showClusters(most) {
  const clustering = clusterings[element("cluster-method").value], code = Number(element("cluster-family").value);
  const rows = rowsWhere(i => code === -2 || unit.codes[i] === code), genera = grouped(rows, clustering.genus), box = element("cluster-sheets");
  const agreement = clustering.agreement[code] || {}, words = Object.entries(agreement).map(([rank, [ami, n, names]]) => `${rank}: ${ami.toFixed(2)} (${names} names, ${n} photos)`);
  element("cluster-words").textContent = `${count(rows.length, "photo")} in ${count(genera.length, "genus cluster")} and ${count(new Set(rows.map(i => clustering.species[i])).size, "species cluster")}. ` +
    (words.length ? `Agreement with the truth, 0 is chance and 1 is all: ${words.join("; ")}.` : "The truth inside is not known, or only one name is.");
  box.replaceChildren(...genera.slice(0, most).map(([number, members]) => sheet(clustering, number, members)));
  if (genera.length > most) box.append(button(`Showing ${most} of ${genera.length} genus clusters: show more`, () => showClusters(most + 12)));
}
function sorted(rows, similarity) { return similarity ? [...rows].sort((a, b) => similarity[b] - similarity[a]) : rows; }
function strip(label, rows, size) {
  const row = make("div", "", "strip");
  row.append(make("span", label, "label"), ...rows.map(i => photoButton(i, size)));
  return row;
}
function sheet(clustering, number, members) {
  const article = make("article", "", "sheet"), head = make("h3", `Genus cluster ${number}: ${count(members.length, "photo")} `), inOrder = sorted(members, clustering.genus_similarity);
  head.append(button("light in the maps", () => { pick(members, `Genus cluster ${number}, ${clustering.title}`); }, "small"));
  article.append(head);
  const truth = ofWhat(members), odd = inOrder.slice(6).slice(-3).reverse();
  if (truth) article.append(make("p", truth, "truth"));
  article.append(strip("central", inOrder.slice(0, 6), 76));
  if (odd.length) article.append(strip("odd", odd, 76));
  const species = grouped(members, clustering.species);
  if (species.length > 1) {
    const more = make("details"), title = make("summary", `${species.length} species clusters`);
    more.append(title);
    more.addEventListener("toggle", () => {
      if (!more.open || more.children.length > 1) return;
      for (const [at, part] of species) {
        const row = strip(`${at}: ${part.length}`, sorted(part, clustering.species_similarity).slice(0, 6), 52);
        row.append(button("light", () => pick(part, `Species cluster ${at}, ${clustering.title}`), "small"), make("small", ofWhat(part)));
        more.append(row);
      }
    });
    article.append(more);
  }
  return article;
}

// ---- doubtful labels and copies: a box to tick, and a CSV ----
const ticked = {errors: new Map(), copies: new Map()};
function tick(kind, key, row, words) {
  const label = make("label", "", "tick"), box = make("input");
  box.type = "checkbox";
  box.checked = ticked[kind].has(key);
  box.addEventListener("change", () => {
    if (box.checked) ticked[kind].set(key, row); else ticked[kind].delete(key);
    element(`${kind}-count`).textContent = `${ticked[kind].size} ticked`;
  });
  label.append(box, " ", make("span", words));
  return label;
}
function errorCard(rank, [i, suggested, doubt, agree, asked]) {
  const card = make("article", "", "card"), graph = graphs[data.best_graph], seen = [];
  const given = nameOf(rank, i), other = rank.names[suggested], words = make("div", "", "words");
  card.append(photoButton(i, 112));
  words.append(tick("errors", `${rank.rank} ${i}`, [data.ids[i], rank.rank, given, other, doubt.toFixed(3)], "looks wrong"),
               make("p", `${iso(given)} → ${iso(other)}?`, "names"), make("small", `doubt ${doubt.toFixed(2)} · ${agree} of ${count(asked, "embedding")} ${agree === 1 ? "says" : "say"} so`));
  if (graph) for (let k = 0; k < graph.k && seen.length < 4; k++) { const j = graph.neighbours[i * graph.k + k]; if (j >= 0) seen.push(j); }
  if (seen.length) { const row = make("div", "", "strip"); row.append(...seen.map(j => photoButton(j, 44))); words.append(row); }
  card.append(words);
  return card;
}
function showErrors(most) {
  const at = element("error-rank").value || 0, {rank: name, rows} = data.errors[at] || {rows: []}, rank = ranks.find(r => r.rank === name), box = element("error-cards");
  box.replaceChildren(...rows.slice(0, most).map(row => errorCard(rank, row)));
  if (!rows.length) box.append(make("p", "No photo has neighbours that agree on another name."));
  if (rows.length > most) box.append(button(`Showing ${most} of ${rows.length}: show more`, () => showErrors(most + 20)));
}
function bestShare() { // of how many photos the nearest one has the same name, in the best network; 1 where nobody asked
  let best = data.families.some(row => row.shares.length) ? 0 : 1;
  for (let at = 0; at < (data.families[0]?.shares.length || 0); at++) {
    const rows = data.families.filter(row => row.shares[at] !== null), n = rows.reduce((sum, row) => sum + row.n, 0);
    best = Math.max(best, rows.reduce((sum, row) => sum + row.n * row.shares[at], 0) / (n || 1));
  }
  return best;
}
function startErrors() {
  if (!element("error-cards")) return;
  const right = bestShare(), weak = element("errors-weak");
  weak.hidden = right >= 0.5;
  if (!weak.hidden) weak.textContent = `Even in the best network the nearest photo has the right ${unit.rank} for only ${share(right)} of the photos: most of these are the networks' errors, not the labels'.`;
  options(element("error-rank"), data.errors.map((e, at) => [at, `${e.rank} (${e.rows.length})`]));
  element("error-rank").addEventListener("change", () => showErrors(FIRST));
  element("errors-copy").addEventListener("click", () => {
    const rows = [...ticked.errors.values()];
    copy(csv(rows, ["hash_id", "rank", "given", "suggested", "doubt"]), rows.length, element("errors-output"));
  });
  element("copies-copy").addEventListener("click", () => {
    const rows = [...ticked.copies.values()];
    copy(csv(rows, ["first", "second", "similarity"]), rows.length, element("copies-output"));
  });
  showErrors(FIRST);
  showCopies(FIRST);
}
function showCopies(most) {
  const box = element("copy-cards");
  box.replaceChildren(...data.copies.slice(0, most).map(([i, j, similarity, sameGroup, sameLabel]) => {
    const card = make("article", "", "card"), words = make("div", "", "words"), pair = make("div", "", "pair");
    pair.append(photoButton(i, 84, finest(i)), photoButton(j, 84, finest(j)));
    words.append(tick("copies", `${i} ${j}`, [data.ids[i], data.ids[j], similarity === null ? "" : similarity.toFixed(4)], "is a copy"),
                 make("small", [similarity === null ? "" : `cosine ${similarity.toFixed(3)}`, sameGroup ? "same group" : "", sameLabel ? "" : "names differ"].filter(Boolean).join(" · ")));
    card.append(pair, words);
    return card;
  }));
  if (!data.copies.length) box.append(make("p", data.copies_words));
  if (data.copies.length > most) box.append(button(`Showing ${most} of ${data.copies.length}: show more`, () => showCopies(most + 20)));
}

// ---- all scores: narrowed down by words ----
function startScores() {
  const box = element("score-filter");
  if (!box) return;
  const lines = [...element("all-scores").tBodies[0].rows].map(row => [row, row.textContent.toLowerCase()]);
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [row, text] of lines) { row.hidden = !words.every(word => text.includes(word)); shown += !row.hidden; }
    element("score-count").textContent = `${shown} of ${lines.length} rows`;
  });
}

function startEvidence() { startFamilies(); startClusters(); startErrors(); startScores(); }
