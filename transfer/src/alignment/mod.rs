//! Alignment: the target's features are made to look like the sources' (领域自适应).

mod aligning;
mod dann;

pub use aligning::{Aligning, Alignment, Side, align};
pub use dann::{Dann, Lambda};
