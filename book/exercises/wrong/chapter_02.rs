//! Chapter 2: tensors and the tape.

use super::{Wrong, wrong};
use crate::answers::chapter_02 as answers;
use crate::checks::chapter_02 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("divide", "the slope in y lacks its sign", || {
        checks::divide(|x, y| {
            let (value, slope) = (x.value / y.value, 1.0 / y.value);
            let slopes =
                vec![(x.index, slope), (y.index, value * slope)];
            x.tape.record(value, slopes)
        })
    }),
    wrong("divide", "the slopes of the product", || {
        checks::divide(|x, y| {
            let slopes = vec![(x.index, y.value), (y.index, x.value)];
            x.tape.record(x.value / y.value, slopes)
        })
    }),
    wrong("backward", "what came along another edge is lost", || {
        checks::backward(|nodes, sum| {
            let mut bars = vec![0.0; nodes.len()];
            sum.iter()
                .for_each(|&(index, weight)| bars[index] += weight);
            for index in (0..nodes.len()).rev() {
                for &(input, slope) in &nodes[index] {
                    bars[input] = bars[index] * slope;
                }
            }
            bars
        })
    }),
    wrong("backward", "a number named twice counts once", || {
        checks::backward(|nodes, sum| {
            let mut once = sum.to_vec();
            once.sort_by_key(|part| part.0);
            once.dedup_by_key(|part| part.0);
            answers::backward(nodes, &once)
        })
    }),
    wrong("active", "only what has a leaf as its input", || {
        checks::active(|nodes, leaves| {
            let is = |input: &usize| leaves.contains(input);
            let below = |inputs: &Vec<(usize, f64)>| {
                inputs.iter().any(|(input, _)| is(input))
            };
            let all = nodes.iter().enumerate();
            all.map(|(at, inputs)| is(&at) || below(inputs)).collect()
        })
    }),
    wrong("active", "all of its inputs must be active", || {
        checks::active(|nodes, leaves| {
            let mut active: Vec<bool> = vec![];
            for (index, inputs) in nodes.iter().enumerate() {
                let below =
                    inputs.iter().all(|&(input, _)| active[input]);
                let below = below && !inputs.is_empty();
                active.push(below || leaves.contains(&index));
            }
            active
        })
    }),
    wrong("edges", "the layer's edge to its input is left out", || {
        checks::edges(|| 5)
    }),
    wrong("edges", "an edge a value", || checks::edges(|| 7)),
    wrong("neuron_step", "up the slope", || {
        checks::neuron_step(|weights, rows, rate| {
            answers::neuron_step(weights, rows, -rate)
        })
    }),
    wrong("neuron_step", "a step a row, one after the other", || {
        checks::neuron_step(|weights, rows, rate| {
            let step = |weights, row: &[f64; 3]| {
                answers::neuron_step(weights, &[*row], rate)
            };
            rows.iter().fold(weights, step)
        })
    }),
];
