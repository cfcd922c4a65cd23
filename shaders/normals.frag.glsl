//VTK::Light::Impl
  // As splats show theirs: red to the right, green up, blue towards the camera.
  gl_FragData[0] = vec4(normalVCVSOutput * 0.5 + 0.5, opacity);
