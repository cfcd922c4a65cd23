#version 300 es
// One quad a splat, as large as the splat is on the screen down to 1/255 of opacity.
precision highp float;
precision highp int;
precision highp usampler2D;

uniform usampler2D places;     // bits of x, y, z as float32; colour and opacity as bytes
uniform usampler2D shapes;     // logarithms of scales as bytes; rotation: which component is largest, then the others
uniform usampler2D harmonics;  // bytes, red green blue of each coefficient after the constant one
uniform int degree;            // of the harmonics, 0 to 3
uniform int texels;            // of harmonics a splat
uniform mat4 view;             // camera from world; the camera looks along -z
uniform mat4 projection;       // clip from camera
uniform vec2 viewport;         // pixels
uniform float focal;           // pixels
uniform vec3 eye;              // world
uniform bool antialiased;      // whether opacity makes up for the blur of a pixel

in uint splat;

out vec2 offset;  // from the centre, in standard deviations
out vec4 color;

const float C0 = 0.28209479177387814;
const float BLUR = 0.3;
const vec2 CORNERS[4] = vec2[](vec2(-1, -1), vec2(1, -1), vec2(-1, 1), vec2(1, 1));

uvec4 fetch(usampler2D table, int index) {
  int width = textureSize(table, 0).x;
  return texelFetch(table, ivec2(index % width, index / width), 0);
}

vec4 bytes(uint word) {
  return vec4(float(word & 255u), float((word >> 8) & 255u), float((word >> 16) & 255u), float(word >> 24));
}

// Rotation matrix of a quaternion x, y, z, w whose largest component was left out.
mat3 rotation(uint word) {
  uint largest = word >> 30;
  float q[4];
  float rest = 1.0;
  uint shift = 30u;
  for (uint i = 0u; i < 4u; i++) {
    if (i == largest) continue;
    shift -= 10u;
    uint field = (word >> shift) & 1023u;
    float size = float(field & 511u) / 511.0 * sqrt(0.5);
    q[i] = field > 511u ? -size : size;
    rest -= size * size;
  }
  q[largest] = sqrt(max(rest, 0.0));
  float x = q[0], y = q[1], z = q[2], w = q[3];
  return mat3(
    1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y),
    2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x),
    2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y));
}

float coefficient(int first, int index) {
  uint word = fetch(harmonics, first + index / 16)[(index / 4) % 4];
  return (float((word >> uint(8 * (index % 4))) & 255u) - 128.0) / 128.0;
}

vec3 coefficients(int first, int index) {
  return vec3(coefficient(first, 3 * index), coefficient(first, 3 * index + 1), coefficient(first, 3 * index + 2));
}

// What the harmonics of degree 1 to 3 add to the colour, seen along a unit direction.
vec3 dependent(int index, vec3 d) {
  int first = index * texels;
  float x = d.x, y = d.y, z = d.z, xx = x * x, yy = y * y, zz = z * z;
  vec3 sum = 0.4886025119029199
    * (-y * coefficients(first, 0) + z * coefficients(first, 1) - x * coefficients(first, 2));
  if (degree < 2) return sum;
  sum += 1.0925484305920792 * x * y * coefficients(first, 3) - 1.0925484305920792 * y * z * coefficients(first, 4)
    + 0.31539156525252005 * (2.0 * zz - xx - yy) * coefficients(first, 5)
    - 1.0925484305920792 * x * z * coefficients(first, 6) + 0.5462742152960396 * (xx - yy) * coefficients(first, 7);
  if (degree < 3) return sum;
  return sum - 0.5900435899266435 * y * (3.0 * xx - yy) * coefficients(first, 8)
    + 2.890611442640554 * x * y * z * coefficients(first, 9)
    - 0.4570457994644658 * y * (4.0 * zz - xx - yy) * coefficients(first, 10)
    + 0.3731763325901154 * z * (2.0 * zz - 3.0 * xx - 3.0 * yy) * coefficients(first, 11)
    - 0.4570457994644658 * x * (4.0 * zz - xx - yy) * coefficients(first, 12)
    + 1.445305721320277 * z * (xx - yy) * coefficients(first, 13)
    - 0.5900435899266435 * x * (xx - 3.0 * yy) * coefficients(first, 14);
}

void main() {
  gl_Position = vec4(0, 0, 2, 1);  // nowhere, until it is known to be seen
  int index = int(splat);
  uvec4 place = fetch(places, index);
  uvec2 shape = fetch(shapes, index).xy;
  vec3 world = uintBitsToFloat(place.xyz);
  vec3 at = (view * vec4(world, 1)).xyz;
  float depth = -at.z;
  if (depth < 0.01) return;

  // The covariance on the screen, by the first derivative of the projection (Zwicker 2001).
  mat3 axes = mat3(view) * rotation(shape.y);
  vec3 scale = exp(bytes(shape.x).xyz / 16.0 - 10.0);
  mat3 spread = mat3(axes[0] * scale.x, axes[1] * scale.y, axes[2] * scale.z);
  vec2 limit = 1.3 * 0.5 * viewport / focal;
  vec2 slope = clamp(at.xy / depth, -limit, limit);
  mat3 rows = transpose(spread);
  vec3 u = focal / depth * (rows * vec3(1, 0, slope.x));
  vec3 v = focal / depth * (rows * vec3(0, 1, slope.y));
  float a = dot(u, u), b = dot(u, v), c = dot(v, v);
  float sharp = a * c - b * b;
  a += BLUR;
  c += BLUR;
  float blurred = a * c - b * b;

  vec4 stored = bytes(place.w);
  float opacity = stored.a / 255.0;
  if (antialiased) opacity *= sqrt(max(sharp / blurred, 0.0));
  if (opacity < 1.0 / 255.0) return;
  float reach = sqrt(2.0 * log(255.0 * opacity));
  float middle = 0.5 * (a + c), apart = length(vec2(0.5 * (a - c), b));
  float longer = middle + apart, shorter = max(middle - apart, 0.05);
  vec2 axis = apart < 1e-6 ? vec2(1, 0) : normalize(a > c ? vec2(longer - c, b) : vec2(b, longer - a));
  vec2 corner = CORNERS[gl_VertexID] * reach;
  vec2 pixels = corner.x * sqrt(longer) * axis + corner.y * sqrt(shorter) * vec2(-axis.y, axis.x);

  vec3 seen = 0.5 + C0 * (stored.rgb / 255.0 - 0.5) / 0.15;
  if (degree > 0) seen += dependent(index, normalize(world - eye));
  color = vec4(max(seen, 0.0), opacity);
  offset = corner;
  vec4 clip = projection * vec4(at, 1);
  gl_Position = vec4(clip.xy / clip.w + 2.0 * pixels / viewport, 0, 1);
}
