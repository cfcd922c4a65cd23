"""What a method's config is declared with; see `recon.parameters`, which formats and tools share."""

from recon.parameters import Parameter, ParameterInfo, check, parameter, parameters_of, parse, with_values

__all__ = ["Parameter", "ParameterInfo", "check", "parameter", "parameters_of", "parse", "with_values"]
