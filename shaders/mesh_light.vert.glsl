//VTK::PositionVC::Impl
  // Harmonics of degree 0 and 1, as recon/scene/harmonics.py has them.
  vec3 towards = normalize(vertexMC.xyz - eye);
  addedLight = 0.2820948 * light0 + 0.4886025 * (towards.z * light2 - towards.y * light1 - towards.x * light3);
