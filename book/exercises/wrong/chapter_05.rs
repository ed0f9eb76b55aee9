//! Chapter 5: a small network.

use super::{Wrong, wrong};
use crate::answers::chapter_05 as answers;
use crate::checks::chapter_05 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("cross_entropy", "the exponential of the logits", || {
        checks::cross_entropy(|logits, label| {
            let powers: Vec<f64> =
                logits.iter().map(|logit| logit.exp()).collect();
            let sum: f64 = powers.iter().sum();
            let p = powers.iter().map(|power| power / sum);
            let mut slopes: Vec<f64> = p.collect();
            let loss = -slopes[label].ln();
            slopes[label] -= 1.0;
            (loss, slopes)
        })
    }),
    wrong("cross_entropy", "the logarithm of a probability", || {
        checks::cross_entropy(|logits, label| {
            let (_, slopes) = answers::cross_entropy(logits, label);
            (-(slopes[label] + 1.0).ln(), slopes)
        })
    }),
    wrong("deviation", "the half that ReLU cuts is forgotten", || {
        checks::deviation(|inputs| (1.0 / inputs as f64).sqrt())
    }),
    wrong("deviation", "the variance", || {
        checks::deviation(|inputs| 2.0 / inputs as f64)
    }),
    wrong("gain", "that of a gradient that stays the same", || {
        checks::gain(|momentum, _| 1.0 / (1.0 - momentum))
    }),
    wrong("gain", "the square", || {
        checks::gain(|momentum, frequency| {
            answers::gain(momentum, frequency).powi(2)
        })
    }),
    wrong("descend", "absent is taken for zero", || {
        checks::descend(|weights, velocity, gradient, config| {
            let zeros = vec![0.0; weights.len()];
            let gradient = gradient.unwrap_or(&zeros);
            answers::descend(weights, velocity, Some(gradient), config);
        })
    }),
    wrong("descend", "the decay stays out of the velocity", || {
        checks::descend(|weights, velocity, gradient, config| {
            let bare = nn::SgdConfig { weight_decay: 0.0, ..*config };
            let shrink = config.learning_rate * config.weight_decay;
            if gradient.is_some() {
                weights.iter_mut().for_each(|w| *w -= shrink * *w);
            }
            answers::descend(weights, velocity, gradient, &bare);
        })
    }),
    wrong("descend", "a gradient counts 1 - momentum", || {
        checks::descend(|weights, velocity, gradient, config| {
            let part = 1.0 - config.momentum;
            let scaled: Option<Vec<f64>> = gradient
                .map(|all| all.iter().map(|g| part * g).collect());
            let scaled = scaled.as_deref();
            answers::descend(weights, velocity, scaled, config);
        })
    }),
    wrong("ever_moves", "zero weights never learn", || {
        checks::ever_moves(|_| false)
    }),
    wrong("ever_moves", "a bias is enough", || {
        checks::ever_moves(|bias| bias != 0.0)
    }),
    wrong("ever_moves", "at 0 there is a slope", || {
        checks::ever_moves(|bias| bias >= 0.0)
    }),
];
