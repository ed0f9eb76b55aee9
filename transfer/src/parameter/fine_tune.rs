//! Parameter transfer: the source's weights are where the target's training begins.

use autograd::Float;
use nn::data::LabelColumn;
use nn::train::{Description, Examples, Family, Needs, Outputs, Property, Run};
use nn::{Linear, Parameters, Sequential, StateDict};

use crate::parameter::tuning::{Penalty, tune};
use crate::{Error, Fitted, Given, Source, Strategy};

/// What becomes of the source's last layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Head {
    /// It is kept: each class of the target begins with the weights of the source's class of the
    /// same **name**. Right when the tasks agree and the domains differ mildly.
    #[default]
    Kept,
    /// A fresh one takes its place. Needed when the classes are others, right when the domains
    /// differ strongly.
    New,
}

/// Fine-tuning: copies the source's weights, then trains all of them on the target.
///
/// # Source
/// Yosinski et al. 2014, section 2 (the transferred layers fine-tuned: `AnB+`, all layers but the
/// head copied). Here also with the head kept, as the two tasks may have the same classes.
#[derive(Clone, Copy, Debug, Default)]
pub struct FineTune {
    /// What becomes of the source's last layer.
    pub head: Head,
}

impl<F: Float> Strategy<F> for FineTune {
    fn describe(&self) -> Description {
        let (name, keeps): (_, &[Property]) = match self.head {
            Head::Kept => ("fine-tuned", &[Property::BeginsAsSource]),
            Head::New => ("fine-tuned, new head", &[]),
        };
        Description {
            article_term: Some("参数迁移"),
            paper: Some("Yosinski et al. 2014, How transferable are features"),
            chapter: "Parameter transfer",
            needs: Needs::ONE_SOURCE,
            keeps,
            usual: true,
            ..Description::new(name, Family::Parameter)
        }
    }

    fn fit(&self, given: &Given<'_, F>, run: &Run<'_, F>) -> Result<Fitted<F>, Error> {
        fine_tune(&Strategy::<F>::describe(self), self.head, None, given, run)
    }
}

/// Fine-tuning as strategies share it: the source's weights, then training on the target with a
/// penalty at most.
///
/// # Errors
/// If what is given does not meet the needs, the weights do not fit the source's architecture, a
/// class is not the kept head's, or a loss is not finite.
pub fn fine_tune<F: Float>(
    known: &Description,
    head: Head,
    penalty: Option<&dyn Penalty<F>>,
    given: &Given<'_, F>,
    run: &Run<'_, F>,
) -> Result<Fitted<F>, Error> {
    let run = given.begin(known, run)?;
    let examples = given.examples(&run)?;
    let model = start(head, &examples, given, &run)?;
    let penalty = penalty.map(|penalty| penalty.begin(given, &model, &run)).transpose()?;
    tune(&model, 0, &examples, &run, penalty.as_deref())?;
    Ok(Fitted::network(model, Outputs::of(&examples, 0), given, &run))
}

/// The source's network for the target's outputs, with parameters of its own.
///
/// # Errors
/// If the weights do not fit the source's architecture, or a class is not the kept head's.
pub fn start<F: Float>(
    head: Head,
    examples: &Examples<F>,
    given: &Given<'_, F>,
    run: &Run<'_, F>,
) -> Result<Sequential<F>, Error> {
    let source = given.source("fine-tuning")?;
    let spec = examples.fitting(&source.spec)?;
    let model = spec.build_task::<F>(run.weights(), &given.target.task);
    let (trunk, old) = source.parts()?;
    let head = match head {
        Head::Kept => kept(&old, &places(&examples.labels()[0], source)?)?,
        Head::New => model.clone().split_head().1.state_dict(),
    };
    // Strict: a tensor that found no place, or a place that found no tensor, is an error.
    model.load_state_dict(&trunk.state_dict().into_iter().chain(head).collect())?;
    Ok(model)
}

/// Where each of the target's outputs stands among the source's: classes by name, a number first.
fn places<F: Float>(target: &LabelColumn, source: &Source<F>) -> Result<Vec<usize>, Error> {
    let known = source.data.label_columns.first().and_then(LabelColumn::as_classes);
    let known = known.map_or(&[][..], |labels| &labels.classes);
    let Some(labels) = target.as_classes() else { return Ok(vec![0]) };
    let place = |class: &String| {
        let found = known.iter().position(|known| known == class);
        found.ok_or_else(|| {
            Error::Data(format!(
                "the source's head cannot be kept for class \"{class}\", which the source has not: \
                 take `Head::New`"
            ))
        })
    };
    labels.classes.iter().map(place).collect()
}

/// The state of a head for these classes: the rows of its weight and bias that belong to them.
fn kept<F: Float>(head: &Sequential<F>, classes: &[usize]) -> Result<StateDict<F>, Error> {
    let state = head.state_dict();
    let outputs = head.spec().and_then(|spec| spec.outputs()).unwrap_or(0);
    if classes.iter().copied().eq(0..outputs) {
        return Ok(state);
    }
    if !head.layer(0).is::<Linear<F>>() {
        let fault = "only a linear head can be kept for other classes than the source's";
        return Err(Error::Architecture(fault.to_owned()));
    }
    Ok(state
        .iter()
        .map(|(name, value)| (name.to_owned(), value.index_select(0, classes)))
        .collect())
}
