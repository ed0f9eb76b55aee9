//! Chapter 11: connections in layers.

use autograd::concatenate;

use super::{Wrong, wrong};
use crate::answers::chapter_11 as answers;
use crate::checks::chapter_11 as checks;

pub(crate) const WRONG: &[Wrong] = &[
    wrong("embedded", "the row of the likeliest class", || {
        checks::embedded(|p, table| {
            let best =
                (0..p.len()).max_by(|&a, &b| p[a].total_cmp(&p[b]));
            table[best.unwrap_or(0)].clone()
        })
    }),
    wrong("embedded", "the sum without probabilities", || {
        checks::embedded(|p, table| {
            answers::embedded(&vec![1.0; p.len()], table)
        })
    }),
    wrong("lower_bar", "the mean is not taken out", || {
        checks::lower_bar(|p, table, y_bar| {
            let inner = |row: &Vec<f64>| -> f64 {
                row.iter().zip(y_bar).map(|(a, b)| a * b).sum()
            };
            p.iter().zip(table).map(|(p, row)| p * inner(row)).collect()
        })
    }),
    wrong("lower_bar", "the probabilities' cotangent itself", || {
        checks::lower_bar(|_, table, y_bar| {
            let inner = |row: &Vec<f64>| -> f64 {
                row.iter().zip(y_bar).map(|(a, b)| a * b).sum()
            };
            table.iter().map(inner).collect()
        })
    }),
    wrong(
        "without_gradient",
        "the higher loss spares the lower head",
        || {
            checks::without_gradient(|| {
                [vec!["embedding", "fc2", "higher"], vec!["lower"]]
            })
        },
    ),
    wrong("without_gradient", "the table is forgotten", || {
        checks::without_gradient(|| [vec!["fc2", "higher"], vec![]])
    }),
    wrong("told", "nothing is cut", || {
        checks::told(|hidden, logits, table| {
            let says = logits.softmax(1).matmul(table);
            concatenate(&[hidden, says], 1)
        })
    }),
    wrong("told", "too much is cut", || {
        checks::told(|hidden, logits, table| {
            let says = logits.softmax(1).matmul(table).detach();
            concatenate(&[hidden, says], 1)
        })
    }),
];
