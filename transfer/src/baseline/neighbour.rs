//! What needs no training: the nearest row's class.

use autograd::{Float, Tensor};
use nn::train::{Description, Examples, Outputs, Run};

use crate::{Error, Fitted, Given, Learnt, Predictor, Strategy};

/// A row's class is that of the nearest row that was given, by Euclidean distance: of the target's
/// rows, or of those and all sources' together.
///
/// # Source
/// Cover and Hart 1967, section III. The outputs are a number for each class: minus the squared
/// distance to the nearest row of that class; a class without a row is farther than any other: as far as
/// the others' squared distances together, and 1 more. Of two classes at one distance the first is taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct NearestNeighbour {
    /// Whether the sources' rows stand beside the target's; then all must have the same classes.
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
        let classes = rows.labels().complete()?;
        let nearest = Nearest { rows: rows.features, classes, num_classes: outputs.num_outputs() };
        let (columns, log, multiply_adds) = (given.columns(), run.log(), nearest.multiply_adds());
        let learnt = Learnt::Ensemble(Box::new(nearest));
        Ok(Fitted { learnt, outputs, columns, scaler: None, log, trained: 0, multiply_adds })
    }
}

struct Nearest<F: Float> {
    rows: Tensor<F>,
    classes: Vec<usize>,
    num_classes: usize,
}

impl<F: Float> Predictor<F> for Nearest<F> {
    fn what(&self) -> String {
        format!("{} rows to be near to", self.classes.len())
    }

    fn outputs(&self, x: &Tensor<F>) -> Tensor<F> {
        let width = self.rows.size(1);
        assert_eq!(x.size(1), width, "rows of {} columns, not {width}", x.size(1));
        let mut outputs = vec![-F::INFINITY; x.size(0) * self.num_classes];
        for row in 0..x.size(0) {
            let outputs = &mut outputs[row * self.num_classes..][..self.num_classes];
            let x = &x.as_slice()[row * width..][..width];
            for (known, &class) in self.classes.iter().enumerate() {
                let known = &self.rows.as_slice()[known * width..][..width];
                let squares = x.iter().zip(known).map(|(&a, &b)| (a - b) * (a - b));
                let near = -squares.fold(F::ZERO, |sum, square| sum + square);
                if near > outputs[class] {
                    outputs[class] = near;
                }
            }
            let known = outputs.iter().copied().filter(|output| output.is_finite());
            let farthest = known.fold(-F::ONE, |sum, output| sum + output);
            for output in outputs.iter_mut().filter(|output| !output.is_finite()) {
                *output = farthest;
            }
        }
        Tensor::new([x.size(0), self.num_classes], outputs)
    }

    fn multiply_adds(&self) -> usize {
        self.rows.len()
    }
}
