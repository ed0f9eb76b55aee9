//! Measures: how much a source may tell about a target, before or after training.
