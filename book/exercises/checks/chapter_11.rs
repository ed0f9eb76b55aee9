//! Chapter 11: connections in layers.

use autograd::{Seed, Tape, Tensor, Var, concatenate};
use nn::{Linear, Module as _, Parameters as _};

use super::{all_near, holds, numbers};
use crate::table::Verdict;

/// Classes of the lower task and sizes of their vectors here.
const SIZES: [[usize; 2]; 3] = [[1, 2], [3, 2], [4, 5]];

fn table([classes, size]: [usize; 2]) -> Vec<Vec<f64>> {
    let row = |class| numbers(size, 3.0 + class as f64);
    (0..classes).map(row).collect()
}

fn matrix(rows: &[Vec<f64>]) -> Tensor<f64> {
    Tensor::new([rows.len(), rows[0].len()], rows.concat())
}

/// It is the matrix product.
pub(crate) fn embedded(
    f: impl Fn(&[f64], &[Vec<f64>]) -> Vec<f64>,
) -> Verdict {
    for size in SIZES {
        let table = table(size);
        let p: Vec<f64> =
            numbers(size[0], 1.0).iter().map(|p| p.abs()).collect();
        let row = Tensor::new([1, size[0]], p.clone());
        let right = row.matmul(&matrix(&table));
        let found = f(&p, &table);
        holds(all_near(&found, right.as_slice(), 1e-12), || {
            let right = right.as_slice();
            format!(
                "of {p:?} and {table:?} it is {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// It is what the sweep finds.
pub(crate) fn lower_bar(
    f: impl Fn(&[f64], &[Vec<f64>], &[f64]) -> Vec<f64>,
) -> Verdict {
    for size in SIZES {
        let table = table(size);
        let tape = Tape::<f64>::default();
        let z =
            tape.leaf(Tensor::new([1, size[0]], numbers(size[0], 2.0)));
        let p = z.softmax(1);
        let y = p.matmul(tape.constant(matrix(&table)));
        let y_bar = numbers(size[1], 8.0);
        let given = Tensor::new([1, size[1]], y_bar.clone());
        let gradients = y.backward_from(given);
        let right = gradients.wrt(z).map_or(&[][..], Tensor::as_slice);
        let p = p.value();
        let found = f(p.as_slice(), &table, &y_bar);
        holds(all_near(&found, right, 1e-12), || {
            let p = p.as_slice();
            format!(
                "at the probabilities {p:?} it is {found:?}, not {right:?}"
            )
        })?;
    }
    Ok(())
}

/// The names are those that a sweep of each loss leaves out.
pub(crate) fn without_gradient(
    f: impl Fn() -> [Vec<&'static str>; 2],
) -> Verdict {
    let layer = |inputs, outputs, name| {
        Linear::<f64>::new(inputs, outputs, Seed::new(1).child(name))
    };
    let (fc1, lower) = (layer(3, 4, "fc1"), layer(4, 2, "lower"));
    let (fc2, higher) = (layer(6, 4, "fc2"), layer(4, 2, "higher"));
    let vectors = Tensor::new([2, 2], numbers(4, 5.0));
    let embedding = autograd::Parameter::new(vectors);
    let named = [
        ("fc1", fc1.named()[0].1.share()),
        ("lower", lower.named()[0].1.share()),
        ("embedding", embedding.share()),
        ("fc2", fc2.named()[0].1.share()),
        ("higher", higher.named()[0].1.share()),
    ];
    let tape = Tape::<f64>::default();
    let x = tape.constant(Tensor::new([5, 3], numbers(15, 1.0)));
    let hidden = fc1.forward(x).tanh();
    let lower_logits = lower.forward(hidden);
    let says = lower_logits.softmax(1).matmul(tape.watch(&embedding));
    let above = fc2.forward(concatenate(&[hidden, says], 1)).tanh();
    let losses = [lower_logits, higher.forward(above)];
    for (which, loss, found) in ["lower", "higher"]
        .iter()
        .zip(losses)
        .zip(f())
        .map(|((a, b), c)| (a, b, c))
    {
        let gradients = loss.cross_entropy(&[0, 1, 0, 1, 1]).backward();
        let absent =
            named.iter().filter(|(_, p)| gradients.of(p).is_none());
        let right: Vec<&str> = absent.map(|(name, _)| *name).collect();
        let mut found = found;
        found.sort_by_key(|name| {
            named.iter().position(|(n, _)| n == name)
        });
        holds(found == right, || {
            format!(
                "of the {which} task's loss you name {found:?}; the sweep \
                 leaves out another set"
            )
        })?;
    }
    Ok(())
}

/// The values are those of the chapter; hidden units and table have a
/// gradient, the lower logits have none.
pub(crate) fn told(
    f: impl for<'t> Fn(
        Var<'t, f64>,
        Var<'t, f64>,
        Var<'t, f64>,
    ) -> Var<'t, f64>,
) -> Verdict {
    let tape = Tape::<f64>::default();
    let hidden = tape.leaf(Tensor::new([2, 3], numbers(6, 1.0)));
    let logits = tape.leaf(Tensor::new([2, 4], numbers(8, 2.0)));
    let table = tape.leaf(Tensor::new([4, 2], numbers(8, 3.0)));
    let says = logits.softmax(1).matmul(table);
    let right = concatenate(&[hidden, says], 1).value();
    let found = f(hidden, logits, table);
    holds(found.shape() == right.shape(), || {
        format!("its shape is {}, not {}", found.shape(), right.shape())
    })?;
    let value = found.value();
    holds(all_near(value.as_slice(), right.as_slice(), 1e-12), || {
        let right = right.as_slice();
        format!("it is {:?}, not {right:?}", value.as_slice())
    })?;
    let gradients = found.square().sum().backward();
    let moves = |x| gradients.wrt(x).is_some();
    holds(!moves(logits), || {
        "the higher task still moves the lower head".to_owned()
    })?;
    holds(moves(hidden), || {
        "the higher task no longer moves the hidden layer".to_owned()
    })?;
    holds(moves(table), || {
        "the higher task no longer moves the table".to_owned()
    })
}
