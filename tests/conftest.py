"""Loads the test bed's fixtures for every test."""

pytest_plugins = ["tests.testbed.fixtures"]
