//VTK::PositionVC::Impl
  // A hair nearer to the camera than the surface that it lies on.
  gl_Position.z -= 0.0004 * gl_Position.w;
