//! What each strategy of `transfer` owes to its definition, a file a strategy.

mod baseline;
mod dann;
mod distribution_weighted;
mod feature_extractor;
mod fine_tune;
mod l2_sp;
mod linear;
mod lora;
mod net2wider;
mod refusals;
mod tr_ada_boost;
mod widen;
