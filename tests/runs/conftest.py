from toy_fixtures import _no_power_cuts, _toy_method, capture_folder, unmeasured

__all__ = ["_no_power_cuts", "_toy_method", "capture_folder", "unmeasured"]
