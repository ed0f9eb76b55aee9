//! What needs no training: the nearest row's label.

use std::ops::Range;

use autograd::{Float, Tensor, parallel};
use nn::data::LabelColumn;
use nn::train::{Description, Examples, Outputs, Run};

use crate::{Error, Fitted, Given, Learnt, Predictor, Strategy};

/// A row's label is that of the nearest row that was given, by Euclidean distance: of the target's
/// rows, or of those and all sources' together.
///
/// # Source
/// Cover and Hart 1967, section III. The outputs are a number for each class: minus the squared
/// distance to the nearest row of that class; a class without a row is farther than any other: as far as
/// the others' squared distances together, and 1 more. Of two classes at one distance the first is taken.
/// Of numbers the output is the nearest row's number, of two at one distance the first row's.
#[derive(Clone, Copy, Debug, Default)]
pub struct NearestNeighbour {
    /// Whether the sources' rows stand beside the target's; then their labels must mean the same.
    pub pooled: bool,
}

impl<F: Float> Strategy<F> for NearestNeighbour {
    fn describe(&self) -> Description {
        let names = ["neighbour", "neighbour, pooled"];
        super::of_rows(
            names,
            self.pooled,
            "Cover and Hart 1967, Nearest neighbor pattern classification",
        )
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        let run = given.begin(&Strategy::<F>::describe(self), run)?;
        run.recipe.check()?;
        let rows = super::rows(given, self.pooled, &run)?;
        let outputs = Outputs::of(&Examples::of("rows", &rows, None, run.order("rows"))?, 0);
        let labels = match &rows.label_columns[0] {
            LabelColumn::Classes(labels) => {
                Known::Classes { of_row: labels.complete()?, number: labels.num_classes() }
            }
            LabelColumn::Numbers(numbers) => {
                let scale = numbers.scale_or_own();
                let scaled = |&y: &f64| F::of(scale.to_scaled(y));
                Known::Numbers(numbers.complete()?.iter().map(scaled).collect())
            }
        };
        let nearest = Nearest { rows: rows.features, labels };
        let (columns, log, multiply_adds) = (given.columns(), run.log(), nearest.multiply_adds());
        let learnt = Learnt::Ensemble(Box::new(nearest));
        Ok(Fitted { learnt, outputs, columns, scaler: None, log, trained: 0, multiply_adds })
    }
}

/// How many rows are held against each known row at a time: they stay in the cache while the known
/// ones pass by.
const TOGETHER: usize = 32;

struct Nearest<F: Float> {
    rows: Tensor<F>,
    labels: Known<F>,
}

/// The known rows' labels.
enum Known<F: Float> {
    Classes {
        of_row: Vec<usize>,
        number: usize,
    },
    /// On their scale.
    Numbers(Vec<F>),
}

impl<F: Float> Predictor<F> for Nearest<F> {
    fn what(&self) -> String {
        format!("{} rows to be near to", self.rows.size(0))
    }

    fn outputs(&self, x: &Tensor<F>) -> Tensor<F> {
        let (width, rows) = (self.rows.size(1), x.size(0));
        assert_eq!(x.size(1), width, "rows of {} columns, not {width}", x.size(1));
        let firsts: Vec<usize> = (0..rows).step_by(TOGETHER).collect();
        let of_block = |&first: &usize| {
            let rows = first..rows.min(first + TOGETHER);
            match &self.labels {
                Known::Classes { of_row, number } => self.near_to_classes(of_row, *number, x, rows),
                Known::Numbers(numbers) => self.nearest_number(numbers, x, rows),
            }
        };
        let outputs = parallel::map(&firsts, of_block).concat();
        let width = match self.labels {
            Known::Classes { number, .. } => number,
            Known::Numbers(_) => 1,
        };
        Tensor::new([rows, width], outputs)
    }

    fn multiply_adds(&self) -> usize {
        self.rows.len()
    }
}

impl<F: Float> Nearest<F> {
    fn nearest_number(&self, numbers: &[F], x: &Tensor<F>, rows: Range<usize>) -> Vec<F> {
        let mut nearest = vec![(F::INFINITY, numbers[0]); rows.len()];
        for (known, &number) in numbers.iter().enumerate() {
            let known = row(&self.rows, known);
            for (nearest, i) in nearest.iter_mut().zip(rows.clone()) {
                let apart = squared_distance(row(x, i), known);
                if apart < nearest.0 {
                    *nearest = (apart, number);
                }
            }
        }
        nearest.into_iter().map(|(_, number)| number).collect()
    }

    fn near_to_classes(
        &self,
        classes: &[usize],
        num_classes: usize,
        x: &Tensor<F>,
        rows: Range<usize>,
    ) -> Vec<F> {
        let mut outputs = vec![-F::INFINITY; rows.len() * num_classes];
        for (known, &class) in classes.iter().enumerate() {
            let known = row(&self.rows, known);
            let outputs = outputs.chunks_exact_mut(num_classes);
            for (outputs, i) in outputs.zip(rows.clone()) {
                let near = -squared_distance(row(x, i), known);
                if near > outputs[class] {
                    outputs[class] = near;
                }
            }
        }
        for outputs in outputs.chunks_exact_mut(num_classes) {
            let known = outputs.iter().copied().filter(|output| output.is_finite());
            let farthest = known.fold(-F::ONE, |sum, output| sum + output);
            for output in outputs.iter_mut().filter(|output| !output.is_finite()) {
                *output = farthest;
            }
        }
        outputs
    }
}

fn row<F: Float>(x: &Tensor<F>, i: usize) -> &[F] {
    &x.as_slice()[i * x.size(1)..][..x.size(1)]
}

/// In lanes side by side, so that few additions wait for the one before.
fn squared_distance<F: Float>(a: &[F], b: &[F]) -> F {
    let square = |(&a, &b): (&F, &F)| (a - b) * (a - b);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [F::ZERO; 8];
    for (a, b) in a.iter().zip(b) {
        sums.iter_mut().zip(a.iter().zip(b).map(square)).for_each(|(sum, square)| *sum += square);
    }
    let rest = a_rest.iter().zip(b_rest).map(square);
    sums.into_iter().chain(rest).fold(F::ZERO, |sum, part| sum + part)
}
