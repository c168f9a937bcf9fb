"""Subjects of the control interface beyond phones and clocks: one module each."""
