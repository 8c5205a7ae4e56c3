"""Grids as scanners store them: any axis order, any sign, any tilt."""

import numpy as np

from mriview.geometry import Grid


def turned(angles):
    a, b, c = angles
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


def a_grid(axes=(0, 1, 2), signs=(1, 1, 1), angles=(0, 0, 0), spacing=(0.5, 0.6, 0.7), origin=0.0):
    matrix = np.eye(4)
    matrix[:3, :3] = (turned(angles)[:, list(axes)] * np.asarray(signs)) * np.asarray(spacing)
    matrix[:3, 3] = origin
    return Grid((7, 8, 9), matrix)
