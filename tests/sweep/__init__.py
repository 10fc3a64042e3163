"""Tests of rnnhw.sweep."""
