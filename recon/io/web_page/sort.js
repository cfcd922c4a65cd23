// From back to front, in a thread of its own; where none can be had, between two pictures.

function sorter() {
  let means, count, depths, places, counts;

  function take(given) {
    means = given;
    count = means.length / 3;
    depths = new Float32Array(count);
    places = new Uint16Array(count);
    counts = new Uint32Array(65537);
  }

  // Splats before the camera, the farthest first, by sixteen bits of depth. `row` gives the depth of a point.
  function sorted(row) {
    const [x, y, z, w] = row;
    let near = Infinity, far = 0, seen = 0;
    for (let i = 0, j = 0; i < count; i++, j += 3) {
      const depth = x * means[j] + y * means[j + 1] + z * means[j + 2] + w;
      depths[i] = depth;
      if (depth < 0.01) continue;
      seen++;
      if (depth < near) near = depth;
      if (depth > far) far = depth;
    }
    const order = new Uint32Array(seen);
    // In logarithms near splats are told apart as well as far ones are.
    const first = Math.log(near), scale = far > near ? 65535 / (Math.log(far) - first) : 0;
    counts.fill(0);
    for (let i = 0; i < count; i++) {
      if (depths[i] < 0.01) continue;
      places[i] = 65535 - Math.floor((Math.log(depths[i]) - first) * scale);
      counts[places[i] + 1]++;
    }
    for (let i = 0; i < 65536; i++) counts[i + 1] += counts[i];
    for (let i = 0; i < count; i++) if (depths[i] >= 0.01) order[counts[places[i]]++] = i;
    return order;
  }
  return { take, sorted };
}

function startSorting(means, receive) {
  let waiting = null, busy = false, ask;
  const done = (order) => {
    receive(order);
    busy = false;
    if (waiting) send(waiting);
  };
  const send = (row) => {
    busy = true;
    waiting = null;
    ask(row);
  };
  try {
    const source = `const { take, sorted } = (${sorter})();
      onmessage = ({ data }) => {
        if (data.means) return take(data.means);
        const order = sorted(data.row);
        postMessage(order, [order.buffer]);
      };`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => done(data);
    worker.postMessage({ means });
    ask = (row) => worker.postMessage({ row });
  } catch {
    const { take, sorted } = sorter();
    take(means);
    ask = (row) => setTimeout(() => done(sorted(row)));
  }
  // Only the newest question counts.
  return (row) => (busy ? (waiting = row) : send(row));
}
