// One map of points on a canvas: drawn pixel by pixel in memory, so that it needs no graphics card; pan, zoom, pick, lasso.

class Scatter {
  // xy: Uint16Array (2 N), 65535 for a photo that is not in the map; listener: hover(i), pick(i), lasso(indices), moved()
  constructor(holder, xy, listener) {
    this.xy = xy;
    this.n = xy.length / 2;
    this.listener = listener;
    this.order = Scatter.shuffled(this.n);
    this.view = {x: 0.5, y: 0.5, scale: 1}; // the middle of what is seen, in parts of the map; how much larger than whole
    this.colors = new Uint32Array(this.n); // 0xBBGGRR
    this.lit = null; // Uint8Array (N,), 1: picked; null: nothing is picked
    this.density = false;
    this.lassoing = false;
    this.marked = -1;
    this.canvas = holder.querySelector("canvas.points");
    this.overlay = holder.querySelector("canvas.overlay");
    this.context = this.canvas.getContext("2d", {alpha: false});
    this.pen = this.overlay.getContext("2d");
    this.frames = 0;
    this.listen();
    new ResizeObserver(() => this.resize()).observe(holder);
    this.resize();
  }

  static shuffled(n) { // a fixed order, so that no class always covers another
    const order = Uint32Array.from({length: n}, (_, i) => i);
    let state = 42;
    for (let i = n - 1; i > 0; i--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const j = Math.floor(state / 4294967296 * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  static disc(radius) { // offsets and opacities (0 to 256) of a disc with a soft edge
    const reach = Math.ceil(radius), spots = [];
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        const opacity = Math.round(256 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy))));
        if (opacity) spots.push([dx, dy, opacity]);
      }
    }
    return {dx: Int16Array.from(spots, s => s[0]), dy: Int16Array.from(spots, s => s[1]), a: Int32Array.from(spots, s => s[2])};
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = Math.round(box.width * this.ratio);
    this.height = Math.round(box.height * this.ratio);
    for (const canvas of [this.canvas, this.overlay]) [canvas.width, canvas.height] = [this.width, this.height];
    this.image = this.context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.redraw();
  }

  transform() { // pixel = offset + scale * coordinate
    const margin = 12 * this.ratio, side = Math.min(this.width, this.height) - 2 * margin;
    const stretch = [Math.min((this.width - 2 * margin) / side, 1.6), Math.min((this.height - 2 * margin) / side, 1.6)];
    const scale = [side * stretch[0] * this.view.scale / 65534, side * stretch[1] * this.view.scale / 65534];
    return {sx: scale[0], sy: -scale[1], ox: this.width / 2 - scale[0] * this.view.x * 65534,
            oy: this.height / 2 + scale[1] * this.view.y * 65534};
  }

  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.paint(); });
  }

  paint() {
    if (!this.image) return;
    this.frames++;
    if (this.density) this.paintDensity(); else this.paintPoints();
    this.context.putImageData(this.image, 0, 0);
    this.paintOverlay();
  }

  paintPoints() {
    const size = (this.n > 20000 ? 1.2 : this.n > 3000 ? 1.8 : 3) * Math.sqrt(Math.min(this.view.scale, 4)) * this.ratio;
    this.pixels.fill(0xFFFFFFFF);
    if (!this.lit) return this.splat(Scatter.disc(size), -1, 0.85);
    this.splat(Scatter.disc(size * 0.8), 0, 0.3);
    this.splat(Scatter.disc(Math.max(size, 2 * this.ratio)), 1, 1);
  }

  splat(disc, lit, strength) { // lit: -1 all points, 0 or 1 those that are not or are picked
    const {sx, sy, ox, oy} = this.transform(), {pixels, width, height, xy, order, colors} = this;
    const reach = Math.max(...disc.dx), opacity = disc.a.map(a => Math.round(a * strength)), spots = opacity.length;
    const jump = Int32Array.from(disc.dx, (dx, s) => dx + disc.dy[s] * width);
    for (let o = 0; o < order.length; o++) {
      const i = order[o];
      if (xy[2 * i] === 65535 || (lit >= 0 && this.lit[i] !== lit)) continue;
      const x = Math.round(ox + sx * xy[2 * i]), y = Math.round(oy + sy * xy[2 * i + 1]);
      if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
      const color = lit === 0 ? 0xB5B5B5 : colors[i], r = color & 255, g = color >> 8 & 255, b = color >> 16 & 255;
      for (let s = 0, at = x + y * width; s < spots; s++) {
        const p = at + jump[s], under = pixels[p], a = opacity[s], ur = under & 255, ug = under >> 8 & 255, ub = under >> 16 & 255;
        pixels[p] = 0xFF000000 | ub + ((b - ub) * a >> 8) << 16 | ug + ((g - ug) * a >> 8) << 8 | ur + ((r - ur) * a >> 8);
      }
    }
  }

  paintDensity() { // how many points lie on each spot, dark where there are many
    const {sx, sy, ox, oy} = this.transform(), {width, height, xy} = this, cell = Math.max(2, Math.round(3 * this.ratio));
    const across = Math.ceil(width / cell), down = Math.ceil(height / cell), counts = new Float32Array(across * down);
    for (let i = 0; i < this.n; i++) {
      if (xy[2 * i] === 65535 || (this.lit && !this.lit[i])) continue;
      const x = Math.floor((ox + sx * xy[2 * i]) / cell), y = Math.floor((oy + sy * xy[2 * i + 1]) / cell);
      if (x < 0 || y < 0 || x >= across || y >= down) continue;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (x + dx < 0 || x + dx >= across || y + dy < 0 || y + dy >= down) continue;
          counts[x + dx + (y + dy) * across] += (2 - Math.abs(dx)) * (2 - Math.abs(dy)) / 16;
        }
      }
    }
    const top = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
    const shade = Uint32Array.from(counts, count => {
      const t = Math.log1p(count) / top, mix = (from, to) => Math.round(from + (to - from) * t);
      return 0xFF000000 | mix(255, 96) << 16 | mix(255, 40) << 8 | mix(255, 8);
    });
    for (let y = 0; y < height; y++) {
      for (let x = 0, row = Math.floor(y / cell) * across; x < width; x++) this.pixels[x + y * width] = shade[row + Math.floor(x / cell)];
    }
  }

  paintOverlay() {
    const pen = this.pen, ratio = this.ratio;
    pen.clearRect(0, 0, this.width, this.height);
    if (this.marked >= 0 && this.xy[2 * this.marked] !== 65535) {
      const [x, y] = this.place(this.marked);
      for (const [width, color] of [[5, "#ffffff"], [2.2, "#000000"]]) {
        pen.beginPath();
        pen.arc(x, y, 8 * ratio, 0, 7);
        pen.lineWidth = width * ratio;
        pen.strokeStyle = color;
        pen.stroke();
      }
    }
    if (this.path && this.path.length > 1) {
      pen.beginPath();
      for (const [x, y] of this.path) pen.lineTo(x, y);
      pen.closePath();
      pen.fillStyle = "rgba(0, 85, 138, 0.12)";
      pen.strokeStyle = "#00558a";
      pen.lineWidth = 1.5 * ratio;
      pen.fill();
      pen.stroke();
    }
  }

  place(i) {
    const {sx, sy, ox, oy} = this.transform();
    return [ox + sx * this.xy[2 * i], oy + sy * this.xy[2 * i + 1]];
  }

  nearest(x, y, reach) { // the point nearest to a pixel, or -1
    const {sx, sy, ox, oy} = this.transform(), {xy} = this;
    let best = reach * reach, found = -1;
    for (let i = 0; i < this.n; i++) {
      if (xy[2 * i] === 65535) continue;
      const dx = ox + sx * xy[2 * i] - x, dy = oy + sy * xy[2 * i + 1] - y, squared = dx * dx + dy * dy;
      if (squared < best - (this.lit && this.lit[i] ? 4 : 0)) { best = squared; found = i; }
    }
    return found;
  }

  inside(path) { // the points within a closed line
    const corners = path.map(([x]) => x), rows = path.map(([, y]) => y), found = [];
    for (let i = 0; i < this.n; i++) {
      if (this.xy[2 * i] === 65535) continue;
      const [x, y] = this.place(i);
      let within = false;
      for (let a = 0, b = path.length - 1; a < path.length; b = a++) {
        if ((rows[a] > y) !== (rows[b] > y) && x < (corners[b] - corners[a]) * (y - rows[a]) / (rows[b] - rows[a]) + corners[a]) within = !within;
      }
      if (within) found.push(i);
    }
    return found;
  }

  mark(i) { this.marked = i; if (this.image) this.paintOverlay(); }

  zoom(factor, px = this.width / 2, py = this.height / 2) { // around a pixel, which stays where it is
    const scale = Math.min(Math.max(this.view.scale * factor, 1), 200), before = this.transform();
    const x = (px - before.ox) / before.sx, y = (py - before.oy) / before.sy;
    this.view.scale = scale;
    const now = this.transform();
    this.pan(px - (now.ox + now.sx * x), py - (now.oy + now.sy * y));
  }

  pan(dx, dy) {
    const {sx, sy} = this.transform();
    this.view.x = Math.min(Math.max(this.view.x - dx / sx / 65534, 0), 1);
    this.view.y = Math.min(Math.max(this.view.y - dy / sy / 65534, 0), 1);
    if (this.view.scale === 1) [this.view.x, this.view.y] = [0.5, 0.5];
    this.redraw();
  }

  whole() { this.view = {x: 0.5, y: 0.5, scale: 1}; this.redraw(); }

  lookAt(indices) { // zoom until some points fill the map
    const there = [...indices].filter(i => this.xy[2 * i] !== 65535);
    if (!there.length) return;
    const xs = there.map(i => this.xy[2 * i]).sort((a, b) => a - b), ys = there.map(i => this.xy[2 * i + 1]).sort((a, b) => a - b);
    const at = (values, share) => values[Math.floor(share * (values.length - 1))] / 65534;
    const spread = Math.max(at(xs, 0.95) - at(xs, 0.05), at(ys, 0.95) - at(ys, 0.05), 0.02);
    this.view = {x: (at(xs, 0.05) + at(xs, 0.95)) / 2, y: (at(ys, 0.05) + at(ys, 0.95)) / 2, scale: Math.min(Math.max(0.7 / spread, 1), 40)};
    this.redraw();
  }

  listen() {
    const target = this.overlay, spot = event => {
      const box = target.getBoundingClientRect();
      return [(event.clientX - box.left) * this.ratio, (event.clientY - box.top) * this.ratio];
    };
    let from = null, last = null;
    target.addEventListener("pointerdown", event => {
      if (event.button || (event.pointerType === "touch" && !event.isPrimary)) return;
      from = last = spot(event);
      this.path = this.lassoing || event.shiftKey ? [from] : null;
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointermove", event => {
      const here = spot(event);
      if (!from) { if (event.pointerType !== "touch") this.listener.hover(this.nearest(...here, 9 * this.ratio), event); return; }
      if (this.path) { this.path.push(here); this.paintOverlay(); } else { this.pan(here[0] - last[0], here[1] - last[1]); this.listener.moved(); }
      last = here;
    });
    target.addEventListener("pointerup", event => {
      if (!from) return;
      const here = spot(event), still = Math.hypot(here[0] - from[0], here[1] - from[1]) < 4 * this.ratio, path = this.path;
      from = this.path = null;
      if (path && path.length > 3 && !(still && path.length < 8)) this.listener.lasso(this.inside(path));
      else if (still) this.listener.pick(this.nearest(...here, (event.pointerType === "touch" ? 18 : 9) * this.ratio));
      this.paintOverlay();
    });
    target.addEventListener("pointercancel", () => { from = this.path = null; this.paintOverlay(); });
    target.addEventListener("pointerleave", () => this.listener.hover(-1));
    target.addEventListener("wheel", event => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), ...spot(event));
      this.listener.moved();
    }, {passive: false});
    target.addEventListener("dblclick", event => { this.zoom(2, ...spot(event)); this.listener.moved(); });
    target.addEventListener("keydown", event => {
      const step = 40 * this.ratio, does = {
        ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0), ArrowUp: () => this.pan(0, step),
        ArrowDown: () => this.pan(0, -step), "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5),
        0: () => this.whole(), Enter: () => this.listener.pick(this.nearest(this.width / 2, this.height / 2, Infinity)),
      }[event.key];
      if (does && !event.ctrlKey && !event.metaKey) { event.preventDefault(); does(); this.listener.moved(); }
    });
  }
}
