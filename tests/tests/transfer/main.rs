//! What each strategy of `transfer` owes to its definition, a file a strategy.

mod dann;
mod feature_extractor;
mod fine_tune;
mod net2wider;
mod refusals;
mod widen;
