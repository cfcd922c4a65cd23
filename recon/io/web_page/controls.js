// Mouse, fingers and keys.

function control(canvas, orbit, changed, pick) {
  const pointers = new Map();
  const moved = (act) => {
    act();
    document.documentElement.dataset.touched = "";
    changed();
  };
  const middle = () => {
    const all = [...pointers.values()];
    const x = all.reduce((sum, each) => sum + each.x, 0) / all.length, y = all.reduce((sum, each) => sum + each.y, 0) / all.length;
    return { x, y, spread: all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0 };
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (event) => pointers.delete(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = middle();
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = middle(), height = canvas.clientHeight;
    const right = (after.x - before.x) / height, down = (after.y - before.y) / height;
    const isPan = pointers.size > 1 || event.shiftKey || event.buttons & 6;
    moved(() => {
      if (isPan) orbit.pan(right, -down);
      else orbit.turn(Math.PI * right, Math.PI * down);
      if (before.spread && after.spread) orbit.approach(before.spread / after.spread);
    });
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 * event.deltaY : event.deltaY;
    moved(() => orbit.approach(Math.exp(Math.max(-1, Math.min(1, 0.0015 * lines)))));
  }, { passive: false });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", (event) => {
    const box = canvas.getBoundingClientRect();
    const found = pick((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    if (found) moved(() => orbit.look({ eye: orbit.eye, target: found }));
  });

  const home = () => moved(() => orbit.home());
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  const keys = {
    ArrowLeft: () => orbit.turn(-0.08, 0), ArrowRight: () => orbit.turn(0.08, 0),
    ArrowUp: () => orbit.turn(0, 0.08), ArrowDown: () => orbit.turn(0, -0.08),
    "+": () => orbit.approach(0.9), "=": () => orbit.approach(0.9), "-": () => orbit.approach(1.1),
    h: () => orbit.home(),
  };
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "f") full();
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    moved(act);
  });
  document.getElementById("home").addEventListener("click", home);
  const button = document.getElementById("full");
  if (document.fullscreenEnabled) button.addEventListener("click", full);
  else button.remove();
}
