// Draws the splats of the page, and only when something has changed.

const MOST_PIXELS_A_POINT = 2;
const root = document.documentElement, canvas = document.getElementById("view");

function say(state, text) {
  root.dataset.state = state;
  document.getElementById("message").textContent = text;
}

const breath = () => new Promise((resume) => setTimeout(resume));

class Unsupported extends Error {}

function context() {
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" });
  if (!gl) throw new Unsupported("This page needs WebGL 2, which this browser or its graphics driver does not offer. A recent Chrome, Edge, Firefox or Safari shows it.");
  if (typeof DecompressionStream === "undefined") throw new Unsupported("This browser is too old to unpack the splats of this page. A recent Chrome, Edge, Firefox or Safari shows it.");
  return gl;
}

function program(gl) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX_SHADER], [gl.FRAGMENT_SHADER, FRAGMENT_SHADER]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(`The graphics driver refused the shaders of this page: ${gl.getProgramInfoLog(made)}`);
  return made;
}

function texture(gl, unit, words, width) {
  const [inner, format] = width === 4 ? [gl.RGBA32UI, gl.RGBA_INTEGER] : [gl.RG32UI, gl.RG_INTEGER];
  const rows = words.length / width / COLUMNS;
  if (rows > gl.getParameter(gl.MAX_TEXTURE_SIZE)) throw new Unsupported("These are more splats than the graphics card of this device can hold.");
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texImage2D(gl.TEXTURE_2D, 0, inner, COLUMNS, rows, 0, format, gl.UNSIGNED_INT, words);
}

class Painter {
  constructor(gl, splats) {
    const made = program(gl);
    this.gl = gl;
    this.drawn = 0;
    this.uniform = (name) => gl.getUniformLocation(made, name);
    gl.useProgram(made);
    [[splats.places, 4, "places"], [splats.shapes, 2, "shapes"], [splats.harmonics, 4, "harmonics"]].forEach(([words, width, name], unit) => {
      texture(gl, unit, words, width);
      gl.uniform1i(this.uniform(name), unit);
    });
    gl.uniform1i(this.uniform("degree"), splats.degree);
    gl.uniform1i(this.uniform("texels"), splats.texels);
    gl.uniform1i(this.uniform("antialiased"), splats.antialiased ? 1 : 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    const splat = gl.getAttribLocation(made, "splat");
    gl.enableVertexAttribArray(splat);
    gl.vertexAttribIPointer(splat, 1, gl.UNSIGNED_INT, 0, 0);
    gl.vertexAttribDivisor(splat, 1);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const ground = root.dataset.background === "white" ? 1 : 0;
    gl.clearColor(ground, ground, ground, 1);
  }

  order(indices) {
    this.gl.bufferData(this.gl.ARRAY_BUFFER, indices, this.gl.DYNAMIC_DRAW);
    this.drawn = indices.length;
  }

  paint(orbit) {
    const { gl } = this, { width, height } = canvas;
    const slope = 1 / Math.tan(orbit.fov / 2);
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniformMatrix4fv(this.uniform("view"), false, orbit.view);
    gl.uniformMatrix4fv(this.uniform("projection"), false, [slope * height / width, 0, 0, 0, 0, slope, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0]);
    gl.uniform2f(this.uniform("viewport"), width, height);
    gl.uniform1f(this.uniform("focal"), slope * height / 2);
    gl.uniform3fv(this.uniform("eye"), orbit.eye);
    if (this.drawn) gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.drawn);
  }
}

// The centre of the splat that a ray through the picture meets first, of those that can be seen well.
function picked(splats, orbit, across, down) {
  const [right, up, back] = orbit.axes(), eye = orbit.eye, tangent = Math.tan(orbit.fov / 2);
  const x = (2 * across - 1) * tangent * canvas.width / canvas.height, y = (1 - 2 * down) * tangent;
  const ray = back.map((value, i) => x * right[i] + y * up[i] - value), length = Math.hypot(...ray);
  let nearest = Infinity, found = null;
  for (let i = 0; i < splats.count; i++) {
    if (splats.opacities[i] < 64) continue;
    const point = [0, 1, 2].map((axis) => splats.means[3 * i + axis]), to = point.map((value, axis) => value - eye[axis]);
    const along = dot(to, ray) / length;
    const size = Math.exp(Math.max(splats.scales[3 * i], splats.scales[3 * i + 1], splats.scales[3 * i + 2]) / 16 - 10);
    const reach = Math.max(1.5 * size, 0.004 * along);
    if (along > 0.01 && along < nearest && dot(to, to) - along * along < reach * reach) [nearest, found] = [along, point];
  }
  return found;
}

async function run() {
  say("loading", "Loading …");
  const gl = context();
  const holder = document.getElementById("splats");
  const bytes = await bytesOf(holder.textContent, (part) => {
    document.getElementById("message").textContent = `Loading … ${Math.round(100 * part)} %`;
    return breath();
  });
  holder.remove();
  const splats = splatsOf(await unpacked(bytes));
  const painter = new Painter(gl, splats), orbit = new Orbit(START);
  let asked = false, lastRow = "", isSorted = false;

  const draw = () => {
    asked = false;
    const { view } = orbit, row = [-view[2], -view[6], -view[10], -view[14]];
    if (String(row) !== lastRow) {
      lastRow = String(row);
      isSorted = false;
      sort(row);
    }
    painter.paint(orbit);
  };
  const changed = () => {
    if (!asked) requestAnimationFrame(draw);
    asked = true;
  };
  const sort = startSorting(splats.means, (order) => {
    painter.order(order);
    isSorted = true;
    if (root.dataset.state === "loading") say("shown", "");
    changed();
  });
  const fit = () => {
    const density = Math.min(window.devicePixelRatio || 1, MOST_PIXELS_A_POINT);
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * density));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * density));
    changed();
  };
  new ResizeObserver(fit).observe(canvas);
  canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    say("failed", "The graphics driver gave up. Load the page again to go on.");
  });
  control(canvas, orbit, changed, (across, down) => picked(splats, orbit, across, down));
  // For pages and tests that steer the camera.
  window.triptych = {
    look(camera) {
      orbit.look(camera);
      changed();
    },
    get settled() {
      return isSorted && !asked;
    },
  };
  fit();
}

run().catch((error) => {
  say("failed", error instanceof Unsupported ? error.message : `The splats could not be shown: ${error.message}`);
});
