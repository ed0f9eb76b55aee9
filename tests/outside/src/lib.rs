//! One of each kind, added from outside: what the book's page on the architecture walks through.
//!
//! | kind | here | after |
//! |---|---|---|
//! | operation | [`softsign`] | Bergstra et al. 2009 |
//! | layer | [`RmsNorm`] | Zhang and Sennrich 2019 |
//! | strategy of transfer | [`Interpolated`] | Wortsman et al. 2022 |
//! | architecture | [`InContext`] | Silver, Poirier and Currie 2008 |
//! | balancer | [`RandomWeights`] | Lin et al. 2022 |
//! | sampler | [`Proportional`] | Sanh, Wolf and Ruder 2019 |
//! | law | [`predicts_alone_as_together`] | - |

mod architecture;
mod balancer;
mod law;
mod layer;
mod operation;
mod sampler;
mod strategy;

pub use architecture::{ContextNetwork, InContext};
pub use balancer::RandomWeights;
pub use law::predicts_alone_as_together;
pub use layer::{RmsNorm, RmsNormSpec};
pub use operation::softsign;
pub use sampler::Proportional;
pub use strategy::Interpolated;
