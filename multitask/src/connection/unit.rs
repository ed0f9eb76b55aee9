//! The unit that connects tasks: it mixes their activations.

use autograd::{Float, Parameter, Tensor, Var, weighted_sum};

/// Mixes the tasks' activations: task `i` receives the sum of `mixing[i, j] * x[j]`.
///
/// # Source
/// Misra et al. 2016, section 3. Here: one mixing matrix a layer.
#[derive(Clone, Debug)]
pub struct CrossStitchUnit<F: Float = f32> {
    /// `[tasks, tasks]`: row `i` holds what task `i` takes from every task.
    pub mixing: Parameter<F>,
}
nn::parts!(<F> CrossStitchUnit<F>: mixing);

impl<F: Float> CrossStitchUnit<F> {
    /// A unit that gives a task `own` of itself and the rest in equal parts of the others.
    ///
    /// Rows sum to 1, so equal activations stay what they are. One task has only itself.
    pub fn new(num_tasks: usize, own: f64) -> Self {
        let other = (1.0 - own) / (num_tasks.max(2) - 1) as f64;
        let own = if num_tasks == 1 { 1.0 } else { own };
        Self {
            mixing: Parameter::new(Tensor::from_fn([num_tasks, num_tasks], |entry| {
                F::of(if entry / num_tasks == entry % num_tasks { own } else { other })
            })),
        }
    }

    /// What every task receives.
    ///
    /// # Shapes
    /// `x`: `[rows, units]` for each task; result: as `x`.
    ///
    /// # Panics
    /// If the number of tasks is another one, or the tasks differ in shape.
    #[track_caller]
    pub fn forward<'t>(&self, x: &[Var<'t, F>]) -> Vec<Var<'t, F>> {
        (0..x.len()).map(|task| self.receive(x, task)).collect()
    }

    /// What one task receives.
    ///
    /// # Panics
    /// As [`CrossStitchUnit::forward`].
    #[track_caller]
    pub fn receive<'t>(&self, x: &[Var<'t, F>], task: usize) -> Var<'t, F> {
        let row = x[task].tape().watch(&self.mixing).slice(0, task..task + 1);
        weighted_sum(row.reshape([x.len()]), x)
    }
}
