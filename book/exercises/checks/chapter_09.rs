//! Chapter 9: shared parameters.

use std::sync::Mutex;

use autograd::{Parameter, Seed, Tape, Tensor, Var, concatenate};
use multitask::{Architecture, Joint, Network, Plan, parameters_of};
use nn::train::{Description, Family, Property};
use nn::{Linear, Module as _, Parameters as _};
use serde::{Deserialize, Serialize};
use tests::laws;

use super::{all_near, holds, near, numbers};
use crate::network::Shifted;
use crate::table::Verdict;

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The loss is the weighted sum, and so is the trunk's gradient; a head
/// learns from its own task alone.
pub(crate) fn joint_loss(
    f: impl for<'t> Fn(
        &'t Tape<f64>,
        &Linear<f64>,
        &[Linear<f64>],
        &[(Tensor<f64>, Vec<usize>)],
        &[f64],
    ) -> Var<'t, f64>,
) -> Verdict {
    let seed = Seed::new(4);
    let trunk = Linear::<f64>::new(3, 5, seed.child("trunk"));
    let heads = [2, 4]
        .map(|classes| Linear::new(5, classes, seed.child(classes)));
    let rows = |rows: usize, shift| {
        Tensor::new([rows, 3], numbers(3 * rows, shift))
    };
    let tasks = [
        (rows(4, 1.0), vec![0, 1, 1, 0]),
        (rows(6, 2.0), vec![3, 0, 1, 2, 2, 3]),
    ];
    let weights = [0.3, 2.0];
    let tape = Tape::<f64>::default();
    let loss = f(&tape, &trunk, &heads, &tasks, &weights);
    let found = loss.backward();
    let weight = &trunk.named()[0].1;
    let (mut value, mut sum) = (0.0, Tensor::zeros(weight.shape()));
    for ((head, (x, labels)), own) in
        heads.iter().zip(&tasks).zip(weights)
    {
        let tape = Tape::<f64>::default();
        let features = trunk.forward(tape.constant(x)).relu();
        let loss = head.forward(features).cross_entropy(labels);
        let gradients = loss.backward();
        value += own * loss.item();
        let part = gradients.of(weight).expect("the trunk is used");
        sum = sum + part.clone().scale(own);
        let bias = &head.named()[0].1;
        let right =
            gradients.of(bias).expect("it is used").clone().scale(own);
        let own = found.of(bias).map_or(&[][..], Tensor::as_slice);
        let right = right.as_slice();
        holds(all_near(own, right, 1e-12), || {
            format!("a head has the gradient {own:?}, not {right:?}")
        })?;
    }
    holds(near(loss.item(), value, 1e-12), || {
        format!("the loss is {}, not {value}", loss.item())
    })?;
    let own = found.of(weight).map_or(&[][..], Tensor::as_slice);
    holds(all_near(own, sum.as_slice(), 1e-12), || {
        "the trunk's gradient is not the weighted sum of the tasks'"
            .to_owned()
    })
}

/// It is what the best direction leaves, found by trying all of them.
pub(crate) fn remaining(f: impl Fn(&[f64], &[f64]) -> f64) -> Verdict {
    let cases: [[[f64; 2]; 2]; 5] = [
        [[1.0, 0.0], [0.0, 1.0]],
        [[1.0, 0.0], [1.0, 0.0]],
        [[1.0, 0.0], [-0.6, 0.8]],
        [[2.0, 0.0], [0.3, 0.4]],
        [[1.0, 2.0], [3.0, -1.0]],
    ];
    for [one, other] in cases {
        // What is left of both when one direction is kept.
        let left = |step: usize| {
            let angle = step as f64 * std::f64::consts::PI / 20_000.0;
            let unit = [angle.cos(), angle.sin()];
            let rest = |task: &[f64; 2]| {
                inner(task, task) - inner(task, &unit).powi(2)
            };
            rest(&one) + rest(&other)
        };
        let right = (0..20_000).map(left).fold(f64::INFINITY, f64::min);
        let found = f(&one, &other);
        holds((found - right).abs() < 1e-6, || {
            format!(
                "of {one:?} and {other:?} it is {found}, not {right}"
            )
        })?;
    }
    Ok(())
}

