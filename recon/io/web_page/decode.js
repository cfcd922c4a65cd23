// The splats of the page: an SPZ file of version 3 as base64, unpacked into the words that the shaders read.

const COLUMNS = 2048; // of the tables that hold splats
const AT_ONCE = 1 << 20; // letters decoded between two looks at the clock

async function bytesOf(text, tell) {
  const bytes = new Uint8Array(text.length / 4 * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0));
  let at = 0;
  for (let start = 0; start < text.length; start += AT_ONCE) {
    const piece = atob(text.slice(start, start + AT_ONCE));
    for (let i = 0; i < piece.length; i++) bytes[at++] = piece.charCodeAt(i);
    await tell(start / text.length);
  }
  return bytes;
}

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Streams of an SPZ: positions, opacities, colours, scales, rotations, harmonics.
function splatsOf(bytes) {
  const head = new DataView(bytes.buffer, bytes.byteOffset, 16);
  if (head.getUint32(0, true) !== 0x5053474e || head.getUint32(4, true) !== 3) throw new Error("The splats of this page are damaged.");
  const count = head.getUint32(8, true), degree = head.getUint8(12), bits = head.getUint8(13);
  const coefficients = 3 * ((degree + 1) ** 2 - 1), texels = Math.ceil(coefficients / 16);
  let at = 16;
  const [positions, opacities, colors, scales, rotations, rest] = [9, 1, 3, 3, 4, coefficients].map(
    (width) => bytes.subarray(at, (at += width * count)));
  if (at > bytes.length) throw new Error("The splats of this page are cut short.");
  const means = new Float32Array(3 * count);
  const places = table(count, 4), shapes = table(count, 2), harmonics = table(Math.max(1, count * texels), 4);
  const placeBytes = new Uint8Array(places.buffer), shapeBytes = new Uint8Array(shapes.buffer);
  const placeFloats = new Float32Array(places.buffer), harmonicBytes = new Uint8Array(harmonics.buffer);
  const unit = 1 / 2 ** bits;
  for (let i = 0; i < count; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const j = 3 * i + axis, k = 3 * j;
      const step = ((positions[k] << 8) | (positions[k + 1] << 16) | (positions[k + 2] << 24)) >> 8;
      means[j] = placeFloats[4 * i + axis] = step * unit;
      placeBytes[16 * i + 12 + axis] = colors[j];
      shapeBytes[8 * i + axis] = scales[j];
    }
    placeBytes[16 * i + 15] = opacities[i];
    for (let k = 0; k < 4; k++) shapeBytes[8 * i + 4 + k] = rotations[4 * i + k];
    for (let k = 0; k < coefficients; k++) harmonicBytes[16 * texels * i + k] = rest[coefficients * i + k];
  }
  return { count, degree, texels, antialiased: (head.getUint8(14) & 1) === 1, means, places, shapes, harmonics, opacities, scales };
}

// Words of a table whose rows are whole, `width` words an entry.
function table(entries, width) {
  return new Uint32Array(Math.ceil(entries / COLUMNS) * COLUMNS * width);
}
