//! Chapter 7: feature transfer.

use std::cell::Cell;

use autograd::{Gradients, Parameter, Seed, Tape, Tensor};
use nn::init::normal;
use nn::{Linear, Module as _, Optimizer as _, Parameters as _};
use nn::{Sgd, SgdConfig};

use super::{holds, near};
use crate::network::TwoLayers;
use crate::table::Verdict;

const CONFIG: SgdConfig = SgdConfig {
    learning_rate: 0.1,
    momentum: 0.9,
    dampening: 0.0,
    weight_decay: 0.01,
    nesterov: false,
};

/// Negative features are none, and one row is enough not to be silent.
pub(crate) fn silent(
    silent: impl Fn(&Tensor) -> Vec<usize>,
) -> Verdict {
    let given = |features: &[[f32; 4]], right: &[usize]| {
        let x = Tensor::new([features.len(), 4], features.concat());
        let found = silent(&x);
        holds(found == right, || {
            format!("of the rows {features:?} it says {found:?}")
        })
    };
    given(&[[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]], &[0, 3])?;
    given(&[[1.0, 0.0, 1.0, 1.0]], &[1])?;
    given(&[[1.0; 4], [0.0; 4]], &[])?;
    given(&[[-1.0, 0.5, 0.0, 0.0], [1.0, -0.5, 0.0, 0.0]], &[2, 3])
}

/// It is what a weight does under the library's optimiser.
pub(crate) fn drift(drift: impl Fn(f64, f64, f64) -> f64) -> Verdict {
    for (velocity, rate, momentum) in
        [(2.0, 0.1, 0.9), (-0.5, 0.4, 0.5), (1.0, 0.1, 0.0)]
    {
        let weight = Parameter::new(Tensor::<f64>::zeros([1]));
        let config = SgdConfig {
            learning_rate: rate,
            momentum,
            ..SgdConfig::default()
        };
        let mut optimizer = Sgd::with_config(&weight, config);
        let mut step = |gradient: f64| {
            let mut gradients = Gradients::empty();
            gradients.insert(&weight, Tensor::full([1], gradient));
            optimizer.step(gradients);
            weight.value().item()
        };
        // The first gradient is the first velocity.
        let start = step(velocity);
        let end = (0..500).fold(start, |_, _| step(0.0));
        let (found, right) =
            (drift(velocity, rate, momentum), end - start);
        holds(near(found, right, 1e-9), || {
            format!(
                "with velocity {velocity}, rate {rate} and momentum \
                 {momentum} it is {found:.4}, and 500 steps go {right:.4}"
            )
        })?;
    }
    Ok(())
}

/// A network, and rows with labels.
fn problem() -> (TwoLayers, Tensor, Vec<usize>) {
    let model = TwoLayers::new([4, 6, 3], Seed::new(7));
    let x = normal([12, 4], 1.0, Seed::new(8));
    (model, x, (0..12).map(|row| row % 3).collect())
}

/// The head after a training in which the trunk was data.
fn right_head() -> (Linear, f32) {
    let (model, x, labels) = problem();
    let tape = Tape::predicting();
    let features = model.fc1.forward(tape.constant(&x)).relu().value();
    let mut optimizer = Sgd::with_config(&model.fc2, CONFIG);
    for _ in 0..20 {
        let tape = Tape::new();
        let logits = model.fc2.forward(tape.constant(&features));
        optimizer.step(logits.cross_entropy(&labels).backward());
    }
    let tape = Tape::new();
    let logits = model.fc2.forward(tape.constant(&features));
    let loss = logits.cross_entropy(&labels).item();
    (model.fc2, loss)
}

/// The trunk's bits stay, and the head is that over a fixed trunk.
pub(crate) fn train_head(
    train_head: impl Fn(&TwoLayers, &Tensor, &[usize], SgdConfig),
) -> Verdict {
    let (model, x, labels) = problem();
    // What a network that was just trained brings along.
    let before = model.clone();
    train_head(&model, &x, &labels, CONFIG);
    let [now, then] = [&model, &before].map(|m| m.fc1.weight.value());
    holds(now == then, || {
        let far = (now.clone() - then).norm().item();
        format!("the trunk's weights have moved by {far:.1e}")
    })?;
    let [now, then] = [&model, &before].map(|m| m.fc1.state_dict());
    holds(now == then, || "the trunk's bias has moved".to_owned())?;
    let (right, loss) = right_head();
    holds(model.fc2.state_dict() == right.state_dict(), || {
        format!(
            "the head is not the one that 20 steps over a fixed trunk \
             make, with a loss of {loss:.3}"
        )
    })
}

/// The same head, bit for bit, and one pass of the trunk.
pub(crate) fn head_on_features(
    head_on_features: impl Fn(
        &dyn Fn(&Tensor) -> Tensor,
        &Linear,
        (&Tensor, &[usize]),
        SgdConfig,
    ),
) -> Verdict {
    let (model, x, labels) = problem();
    let calls = Cell::new(0);
    let trunk = |x: &Tensor| {
        calls.set(calls.get() + 1);
        let tape = Tape::predicting();
        model.fc1.forward(tape.constant(x)).relu().value()
    };
    head_on_features(&trunk, &model.fc2, (&x, &labels), CONFIG);
    let calls = calls.get();
    holds(calls == 1, || format!("the trunk was asked {calls} times"))?;
    let (right, _) = right_head();
    holds(model.fc2.state_dict() == right.state_dict(), || {
        "the head has other bits than with the trunk in every step"
            .to_owned()
    })
}

/// Below it the frozen trunk has the smaller error, above it not.
pub(crate) fn turning_rows(
    turning: impl Fn(f64, f64, usize, usize) -> f64,
) -> Verdict {
    for (bias, variance, few, all) in
        [(0.1, 0.5, 510, 1060), (0.01, 2.0, 10, 20)]
    {
        let found = turning(bias, variance, few, all);
        let ahead = |rows: f64| {
            let frozen = bias + variance * few as f64 / rows;
            frozen < variance * all as f64 / rows
        };
        holds(ahead(0.999 * found) && !ahead(1.001 * found), || {
            format!(
                "with a bias of {bias}, a variance of {variance} and {few} \
                 of {all} numbers to learn, it is not at {found:.1} rows"
            )
        })?;
    }
    Ok(())
}
