"""How good a model is: metrics, calibration, scoring on a data set, plots."""
