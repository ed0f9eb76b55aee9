//! Baselines: what transfer is compared with.

mod linear;
mod neighbour;
mod scratch;
mod source_only;

use autograd::Float;
use nn::Dataset;
use nn::train::{Description, Family, Needs, Property, Role, Run};

use crate::{Error, Given};

pub use linear::Linear;
pub use neighbour::NearestNeighbour;
pub use scratch::Scratch;
pub use source_only::SourceOnly;

/// What learns from rows alone, pooled from all domains or only the target's; named for the
/// one and the other.
fn of_rows(names: [&'static str; 2], pooled: bool, paper: &'static str) -> Description {
    let sources = usize::from(pooled)..=usize::MAX;
    Description {
        role: Role::Reference,
        paper: Some(paper),
        chapter: "Why compare",
        needs: Needs { sources, ..Needs::LABELS },
        keeps: if pooled { &[] } else { &[Property::IgnoresSources] },
        usual: true,
        ..Description::new(names[usize::from(pooled)], Family::Baseline)
    }
}

/// The target's labelled rows, behind the sources' if they are pooled.
fn rows<F: Float>(
    given: &Given<'_, F>,
    pooled: bool,
    run: &Run<'_, F>,
) -> Result<Dataset<F>, Error> {
    if pooled {
        return Ok(given.pooled(run)?.rows);
    }
    let examples = given.examples(run)?;
    let label_columns = examples.labels().to_vec();
    Ok(Dataset { features: examples.features().clone(), columns: given.columns(), label_columns })
}
