//! Chapter 12: the comparison.

use autograd::{Seed, Tensor};
use nn::train::{Description, Family, Needs, Recipe, Run};
use nn::{Dataset, Labels, NetworkSpec, Parameters, StateDict};
use tests::laws;
use transfer::parameter::FineTune;
use transfer::{Error, Fitted, Given, Strategy, Target, pretrain};

use super::{holds, near, numbers};
use crate::table::Verdict;

/// It is a share, or nothing where there is no way to go.
pub(crate) fn way(f: impl Fn(f64, f64, f64) -> Option<f64>) -> Verdict {
    let cases = [
        ([0.8, 0.9, 1.0], Some(0.5)),
        ([0.8, 0.7, 1.0], Some(-0.5)),
        ([0.8, 1.0, 0.9], Some(2.0)),
        ([0.8, 0.9, 0.8], None),
        ([0.8, 0.9, 0.7], None),
    ];
    for ([scratch, strategy, ceiling], right) in cases {
        let found = f(scratch, strategy, ceiling);
        let same = match (found, right) {
            (Some(found), Some(right)) => near(found, right, 1e-12),
            (found, right) => found == right,
        };
        holds(same, || {
            format!(
                "from {scratch} by {strategy} towards {ceiling} it is \
                 {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// Known rows are their own neighbours, near ones are found, and of
/// equals the first.
pub(crate) fn neighbour(
    f: impl Fn(&[Vec<f64>], &[usize], &[f64]) -> usize,
) -> Verdict {
    let rows: Vec<_> =
        (0..5).map(|i| numbers(3, f64::from(i))).collect();
    let labels = [4, 1, 0, 3, 2];
    for (row, label) in rows.iter().zip(labels) {
        let close: Vec<f64> = row.iter().map(|x| x + 1e-3).collect();
        for x in [row, &close] {
            let found = f(&rows, &labels, x);
            holds(found == label, || {
                format!("of {x:?} it is {found}, not {label}")
            })?;
        }
    }
    // Far in one column and near in the others, or a little off in all.
    let rows =
        [vec![0.0, 0.0, 3.0], vec![1.1, 1.1, 1.1], vec![-1.1; 3]];
    let found = f(&rows, &[7, 8, 9], &[0.0, 0.0, 0.0]);
    holds(found == 8, || {
        format!(
            "the squares add up to 9, 3.63 and 3.63, and it takes the \
             row of {found}, not the first of the nearest, 8"
        )
    })
}

/// It judges by the paired interval.
pub(crate) fn told_apart(
    f: impl Fn(&[f64], &[f64]) -> bool,
) -> Verdict {
    let base: Vec<f64> = numbers(10, 1.0);
    let moved = |by: f64, noise: f64| -> Vec<f64> {
        let noises = numbers(10, 2.0);
        let pairs = base.iter().zip(noises);
        pairs.map(|(x, own)| x + by + noise * own).collect()
    };
    let cases = [
        (moved(0.05, 0.01), true, "alike runs, a small gain in each"),
        (moved(-0.05, 0.01), true, "alike runs, a small loss in each"),
        (moved(0.05, 0.5), false, "a gain far below its spread"),
        (base.clone(), false, "the same runs twice"),
    ];
    for (runs, right, what) in cases {
        let found = f(&runs, &base);
        holds(found == right, || {
            format!("{what}: told apart is {found}, not {right}")
        })?;
    }
    Ok(())
}

fn rows(shift: f64) -> Dataset {
    let x = Tensor::from_fn([12, 3], |i| {
        (1.7 * i as f32 + shift as f32).sin()
    });
    let classes: Vec<usize> = (0..12)
        .map(|row| usize::from(x.as_slice()[3 * row] > 0.0))
        .collect();
    let labels = Labels::of_classes("class", &classes, &["a", "b"]);
    Dataset::new(x, vec![labels.expect("two classes")]).expect("a set")
}

/// It begins where it should, ends as fine-tuning does with share 1,
/// and leaves the source as it was.
pub(crate) fn shrunk(
    f: impl Fn(f32, &Given<'_>, &Run<'_>) -> Result<Fitted, Error>,
) -> Verdict {
    let spec = NetworkSpec::mlp(&[3, 4, 2]);
    let recipe = Recipe { steps: 30, ..Recipe::at_rate(0.1) };
    let seed = Seed::new(5);
    let source = pretrain("s", rows(0.0), &spec, &recipe, seed);
    let sources = [source.map_err(|error| error.to_string())?];
    let target = Target::new("t", rows(0.4));
    let given = Given::new(&sources, &target);
    let before = sources[0].model.state_dict();
    let state =
        |fitted: Result<Fitted, Error>| -> Result<StateDict, String> {
            let fitted = fitted.map_err(|error| error.to_string())?;
            let model =
                fitted.model().map_err(|error| error.to_string())?;
            Ok(model.state_dict())
        };
    let start = Run::new(Recipe { steps: 0, ..recipe.clone() }, seed);
    for share in [0.0, 0.5, 1.0] {
        let found = state(f(share, &given, &start))?;
        for (name, tensor) in before.iter() {
            let right = tensor.clone().scale(share);
            let same = found.get(name).is_some_and(|own| *own == right);
            holds(same, || {
                format!(
                    "after no step \"{name}\" is not {share} times the \
                     source's"
                )
            })?;
        }
    }
    let run = Run::new(recipe, seed);
    let (own, tuned) = (
        state(f(1.0, &given, &run))?,
        state(FineTune::default().fit(&given, &run))?,
    );
    holds(own == tuned, || {
        "with the whole share it ends elsewhere than fine-tuning"
            .to_owned()
    })?;
    holds(sources[0].model.state_dict() == before, || {
        "the source that was given has other weights now".to_owned()
    })
}

type Fit = fn(
    &Description,
    &Given<'_, f64>,
    &Run<'_, f64>,
) -> Result<Fitted<f64>, Error>;

/// A strategy that fits by a function.
struct Own(Fit);

impl Strategy<f64> for Own {
    fn describe(&self) -> Description {
        let needs = Needs::ONE_SOURCE;
        let known = Description::new("head first", Family::Parameter);
        Description { needs, ..known }
    }
    fn fit(
        &self,
        given: &Given<'_, f64>,
        run: &Run<'_, f64>,
    ) -> Result<Fitted<f64>, Error> {
        (self.0)(&self.describe(), given, run)
    }
}

/// The trunk stands still for half of the steps and moves in the rest,
/// and all laws hold.
pub(crate) fn head_first(fit: Fit) -> Verdict {
    let text = |error: Error| error.to_string();
    let rows = |shift| {
        let Dataset { features, columns, label_columns } = rows(shift);
        let wide = features.as_slice().iter().map(|&x| f64::from(x));
        let features = Tensor::new([12, 3], wide.collect());
        Dataset { features, columns, label_columns }
    };
    let (spec, seed) = (NetworkSpec::mlp(&[3, 4, 2]), Seed::new(5));
    let recipe = Recipe { steps: 10, ..Recipe::at_rate(0.1) };
    let source = pretrain("s", rows(0.0), &spec, &recipe, seed);
    let sources = [source.map_err(text)?];
    let target = Target::new("t", rows(0.4));
    let given = Given::new(&sources, &target);
    let trunk = |fitted: Fitted<f64>| -> Result<Tensor<f64>, String> {
        Ok(fitted.model().map_err(text)?.named()[0].1.value())
    };
    let of_source = sources[0].model.named()[0].1.value();
    for (steps, moves) in [(1, true), (0, false), (10, true)] {
        let run = Run::new(Recipe { steps, ..recipe.clone() }, seed);
        let fitted = Own(fit).fit(&given, &run).map_err(text)?;
        let phases: Vec<String> =
            fitted.log.iter().map(|step| step.phase.clone()).collect();
        holds(phases.len() == steps, || {
            format!("of {steps} steps it takes {}", phases.len())
        })?;
        let first =
            phases.iter().filter(|at| **at == phases[0]).count();
        holds(steps < 10 || first == 5, || {
            format!("of 10 steps {first} are the head's, not 5")
        })?;
        let moved = trunk(fitted)? != of_source;
        holds(moved == moves, || {
            let words = if moved { "moves" } else { "stands still" };
            format!("in {steps} steps the trunk {words}")
        })?;
    }
    let broken = laws::transfer(&Own(fit));
    broken.first().map_or(Ok(()), |broken| Err(broken.to_string()))
}
