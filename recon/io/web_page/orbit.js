// Where the camera stands: around a point, y up.

const CLOSE_TO_POLE = 1.55;

class Orbit {
  constructor({ eye, target, fov }) {
    this.first = { eye, target, fov };
    this.home();
  }

  home() {
    this.look(this.first);
  }

  look({ eye, target, fov = this.fov }) {
    const [x, y, z] = eye.map((value, i) => value - target[i]);
    this.target = [...target];
    this.distance = Math.max(Math.hypot(x, y, z), 1e-6);
    this.yaw = Math.atan2(x, z);
    this.pitch = Math.asin(Math.max(-1, Math.min(1, y / this.distance)));
    this.fov = fov;
  }

  turn(right, up) {
    this.yaw -= right;
    this.pitch = Math.max(-CLOSE_TO_POLE, Math.min(CLOSE_TO_POLE, this.pitch + up));
  }

  approach(factor) {
    this.distance = Math.max(this.distance * factor, 1e-4);
  }

  // Moves everything along the picture, by parts of its height.
  pan(right, up) {
    const [x, y] = this.axes(), size = 2 * this.distance * Math.tan(this.fov / 2);
    for (let i = 0; i < 3; i++) this.target[i] -= size * (right * x[i] + up * y[i]);
  }

  // Unit vectors to the right, up and back, in the world.
  axes() {
    const { sin, cos } = Math, { yaw, pitch } = this;
    const back = [sin(yaw) * cos(pitch), sin(pitch), cos(yaw) * cos(pitch)];
    const right = [cos(yaw), 0, -sin(yaw)];
    return [right, cross(back, right), back];
  }

  get eye() {
    const back = this.axes()[2];
    return this.target.map((value, i) => value + this.distance * back[i]);
  }

  // Camera from world, by columns.
  get view() {
    const axes = this.axes(), eye = this.eye;
    const shift = axes.map((axis) => -dot(axis, eye));
    return [0, 1, 2].flatMap((column) => [...axes.map((axis) => axis[column]), 0]).concat(shift, 1);
  }
}

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