/// It is the rank.
pub(crate) fn width(f: impl Fn(&[Vec<f64>]) -> usize) -> Verdict {
    let (a, b) = (numbers(4, 1.0), numbers(4, 2.0));
    // Sines of one frequency are combinations of two; a square is not.
    let c: Vec<f64> = a.iter().map(|a| a * a).collect();
    let mix: Vec<f64> =
        a.iter().zip(&b).map(|(a, b)| 2.0 * a - b).collect();
    let small: Vec<f64> = c.iter().map(|c| 1e-3 * c).collect();
    let cases = [
        (vec![a.clone()], 1),
        (vec![a.clone(), a.clone()], 1),
        (vec![a.clone(), b.clone(), mix.clone()], 2),
        (vec![mix, a.clone(), b, small], 3),
        (vec![vec![0.0; 4], a], 1),
    ];
    for (tasks, right) in cases {
        let found = f(&tasks);
        holds(found == right, || {
            format!(
                "of {} tasks it is {found}, not {right}",
                tasks.len()
            )
        })?;
    }
    Ok(())
}

/// Nothing against the other is left, and nothing else is taken.
pub(crate) fn without_conflict(
    f: impl Fn(&[f64], &[f64]) -> Vec<f64>,
) -> Verdict {
    let cases = [
        ([1.0, 0.0], [-1.0, 1.0], [0.5, 0.5]),
        ([1.0, 2.0], [3.0, 1.0], [1.0, 2.0]),
        ([1.0, 0.0], [-2.0, 0.0], [0.0, 0.0]),
        ([1.0, 1.0], [0.0, 0.0], [1.0, 1.0]),
    ];
    for (own, other, right) in cases {
        let found = f(&own, &other);
        holds(all_near(&found, &right, 1e-12), || {
            format!(
                "of {own:?} beside {other:?} it leaves {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// The sum is the loss of all rows as one table.
pub(crate) fn as_if_pooled(
    f: impl Fn(&[usize]) -> Vec<f64>,
) -> Verdict {
    for rows in [&[50, 300][..], &[3, 3], &[1, 2, 5], &[4]] {
        let weights = f(rows);
        let tape = Tape::<f64>::default();
        let mut tables = vec![];
        for (task, &rows) in rows.iter().enumerate() {
            let x = numbers(3 * rows, task as f64);
            let labels: Vec<usize> = (0..rows).map(|i| i % 3).collect();
            let logits = tape.constant(Tensor::new([rows, 3], x));
            tables.push((logits, labels));
        }
        let loss = |(logits, labels): &(Var<'_, f64>, Vec<usize>)| {
            logits.cross_entropy(labels).item()
        };
        let parts = tables.iter().zip(&weights);
        let sum: f64 = parts.map(|(table, w)| w * loss(table)).sum();
        let all: Vec<_> = tables.iter().map(|table| table.0).collect();
        let labels: Vec<_> =
            tables.iter().map(|table| table.1.clone()).collect();
        let whole = loss(&(concatenate(&all, 0), labels.concat()));
        let same =
            weights.len() == rows.len() && near(sum, whole, 1e-12);
        holds(same, || {
            format!(
                "with {rows:?} rows the weights {weights:?} give a loss of \
                 {sum:.6}, and all rows as one table have {whole:.6}"
            )
        })?;
    }
    Ok(())
}

type Outputs =
    for<'t> fn(&Shifted, Var<'t, f64>, &[usize]) -> Vec<Var<'t, f64>>;

/// The functions that are tried, and what is said of each: a file of a
/// network cannot hold a function, so it holds the place in this list.
static TRIED: Mutex<Vec<(Outputs, &[Property])>> = Mutex::new(vec![]);

/// The architecture with the function at this place.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Shifts {
    place: usize,
}

impl Shifts {
    fn new(outputs: Outputs, keeps: Vec<Property>) -> Self {
        let mut tried = TRIED.lock().expect("nothing panics with it");
        tried.push((outputs, keeps.leak()));
        Shifts { place: tried.len() - 1 }
    }
    fn tried(self) -> (Outputs, &'static [Property]) {
        TRIED.lock().expect("nothing panics with it")[self.place]
    }
}

impl Architecture<f64> for Shifts {
    fn describe(&self) -> Description {
        let keeps = self.tried().1;
        Description {
            keeps,
            ..Description::new("shifted", Family::Shared)
        }
    }
    fn fresh(
        &self,
        plan: &Plan<'_>,
    ) -> Result<Box<dyn Network<f64>>, nn::Error> {
        let (parts, outputs) = (parts(plan)?, self.tried().0);
        Ok(Box::new(Whole { parts, outputs }))
    }
}

/// A fresh trunk, shifts of zero, and fresh heads.
fn parts(plan: &Plan<'_>) -> Result<Shifted, nn::Error> {
    let Plan { spec, tasks, seed } = *plan;
    spec.check()?;
    let (trunk, head) = spec.split_head();
    let Some(units) = head.inputs() else {
        return Err(nn::Error::NoHead { spec: spec.to_string() });
    };
    let shift = || Parameter::new(Tensor::zeros([units]));
    let head = |&(name, outputs): &(&str, usize)| {
        let spec = spec.clone().with_outputs(outputs);
        spec.build_task(seed, name).split_head().1
    };
    Ok(Shifted {
        trunk: trunk.build(seed),
        shifts: tasks.iter().map(|_| shift()).collect(),
        heads: tasks.iter().map(head).collect(),
    })
}

/// The parts, and the function that connects them.
struct Whole {
    parts: Shifted,
    outputs: Outputs,
}
nn::parts!(Whole as f64: parts);

impl Network<f64> for Whole {
    fn forward<'t>(
        &self,
        x: Var<'t, f64>,
        tasks: &[usize],
    ) -> Vec<Var<'t, f64>> {
        (self.outputs)(&self.parts, x, tasks)
    }
    fn shared(&self) -> Vec<Parameter<f64>> {
        parameters_of(&self.parts.trunk)
    }
}

/// The first law that the architecture breaks.
fn under_the_laws(outputs: Outputs, keeps: Vec<Property>) -> Verdict {
    let known = || -> Vec<Box<dyn Architecture<f64>>> {
        vec![Box::new(Shifts { place: 0 })]
    };
    let strategy = Joint::of(Shifts::new(outputs, keeps));
    let broken = laws::multitask_with(&strategy, known);
    let sentence = broken.first().map(ToString::to_string);
    sentence.map_or(Ok(()), Err)
}

/// Each head reads shifted features, and the laws hold.
pub(crate) fn shifted(f: Outputs) -> Verdict {
    let seed = Seed::new(9);
    let spec = nn::NetworkSpec::mlp(&[3, 5, 2]);
    let plan = Plan { spec: &spec, tasks: &[("a", 2), ("b", 4)], seed };
    let network = parts(&plan).map_err(|error| error.to_string())?;
    for (parameter, shift) in network.shifts.iter().zip([0.5, -2.0]) {
        parameter.set(Tensor::full([5], shift));
    }
    let x = Tensor::new([4, 3], numbers(12, 1.0));
    let features = network.trunk.predict(&x);
    for tasks in [&[0, 1][..], &[1], &[1, 0]] {
        let tape = Tape::<f64>::default();
        let found = f(&network, tape.constant(&x), tasks);
        holds(found.len() == tasks.len(), || {
            format!(
                "asked for tasks {tasks:?} it gives {}",
                found.len()
            )
        })?;
        for (&task, found) in tasks.iter().zip(found) {
            let shift = [0.5, -2.0][task];
            let own = features.clone().map(|x| x + shift);
            let right = network.heads[task].predict(&own);
            let found = found.value();
            let same = found.shape() == right.shape()
                && all_near(found.as_slice(), right.as_slice(), 1e-12);
            holds(same, || {
                format!(
                    "asked for tasks {tasks:?} the outputs of task {task} \
                     are not those of its head on its shifted features"
                )
            })?;
        }
    }
    let kept = vec![Property::BeginsAsBaseline, Property::IgnoresOrder];
    under_the_laws(f, kept)
}

/// Exactly what is declared holds.
pub(crate) fn keeps(f: impl Fn() -> Vec<Property>) -> Verdict {
    let outputs: Outputs = |network, x, tasks| {
        let features = network.trunk.forward(x);
        let shift = |task: usize| x.tape().watch(&network.shifts[task]);
        let output = |&task: &usize| {
            network.heads[task].forward(features + shift(task))
        };
        tasks.iter().map(output).collect()
    };
    under_the_laws(outputs, f())
}
