//! Instance transfer: source rows weighted by how much they tell about the target.
