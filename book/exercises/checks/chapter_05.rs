//! Chapter 5: a small network.

use autograd::{Gradients, Parameter, Seed, Tape, Tensor};
use nn::init::normal;
use nn::{Linear, Module as _, Optimizer as _, Sgd, SgdConfig};

use super::{all_near, holds, near, numbers};
use crate::table::Verdict;

/// It is the engine's, also where exponentials overflow.
pub(crate) fn cross_entropy(
    cross_entropy: impl Fn(&[f64], usize) -> (f64, Vec<f64>),
) -> Verdict {
    for (logits, label) in [
        (vec![0.3, -1.0, 2.0], 0),
        (vec![1000.0, 0.0], 0),
        (vec![1000.0, 0.0, -1000.0], 2),
    ] {
        let tape = Tape::<f64>::default();
        let x = Tensor::new([1, logits.len()], logits.clone());
        let x = tape.leaf(x);
        let loss = x.cross_entropy(&[label]);
        let gradients = loss.backward();
        let right = gradients.wrt(x).map_or(&[][..], Tensor::as_slice);
        let (found, slopes) = cross_entropy(&logits, label);
        holds(near(found, loss.item(), 1e-12), || {
            format!(
                "the loss of {logits:?} with label {label} is {found}, \
                 where the engine gives {}",
                loss.item()
            )
        })?;
        holds(all_near(&slopes, right, 1e-12), || {
            format!(
                "the gradient at {logits:?} with label {label} is \
                 {slopes:?}, where the engine gives {right:?}"
            )
        })?;
    }
    Ok(())
}

/// Eight layers later the signal is as large as it was.
pub(crate) fn deviation(deviation: impl Fn(usize) -> f64) -> Verdict {
    let mean_square = |x: &Tensor<f64>| {
        x.clone().map(|x| x * x).sum().item() / x.len() as f64
    };
    for width in [100, 400] {
        let seed = Seed::new(width as u64);
        let start: Tensor<f64> = normal([20, width], 1.0, seed);
        let start = start.map(|x| x.max(0.0));
        let spread = deviation(width);
        let end = (0..8_usize).fold(start.clone(), |x, layer| {
            let weight =
                normal([width, width], spread, seed.child(layer));
            x.matmul(&weight).map(|x| x.max(0.0))
        });
        let ratio = mean_square(&end) / mean_square(&start);
        // By chance it is off by a factor of 2 at most times; a rule that
        // is wrong by 2 a layer is off by 256.
        holds(ratio > 0.25 && ratio < 4.0, || {
            format!(
                "with {width} units the mean square is {ratio:.1e} times \
                 what it was, eight layers later"
            )
        })?;
    }
    Ok(())
}

/// A velocity fed with such gradients swings so far.
pub(crate) fn gain(gain: impl Fn(f64, f64) -> f64) -> Verdict {
    for momentum in [0.0, 0.5, 0.9] {
        for frequency in [0.0, 0.3, 1.0, std::f64::consts::PI] {
            let mut velocity = 0.0;
            let mut swing = 0.0_f64;
            for step in 0..4000 {
                let gradient = (frequency * f64::from(step)).cos();
                velocity = momentum * velocity + gradient;
                if step > 1000 {
                    swing = swing.max(velocity.abs());
                }
            }
            let found = gain(momentum, frequency);
            // Steps do not meet the top of the swing exactly.
            holds(near(found, swing, 1e-3), || {
                format!(
                    "at momentum {momentum} and frequency \
                     {frequency:.2} it is {found:.4}, and a run swings \
                     by {swing:.4}"
                )
            })?;
        }
    }
    Ok(())
}

/// The same weights as the library's, gradients missing now and then.
pub(crate) fn descend(
    descend: impl Fn(&mut [f64], &mut Vec<f64>, Option<&[f64]>, &SgdConfig),
) -> Verdict {
    for (momentum, weight_decay) in [(0.0, 0.0), (0.9, 0.0), (0.9, 0.1)]
    {
        let config = SgdConfig {
            learning_rate: 0.1,
            momentum,
            weight_decay,
            ..SgdConfig::default()
        };
        let mut weights = numbers(3, 1.0);
        let mut velocity = vec![];
        let model = Parameter::new(Tensor::from(weights.clone()));
        let mut optimizer = Sgd::with_config(&model, config);
        for step in 0..8 {
            let gradient = numbers(3, f64::from(step));
            let there = step % 3 != 2;
            let mut gradients = Gradients::empty();
            if there {
                gradients
                    .insert(&model, Tensor::from(gradient.clone()));
            }
            optimizer.step(gradients);
            let gradient = there.then_some(&*gradient);
            descend(&mut weights, &mut velocity, gradient, &config);
            let value = model.value();
            let right = value.as_slice();
            holds(all_near(&weights, right, 1e-12), || {
                format!(
                    "with momentum {momentum} and decay {weight_decay} the \
                     weights are {weights:?} after step {step}, {} a \
                     gradient, where the library has {right:?}",
                    if there { "with" } else { "without" }
                )
            })?;
        }
    }
    Ok(())
}

/// Units that begin so are trained for a while.
pub(crate) fn ever_moves(ever_moves: impl Fn(f64) -> bool) -> Verdict {
    let biases = vec![-0.3, 0.0, 0.2];
    let seed = Seed::new(5);
    let x: Tensor<f64> = normal([20, 4], 1.0, seed);
    let labels: Vec<usize> = (0..20).map(|row| row % 3).collect();
    let bias = Tensor::from(biases.clone());
    let fc1 = Linear::from_tensors(Tensor::zeros([3, 4]), bias);
    let fc2 = Linear::<f64>::new(3, 3, seed);
    let mut optimizer = Sgd::new(&(&fc1, &fc2), 0.5);
    for _ in 0..30 {
        let tape = Tape::<f64>::default();
        let hidden = fc1.forward(tape.constant(&x)).relu();
        let loss = fc2.forward(hidden).cross_entropy(&labels);
        optimizer.step(loss.backward());
    }
    let weights = fc1.weight.value();
    for (unit, bias) in weights.as_slice().chunks_exact(4).zip(biases) {
        let moved = unit.iter().any(|&weight| weight != 0.0);
        holds(ever_moves(bias) == moved, || {
            format!(
                "a unit of bias {bias} was trained for 30 steps, and its \
                 weights {}",
                if moved { "moved" } else { "are still zero" }
            )
        })?;
    }
    Ok(())
}
