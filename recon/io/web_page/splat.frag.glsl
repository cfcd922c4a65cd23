#version 300 es
// A Gaussian's share of the picture, colour already times opacity.
precision highp float;

in vec2 offset;
in vec4 color;

out vec4 result;

void main() {
  float alpha = min(color.a * exp(-0.5 * dot(offset, offset)), 0.999);
  if (alpha < 1.0 / 255.0) discard;
  result = vec4(color.rgb * alpha, alpha);
}
