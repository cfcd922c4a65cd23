  // Colour between four texels, weighted by alpha, since the colour of an empty texel means nothing.
  // Where the picture has the viewport's size the weights are 1, 0, 0, 0 and the texel is taken as it is.
  ivec2 last = textureSize(splatColor, 0) - 1;
  vec2 place = quadPosition * vec2(last + 1) - 0.5;
  ivec2 corner = ivec2(floor(place + 1.0 / 512.0));
  vec2 weight = floor(clamp(place - vec2(corner), 0.0, 1.0) * 256.0) / 256.0;
  vec4 picked = vec4(0.0);
  for (int i = 0; i < 4; ++i) {
    ivec2 step = ivec2(i & 1, i >> 1);
    vec4 texel = texelFetch(splatColor, clamp(corner + step, ivec2(0), last), 0);
    vec2 share = mix(1.0 - weight, weight, vec2(step));
    picked += share.x * share.y * vec4(texel.rgb * texel.a, texel.a);
  }
  if (picked.a < 0.002) discard;

  // Eye depth: the four bytes of a little-endian float32, since VTK offers no float texture of one channel.
  vec4 bytes = floor(texelFetch(splatDepth, ivec2(quadPosition * vec2(last + 1)), 0) * 255.0 + 0.5);
  float exponent = mod(bytes.a, 128.0) * 2.0 + floor(bytes.b / 128.0);
  float mantissa = mod(bytes.b, 128.0) * 65536.0 + bytes.g * 256.0 + bytes.r;
  float eyeDepth = exp2(exponent - 127.0) * (1.0 + mantissa / 8388608.0);

  float near = clippingRange.x, far = clippingRange.y;
  float ndcDepth = (far + near - 2.0 * near * far / max(eyeDepth, 1e-6)) / (far - near);
  gl_FragDepth = clamp(0.5 * ndcDepth + 0.5, 0.0, 1.0);
  gl_FragData[0] = vec4(picked.rgb / picked.a, picked.a);
