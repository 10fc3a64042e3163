"""Calibration: real synthesis and routing of drawn configurations, and what the estimator learns from it."""
