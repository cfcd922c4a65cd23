  vec4 picked = texture(splatColor, quadPosition);
  if (picked.a < 0.002) discard;

  // Depth behind the reference plane: the four bytes of a little-endian float32, since VTK offers no float texture of one channel.
  // Of a picture smaller than the viewport the nearest texel counts: between two surfaces there is no third.
  ivec2 size = textureSize(splatDepth, 0);
  vec4 bytes = floor(texelFetch(splatDepth, min(ivec2(quadPosition * vec2(size)), size - 1), 0) * 255.0 + 0.5);
  float exponent = mod(bytes.a, 128.0) * 2.0 + floor(bytes.b / 128.0);
  float mantissa = mod(bytes.b, 128.0) * 65536.0 + bytes.g * 256.0 + bytes.r;
  float depth = exp2(exponent - 127.0) * (1.0 + mantissa / 8388608.0) * (bytes.a < 128.0 ? 1.0 : -1.0);

  // Window depth of a perspective, which parallel views are too, from very far off. There near, far and eye depth are
  // large and close to each other, so their differences are taken from a reference plane among them.
  float near = clippingRange.x, far = clippingRange.y, eyeDepth = max(depth + reference, 1e-6);
  gl_FragDepth = clamp((depth - near) / (far - near) * ((far + reference) / eyeDepth), 0.0, 1.0);
  gl_FragData[0] = vec4(picked.rgb / picked.a, picked.a);  // VTK blends straight alpha
