//! Balancers: how much each task counts, step by step.
