//! Chapter 12: the comparison.

use nn::Parameters as _;
use nn::metrics::PairedDifference;
use nn::train::{Description, Outputs, Recipe, Run};
use transfer::parameter::{FineTune, Head, start, tune};
use transfer::{Error, Fitted, Given, Strategy as _};

// ANCHOR: way
/// Which share of the way from scratch to the ceiling a strategy comes;
/// nothing, if the ceiling is no higher than scratch.
pub(crate) fn way(
    scratch: f64,
    strategy: f64,
    ceiling: f64,
) -> Option<f64> {
    let whole = ceiling - scratch;
    (whole > 0.0).then(|| (strategy - scratch) / whole)
}
// ANCHOR_END: way

// ANCHOR: neighbour
/// The label of the known row that is nearest to `x`; of equally near
/// ones the first.
pub(crate) fn neighbour(
    rows: &[Vec<f64>],
    labels: &[usize],
    x: &[f64],
) -> usize {
    let square = |row: &Vec<f64>| -> f64 {
        row.iter().zip(x).map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let far: Vec<f64> = rows.iter().map(square).collect();
    let closer = |best: usize, at: usize| {
        if far[at] < far[best] { at } else { best }
    };
    labels[(0..rows.len()).fold(0, closer)]
}
// ANCHOR_END: neighbour

// ANCHOR: told_apart
/// Whether two rows of the table are told apart: whether the interval
/// of their paired difference, which covers in 95 of 100 cases, leaves
/// out 0. (`nn::metrics` has what it takes.)
pub(crate) fn told_apart(one: &[f64], other: &[f64]) -> bool {
    let (low, high) = PairedDifference::new(one, other).interval(0.95);
    low > 0.0 || high < 0.0
}
// ANCHOR_END: told_apart

// ANCHOR: shrunk
/// Fine-tuning from the source's weights times `share`: with 0 from
/// zeros, with 1 as ever. What is given stays as it is.
pub(crate) fn shrunk(
    share: f32,
    given: &Given<'_>,
    run: &Run<'_>,
) -> Result<Fitted, Error> {
    // A copy of a model has parameters of its own.
    let mut sources = given.sources.to_vec();
    for source in &mut sources {
        source.model = source.model.clone();
        for (_, parameter) in source.model.named() {
            parameter.set(parameter.value().scale(share));
        }
    }
    FineTune::default().fit(&Given { sources: &sources, ..*given }, run)
}
// ANCHOR_END: shrunk

// ANCHOR: head_first
/// The new head first, on the source's frozen trunk, for half of the
/// recipe's steps; then all of the network for the others.
pub(crate) fn head_first(
    known: &Description,
    given: &Given<'_, f64>,
    run: &Run<'_, f64>,
) -> Result<Fitted<f64>, Error> {
    let run = given.begin(known, run)?;
    let half = run.recipe.steps / 2;
    let phase = |name, steps| {
        run.phase(name, Recipe { steps, ..run.recipe.clone() })
    };
    let examples = given.examples(&run)?;
    let fresh = start(Head::New, &examples, given, &run)?;
    let (trunk, head) = fresh.split_head();
    trunk.freeze();
    let model = trunk.followed_by(head);
    tune(&model, 0, &examples, &phase("head", half), None)?;
    model.unfreeze();
    let rest = phase("all", run.recipe.steps - half);
    tune(&model, 0, &examples, &rest, None)?;
    Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
}
// ANCHOR_END: head_first
