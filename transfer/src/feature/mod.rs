//! Feature transfer (特征迁移): what the source's network makes of a row is given to a new head.

mod feature_extractor;

pub use feature_extractor::FeatureExtractor;
