  // The surface's colour is white here, so this is how brightly lamps light it; 1 where nothing is lit.
  vec3 lamps = gl_FragData[0].rgb;
  //VTK::TCoord::Impl
  gl_FragData[0].rgb = clamp(gl_FragData[0].rgb + lamps * addedLight, 0.0, 1.0);
