"""Running a method: the driver, the run folder, checkpoints, resume, fork and batch.

Owns everything between a method's events and the disk, and the commands that steer a run.
Refuses drawing, measuring and file formats (other rooms do those) and never asks who listens to its events.
Importing it loads no torch.
"""

from recon.runs.batch import Ended, Executor, Outcome, Processes, read_jobs, run_batch, work_on
from recon.runs.carrying import carry
from recon.runs.driver import Commands, Reconstruction
from recon.runs.films import render_film
from recon.runs.folder import Run, load_run
from recon.runs.job import CaptureSource, Job, free_name
from recon.runs.meshing import mesh_run
from recon.runs.pictures import render_run
from recon.runs.start import create, evaluate_run, fit_on, fork, reconstruct, resume, start

__all__ = [
    "CaptureSource",
    "Commands",
    "Ended",
    "Executor",
    "Job",
    "Outcome",
    "Processes",
    "Reconstruction",
    "Run",
    "carry",
    "create",
    "evaluate_run",
    "fit_on",
    "fork",
    "free_name",
    "load_run",
    "mesh_run",
    "read_jobs",
    "reconstruct",
    "render_film",
    "render_run",
    "resume",
    "run_batch",
    "start",
    "work_on",
]
