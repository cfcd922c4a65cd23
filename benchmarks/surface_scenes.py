"""Synthetic captures of a textured mesh on a textured ground, with exact depth: what surfaces are measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch

from recon.evaluate.surfaces import Sampled
from recon.render import Cameras, interpolate, rasterize_triangles
from recon.scene import Camera, Capture, Mesh, View

ELEVATIONS = (12, 32, 58)
LIGHT = np.array([0.4, 0.3, 0.87])
FOCUS = np.array([0.0, 0.0, 0.28])
DISTANCE = 1.55
GROUND = 0.9  # half the side
HELD_OUT = (4, 10, 17, 23, 29, 35)
SUPERSAMPLING = 3


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, as a capture wants them."""

    array: np.ndarray

    def read(self, width: int, height: int) -> np.ndarray:
        if self.array.shape[:2] == (height, width):
            return self.array
        return cv2.resize(self.array, (width, height), interpolation=cv2.INTER_AREA)


@dataclass(frozen=True, eq=False)
class Scene:
    """A capture, exact depth per view name, and points of what the views see: of the object, and of all."""

    capture: Capture
    depth: dict[str, np.ndarray]
    object_points: Sampled
    all_points: Sampled


def standing(mesh: Mesh) -> Mesh:
    """The mesh with y up brought to z up, its box's diagonal 1, standing on z = 0."""
    v = mesh.vertices.astype(np.float64)
    v = v - (v.min(0) + v.max(0)) / 2
    v = v / np.linalg.norm(v.max(0) - v.min(0))
    v = np.stack([v[:, 0], -v[:, 2], v[:, 1]], axis=1)
    v[:, 2] -= v[:, 2].min()
    return Mesh(v.astype(np.float32), mesh.faces, uv=mesh.uv, texture=mesh.texture)


def noise(side: int = 512) -> np.ndarray:
    """(side, side, 3) in [0, 1]: coloured noise of three sizes."""
    random = np.random.default_rng(1)
    layers = [
        cv2.resize(random.random((k, k, 3)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC) * a
        for k, a in ((8, 0.5), (32, 0.3), (100, 0.35))
    ]
    total = np.sum(layers, axis=0)
    return (total - total.min()) / (total.max() - total.min())


def ring_cameras(width: int, height: int) -> list[Camera]:
    """Three rings of twelve."""
    cameras = []
    for ring, elevation in enumerate(np.radians(ELEVATIONS)):
        for k in range(12):
            turn = 2 * np.pi * (k + 0.37 * ring) / 12
            toward = np.array([np.cos(turn) * np.cos(elevation), np.sin(turn) * np.cos(elevation), np.sin(elevation)])
            forward = -toward
            right = np.cross(forward, [0, 0, 1])
            right /= np.linalg.norm(right)
            pose = np.eye(4)
            pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
            pose[:3, 3] = FOCUS + DISTANCE * toward
            cameras.append(Camera(width, height, 1.0625 * width, 1.0625 * width, width / 2, height / 2, pose))
    return cameras


def make_scene(mesh: Mesh, width: int = 160, height: int = 120) -> Scene:
    """Photograph a textured mesh on its ground from 36 sides, six of them held out."""
    shaped = standing(mesh)
    g = GROUND
    corners = np.array([[-g, -g, 0], [g, -g, 0], [g, g, 0], [-g, g, 0]], np.float32)
    count = len(shaped.vertices)
    vertices = torch.from_numpy(np.concatenate([shaped.vertices, corners]))
    faces = torch.from_numpy(np.concatenate([shaped.faces, np.array([[0, 1, 2], [0, 2, 3]]) + count]).astype(np.int32))
    attributes = _attributes(shaped, corners)
    views, depth, points = [], {}, []
    random = np.random.default_rng(1)
    for index, camera in enumerate(ring_cameras(width, height)):
        fine = camera.resized(width * SUPERSAMPLING, height * SUPERSAMPLING)
        fragments = rasterize_triangles(vertices, faces, Cameras.of([fine]))
        values = interpolate(attributes, faces, fragments)[0, ..., 0, :].numpy()
        face = fragments.faces[0, ..., 0].numpy()
        color = _shade(values, face, len(shaped.faces), shaped.texture)
        picture = cv2.resize(color, (width, height), interpolation=cv2.INTER_AREA)
        name = f"{index:02d}.png"
        split = "test" if index in HELD_OUT else "train"
        views.append(View(name, camera, Picture(np.round(picture * 255).astype(np.uint8)), split=split))
        middle = SUPERSAMPLING // 2
        depth[name] = fragments.depth[0, middle::SUPERSAMPLING, middle::SUPERSAMPLING, 0].numpy()
        points.append(_points(values, face, len(shaped.faces), random))
    capture = Capture("synthetic", tuple(views), source="synthetic", keeps_split=True)
    return Scene(capture, depth, *_gathered(points))


def _attributes(shaped: Mesh, corners: np.ndarray) -> torch.Tensor:
    """(V, 8): texture coordinates, normal, position."""
    from recon.meshes import with_normals

    uv = np.concatenate([shaped.uv, (corners[:, :2] + GROUND) / (2 * GROUND)])
    normals = np.concatenate([with_normals(shaped).normals, np.tile([[0, 0, 1]], (4, 1))])
    positions = np.concatenate([shaped.vertices, corners])
    return torch.from_numpy(np.concatenate([uv, normals, positions], axis=1).astype(np.float32))


def _shade(values: np.ndarray, face: np.ndarray, own: int, texture: np.ndarray) -> np.ndarray:
    ground = noise()
    color = np.zeros((*face.shape, 3), np.float32)
    for mask, image in (((face >= 0) & (face < own), texture[..., :3] / np.float32(255)), (face >= own, ground)):
        uv = values[mask][:, :2]
        rows = np.clip(((1 - uv[:, 1]) * image.shape[0]).astype(int), 0, image.shape[0] - 1)
        columns = np.clip((uv[:, 0] * image.shape[1]).astype(int), 0, image.shape[1] - 1)
        normals = values[mask][:, 2:5]
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        light = 0.45 + 0.55 * np.clip(normals @ LIGHT, 0, 1)
        color[mask] = image[rows, columns] * light[:, None]
    return color


def _points(values: np.ndarray, face: np.ndarray, own: int, random: np.random.Generator) -> Any:
    seen = np.flatnonzero(face.reshape(-1) >= 0)
    some = random.permutation(seen)[:6000]
    flat = values.reshape(-1, values.shape[-1])[some]
    normals = flat[:, 2:5] / np.maximum(np.linalg.norm(flat[:, 2:5], axis=1, keepdims=True), 1e-9)
    return flat[:, 5:8], normals, face.reshape(-1)[some] < own


def _gathered(points: list[Any]) -> tuple[Sampled, Sampled]:
    positions, normals, own = (np.concatenate(parts) for parts in zip(*points, strict=True))
    near = np.abs(positions[:, :2]).max(1) < 0.6
    of_object = near & own & (positions[:, 2] > 0.012)
    return Sampled(positions[of_object].astype(float), normals[of_object].astype(float)), Sampled(
        positions[near].astype(float), normals[near].astype(float)
    )
