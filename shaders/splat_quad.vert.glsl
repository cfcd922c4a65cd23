  // A quad that covers the viewport, whatever the camera.
  gl_Position = vec4(vertexMC.xy, 0.0, 1.0);
  quadPosition = vertexMC.xy * 0.5 + 0.5;
