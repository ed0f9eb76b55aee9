//! Learning the sources' labels while the target's features are pulled towards theirs: the loop of
//! every alignment.

use autograd::{Float, Parameter, Seed, Tensor, Var};
use nn::data::{Batches, Numbers};
use nn::train::{Description, Examples, Learner, Outputs, Run};
use nn::{Groups, Module, Parameters, Sequential};

use crate::strategy::common_meaning;
use crate::{Error, Fitted, Given};

/// What pulls the domains' features together, as a value: what it begins for one fit is an
/// [`Aligning`].
///
/// An alignment is one file with this trait, its [`Strategy`](crate::Strategy) calling [`align`].
pub trait Alignment<F: Float = f32>: Send + Sync {
    /// The alignment of one fit: of features of this width, outputs of this number, and so many
    /// sources.
    ///
    /// # Errors
    /// If an option is out of its range.
    fn begin(
        &self,
        width: usize,
        outputs: usize,
        sources: usize,
        seed: Seed,
    ) -> Result<Box<dyn Aligning<F>>, Error>;
}

/// An alignment in one fit, with the parameters of its helpers, such as a critic.
pub trait Aligning<F: Float = f32>: Parameters<F> {
    /// What is added to the sources' losses of a step; `done` is the share of training that is
    /// done.
    fn of<'t>(&self, sources: &[Side<'t, F>], target: &Side<'t, F>, done: f64) -> Var<'t, F>;
}

/// A batch of one domain.
#[derive(Clone, Copy)]
pub struct Side<'t, F: Float = f32> {
    /// What the trunk makes of its rows.
    pub features: Var<'t, F>,
    /// The network's outputs for them.
    pub outputs: Var<'t, F>,
}

/// Trains a fresh network on the sources' labels, and on the target's where there are any, with an
/// alignment of the target's unlabelled rows.
///
/// The loss of a step is the sum of the domains' losses, each a mean over a batch, and the alignment.
///
/// # Errors
/// If what is given does not meet the needs, the sources' labels differ in their meaning, or a loss
/// is not finite.
pub fn align<F: Float>(
    known: &Description,
    alignment: &dyn Alignment<F>,
    given: &Given<'_, F>,
    run: &Run<'_, F>,
) -> Result<Fitted<F>, Error> {
    let run = given.begin(known, run)?;
    let labelled = labelled(given, &run)?;
    let spec = labelled[0].fitting(given.spec)?;
    labelled.iter().try_for_each(|examples| examples.check_spec(&spec, false))?;
    let model = spec.build_task::<F>(run.weights(), &given.target.task);
    let head = model.head().unwrap_or(0);
    let outputs = common_meaning(labelled.iter().map(|examples| Outputs::of(examples, 0)))?;
    let rows = given.unlabelled(known.name)?;
    let size = run.recipe.batch.unwrap_or(rows.size(0));
    if size < 2 && spec.needs_two_rows() {
        return Err(Error::OneRow { task: given.target.task.clone() });
    }
    let batches =
        Batches::new(rows.size(0), size, run.order(&given.target.task).child("unlabelled"));

    let width = spec.split_head().1.inputs().unwrap_or(rows.size(1));
    let (sources, seed) = (given.sources.len(), run.weights().child("alignment"));
    let aligning = alignment.begin(width, outputs.num_outputs(), sources, seed)?;
    let both = Both { model: &model, aligning: &*aligning };
    let mut optimizer = run.optimizer(Groups::of(&both))?;
    for step in run.steps(&both) {
        let tape = step.tape();
        let side = |x| {
            let features = model.forward_layers(0..head, tape.constant(x));
            Side { features, outputs: model.forward_layers(head..model.len(), features) }
        };
        let (mut sides, mut loss) = (vec![], tape.constant(F::ZERO));
        for examples in &labelled {
            let (x, labels) = examples.batch(step.number());
            let side = side(x);
            loss = loss + labels.loss(side.outputs);
            sides.push(side);
        }
        let target = side(rows.rows(&batches.at(step.number())));
        let loss = loss + aligning.of(&sides[..sources], &target, step.done());
        step.descend(&mut *optimizer, loss)?;
    }
    let fitted = Fitted::network(model, outputs, given, &run);
    Ok(Fitted { trained: fitted.trained + aligning.num_trainable(), ..fitted })
}

/// The labelled rows of every source and, behind them, of the target, if it has any; numbers are on
/// the first source's scale, since one head learns them all.
fn labelled<F: Float>(given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Vec<Examples<F>>, Error> {
    let mut all = Vec::new();
    for source in given.sources {
        all.push(source.examples(run.recipe.batch, run)?);
    }
    if given.target.labelled.is_some() {
        all.push(given.examples(run)?);
    }
    let Some(first) = all.first() else {
        return Err(Error::NoLabels { task: given.target.task.clone() });
    };
    Ok(match first.labels()[0].as_numbers().map(Numbers::scale_or_own) {
        Some(scale) => all.into_iter().map(|examples| examples.on_scale(scale)).collect(),
        None => all,
    })
}

/// A network and the helpers of its alignment.
struct Both<'m, F: Float> {
    model: &'m Sequential<F>,
    aligning: &'m dyn Aligning<F>,
}
impl<F: Float> Parameters<F> for Both<'_, F> {
    fn visit(&self, visit: &mut dyn FnMut(&str, &Parameter<F>)) {
        nn::visit_part("model", self.model, visit);
        nn::visit_part("alignment", self.aligning, visit);
    }
}
impl<F: Float> Learner<F> for Both<'_, F> {
    fn outputs(&self, _: usize, x: &Tensor<F>) -> Tensor<F> {
        self.model.predict(x)
    }
}
