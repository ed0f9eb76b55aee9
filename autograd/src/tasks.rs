//! The gradients of several losses, apart from each other.

use std::fmt;
use std::ops::Range;

use crate::sum::dot_of;
use crate::tape::Lists;
use crate::{Float, Gradients, Parameter, Shape, Tensor, Var, parallel};

/// Each task's gradients from one forward pass: over the shared parameters as a flat row a task,
/// all others (its head's) apart.
///
/// Each loss is swept apart, side by side on several threads, with the same bits on any number of
/// them. A shared parameter that is listed twice counts once, at its first place.
///
/// # Shapes
/// Each loss: one number.
///
/// # Panics
/// If there is no loss, one is not a single number, or they are of several tapes or of one that only
/// predicts.
///
/// ```
/// use autograd::{Parameter, Tape, Tensor, task_gradients};
/// let w = Parameter::new(Tensor::new([2], vec![1.0, 2.0]));
/// let heads = [3.0, 5.0].map(|head| Parameter::new(Tensor::scalar(head)));
/// let tape = Tape::new();
/// let x = tape.watch(&w).sum();
/// let losses = [x * tape.watch(&heads[0]), x * tape.watch(&heads[1])];
/// let tasks = task_gradients(&losses, &[w.share()]);
/// assert_eq!(tasks.row(0), [3.0, 3.0]);
/// assert_eq!(tasks.row(1), [5.0, 5.0]);
/// assert_eq!(tasks.gramian().as_slice(), [18.0, 30.0, 30.0, 50.0]);
/// // The trunk follows a weighted sum of the rows, each head its own loss.
/// let gradients = tasks.combined(&[0.5, 0.25], &[1.0, 1.0]);
/// assert_eq!(gradients.of(&w).unwrap().as_slice(), [2.75, 2.75]);
/// assert_eq!(gradients.of(&heads[1]).unwrap().item(), 3.0);
/// ```
#[doc(alias = "jacobian")]
#[doc(alias = "jac_to_grad")]
#[track_caller]
pub fn task_gradients<F: Float>(
    losses: &[Var<'_, F>],
    shared: &[Parameter<F>],
) -> TaskGradients<F> {
    let Some(first) = losses.first() else { panic!("there are no losses to sweep") };
    for loss in losses {
        assert!(std::ptr::eq(first.tape, loss.tape), "the losses are of several tapes");
        let shape = loss.shape();
        assert!(shape.len() == 1, "a task's loss must be one number, not of shape {shape}");
    }
    first.tape.assert_records_edges();
    let columns = Columns::of(shared);
    let starts: Vec<_> = losses.iter().map(|loss| (loss.index, loss.shape())).collect();
    let (tape, lists) = (first.tape.id().get(), first.tape.lists());
    let lists: &Lists<F> = &lists;
    let tasks = parallel::map(&starts, |&(from, shape)| {
        let (mut present, mut own) = (vec![false; columns.parts.len()], Gradients::empty());
        let row = Tensor::build([columns.entries].into(), |row| {
            own = lists.sweep(tape, from, Tensor::ones(shape), |id, gradient| {
                let Some(part) = columns.part(id) else { return Some(gradient) };
                row[columns.parts[part].range.clone()].copy_from_slice(gradient.as_slice());
                present[part] = true;
                None
            });
            // The buffer is a used one: what was not found still holds its last user's numbers.
            for (part, _) in columns.parts.iter().zip(&present).filter(|(_, found)| !**found) {
                row[part.range.clone()].fill(F::ZERO);
            }
        });
        Task { row, present, own }
    });
    TaskGradients { tape, columns, tasks }
}

/// What [`task_gradients`] found.
///
/// Absent is not zero: what no task depends on is absent in what is
/// [combined](TaskGradients::combined), and an optimiser leaves it untouched.
#[derive(Clone)]
pub struct TaskGradients<F: Float = f32> {
    tape: u64,
    columns: Columns,
    tasks: Vec<Task<F>>,
}

#[derive(Clone)]
struct Task<F: Float> {
    row: Tensor<F>,
    /// For each shared parameter whether the task's loss depends on it.
    present: Vec<bool>,
    own: Gradients<F>,
}
impl<F: Float> Task<F> {
    fn entries(&self, part: &Part) -> &[F] {
        &self.row.as_slice()[part.range.clone()]
    }
}

/// Where the shared parameters' entries are in a row.
#[derive(Clone)]
struct Columns {
    parts: Vec<Part>,
    /// Identities, ascending, and places in `parts`.
    places: Vec<(u64, usize)>,
    entries: usize,
}
#[derive(Clone)]
struct Part {
    id: u64,
    shape: Shape,
    range: Range<usize>,
}

impl Columns {
    fn of<F: Float>(shared: &[Parameter<F>]) -> Self {
        let ids = shared.iter().enumerate().map(|(place, parameter)| (parameter.id(), place));
        let mut firsts: Vec<_> = ids.collect();
        firsts.sort_unstable();
        firsts.dedup_by_key(|first| first.0);
        firsts.sort_unstable_by_key(|first| first.1);
        let (mut parts, mut places, mut entries) = (vec![], vec![], 0);
        for (id, first) in firsts {
            let shape = shared[first].shape();
            let range = entries..entries + shape.len();
            entries = range.end;
            places.push((id, parts.len()));
            parts.push(Part { id, shape, range });
        }
        places.sort_unstable();
        Columns { parts, places, entries }
    }

    fn part(&self, id: u64) -> Option<usize> {
        let found = self.places.binary_search_by_key(&id, |place| place.0).ok()?;
        Some(self.places[found].1)
    }
}

impl<F: Float> TaskGradients<F> {
    /// How many tasks there are.
    pub fn num_tasks(&self) -> usize {
        self.tasks.len()
    }

    /// A task's gradient over the shared parameters, their entries one after the other in the order
    /// given; zeros where the loss does not depend on one.
    ///
    /// # Panics
    /// If there is no such task.
    #[track_caller]
    pub fn row(&self, task: usize) -> &[F] {
        self.task(task).row.as_slice()
    }

    /// A task's gradient with respect to one shared parameter; `None` if its loss does not depend on
    /// it, or it is not among the shared.
    ///
    /// # Panics
    /// If there is no such task.
    #[track_caller]
    pub fn of(&self, task: usize, parameter: &Parameter<F>) -> Option<&[F]> {
        let (task, part) = (self.task(task), self.columns.part(parameter.id())?);
        task.present[part].then(|| task.entries(&self.columns.parts[part]))
    }

    /// A task's gradients with respect to all that is not shared: its head's parameters, and leaves.
    ///
    /// # Panics
    /// If there is no such task.
    #[track_caller]
    pub fn own(&self, task: usize) -> &Gradients<F> {
        &self.task(task).own
    }

    #[track_caller]
    fn task(&self, task: usize) -> &Task<F> {
        let tasks = self.tasks.len();
        assert!(task < tasks, "there is no task {task}: there are {tasks}");
        &self.tasks[task]
    }

    /// The products of every two rows, summed in double precision: `G = J J^T`.
    ///
    /// # Shapes
    /// Result: `[tasks, tasks]`.
    pub fn gramian(&self) -> Tensor<f64> {
        let tasks = self.tasks.len();
        let above = (0..tasks).flat_map(|i| (i..tasks).map(move |j| (i, j)));
        let above: Vec<(usize, usize)> = above.collect();
        let product = |a: F, b: F| a.to_f64() * b.to_f64();
        let products = parallel::map(&above, |&(i, j)| {
            dot_of(self.tasks[i].row.as_slice(), self.tasks[j].row.as_slice(), product)
        });
        Tensor::build([tasks, tasks].into(), |gramian| {
            for (&(i, j), product) in above.iter().zip(products) {
                gramian[i * tasks + j] = product;
                gramian[j * tasks + i] = product;
            }
        })
    }

    /// The gradients of the shared parameters weighted by the first weights, one a task, and all
    /// others by the second; each summed over the tasks in their order.
    ///
    /// A task of weight 0 counts as absent: what has no other part is absent in the result.
    ///
    /// # Panics
    /// If there are not as many weights as tasks.
    #[track_caller]
    pub fn combined(self, shared_weights: &[F], own_weights: &[F]) -> Gradients<F> {
        let tasks = self.tasks.len();
        for (of, weights) in [("the shared parameters", shared_weights), ("the heads", own_weights)]
        {
            let given = weights.len();
            assert!(given == tasks, "{tasks} tasks need as many weights of {of}, not {given}");
        }
        let gradient = |(place, part): (usize, &Part)| {
            let weighted = self.tasks.iter().zip(shared_weights);
            let mut rows = weighted.filter(|(task, w)| task.present[place] && **w != F::ZERO);
            let (first, &w) = rows.next()?;
            let sum = Tensor::build(part.shape, |out| {
                parallel::pairs(out, first.entries(part), |out, &x| *out = w * x);
                for (task, &w) in rows {
                    parallel::pairs(out, task.entries(part), |out, &x| *out += w * x);
                }
            });
            Some((part.id, Some(sum)))
        };
        let shared = self.columns.parts.iter().enumerate().filter_map(gradient);
        let shared = Gradients::of_tape(self.tape, shared.collect()).in_order();
        let own = self.tasks.into_iter().zip(own_weights).filter(|(_, w)| **w != F::ZERO);
        own.map(|(task, &w)| task.own.scale(w)).fold(shared, |sum, own| sum + own)
    }
}

/// The number of tasks, and of entries in a row.
impl<F: Float> fmt::Debug for TaskGradients<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TaskGradients of {} tasks, {} entries each",
            self.tasks.len(),
            self.columns.entries
        )
    }
}
